"""A running program's metric, told to Optuna's pruner, and the program ended where it says so."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gittrack.tracking.following import RunFollower

_PAUSE = 0.2  # seconds between looks at the run's journals


class Pruning:
    """Follows a run from its start until `close`, in a thread of its own.

    Args:
        repository: where the run is recorded.
        run_id: the run's.
        metric: its values, by their steps, are what the pruner judges by.
        trial: Optuna's.
        send: passes a signal on to the program.
    """

    def __init__(
        self,
        repository: Path,
        run_id: str,
        metric: str,
        trial: Any,
        send: Callable[[int], None],
    ) -> None:
        self.pruned = False
        self._follower = RunFollower(repository, run_id)
        self._metric = metric
        self._trial = trial
        self._send = send
        self._reported: set[int] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="pruning", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look once more, and follow no longer."""
        self._over.set()
        self._thread.join()
        with self._follower:
            self._look()

    def _follow(self) -> None:
        while not self._over.wait(_PAUSE):
            self._look()
            if self._reported and not self.pruned and self._trial.should_prune():
                self.pruned = True
                self._send(signal.SIGTERM)

    def _look(self) -> None:
        for event in self._follower.new_events():
            if event[0] != "metrics" or self._metric not in event[3]:
                continue
            step, value = event[2], float(event[3][self._metric])
            number = len(self._reported) if step is None else step
            if number not in self._reported and number >= 0:
                self._reported.add(number)
                self._trial.report(value, number)
