"""A study's storage in memory that tells what a trial reports while it runs."""

from __future__ import annotations

from collections.abc import Callable

from optuna.storages import InMemoryStorage


class TellingStorage(InMemoryStorage):
    """As Optuna's; `on_report` is told a trial's id, the step and the value, in its thread."""

    def __init__(self) -> None:
        super().__init__()
        self.on_report: Callable[[int, int, float], None] = lambda *_: None

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        """As Optuna's, and tell it."""
        super().set_trial_intermediate_value(trial_id, step, intermediate_value)
        self.on_report(trial_id, step, intermediate_value)
