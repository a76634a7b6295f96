"""The look-ahead test of one trial: its strategy and its objective with its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gittrack.canonical import Plain
from gittrack.optimize.outcomes import TrialResult
from gittrack.optimize.perturbation import copied
from gittrack.optimize.ttpt import LookaheadResult, Outcome, check_lookahead, error_text

Params = dict[str, Plain]


@dataclass(frozen=True, slots=True)
class RuntimeTest:
    """What is tested, and how.

    Attributes:
        objective: takes data and parameters, or parameters alone.
        takes_data: which of the two.
        strategy: takes data and parameters.
        data: of both; each call gets a copy.
        cuts, tolerance, seed: as of `check_lookahead`; the trial's number is added to the seed.
    """

    objective: Callable[..., Any]
    takes_data: bool
    strategy: Callable[[Any, Params], Any]
    data: Any
    cuts: int
    tolerance: float
    seed: int

    def earned(self, params: Params) -> Any:
        """The objective's answer on the true data."""
        return self._earned_on(self.data, params)

    def check(self, trial: TrialResult, value_of: Callable[[Any], float]) -> LookaheadResult:
        """Test a trial's strategy; `value_of` finds the number that counts in an objective's
        answer. What the strategy raises is a finding."""
        params = trial.params

        def performance(data: Any) -> float:
            return value_of(self._earned_on(data, params))

        try:
            return check_lookahead(
                lambda data: self.strategy(data, params),
                self.data,
                cuts=self.cuts,
                seed=self.seed + trial.number,
                tolerance=self.tolerance,
                performance=performance if self.takes_data else None,
            )
        except Exception as error:  # noqa: BLE001 - a trial's fault is a finding of that trial
            text = f"the strategy failed on the true data: {error_text(error)}"
            return LookaheadResult(Outcome.FAILED, text)

    def _earned_on(self, data: Any, params: Params) -> Any:
        if self.takes_data:
            return self.objective(copied(data), params)
        return self.objective(params)
