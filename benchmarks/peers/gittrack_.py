"""gittrack, as it is installed."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.contract import (
    Peer,
    git,
    new_project,
    parameters,
)
from gittrack import ExperimentTracker


class Gittrack(Peer):
    """A tracker in a repository; every run captures the code and the environment, as by default."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._tracker = ExperimentTracker(folder)
        self._dice = random.Random(0)

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        with self._tracker.start_run("loop", tags=tags) as run:
            run.log_params(params)
            run.log_metrics(metrics)

    def start(self) -> None:
        self._run = self._tracker.start_run("values")

    def log(self, values: Mapping[str, float], step: int) -> None:
        self._run.log_metrics(values, step)

    def log_one(self, name: str, value: float, step: int) -> None:
        self._run.log_metric(name, value, step)

    def end(self) -> None:
        self._run.end()

    def trial(self, number: int) -> None:
        found = {"sharpe": self._dice.random()}
        self._tracker.log_trial("study", number, parameters(self._dice), found)

    def bulk(self, count: int) -> float:
        trials = [
            {
                "trial_number": number,
                "params": parameters(self._dice),
                "performance": {"sharpe": self._dice.random()},
            }
            for number in range(count)
        ]
        started = time.perf_counter()
        self._tracker.log_trials("study", trials)
        return time.perf_counter() - started

    def close(self) -> None:
        self._tracker.close()

    @classmethod
    def prepare(cls, folder: Path) -> None:
        new_project(folder)

    @classmethod
    def settle(cls, folder: Path) -> None:
        git(folder, "gc", "-q")

    @classmethod
    def count(cls, folder: Path) -> int:
        with ExperimentTracker(folder) as tracker:
            return sum(
                len(tracker.get_metric_history(run, key))
                for run in tracker.list_runs()
                for key in run.metrics
            )
