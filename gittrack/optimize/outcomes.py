"""What an optimiser's trials came to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gittrack.canonical import Plain
from gittrack.optimize.ttpt import LookaheadResult, Outcome
from gittrack.runs.model import FINISHED


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One trial.

    Attributes:
        number: from 0.
        params: what was tried, nested.
        performance: numbers by name; empty where it was pruned or failed.
        status: `FINISHED` (also where it was pruned), `FAILED` or `KILLED`.
        run_id: the run that it is; `None` without a tracker.
        lookahead: its look-ahead test, if it had one.
    """

    number: int
    params: dict[str, Plain]
    performance: Mapping[str, float]
    status: str
    run_id: str | None = None
    lookahead: LookaheadResult | None = None

    def checked(self, found: LookaheadResult) -> TrialResult:
        """The same with a look-ahead test."""
        return replace(self, lookahead=found)


@dataclass(frozen=True, slots=True)
class OptimizationResult:
    """All trials in the order in which they ran.

    Attributes:
        experiment: the experiment that they were logged to.
        metric: what counted.
        direction: `minimize` or `maximize`.
        trials: all of them.
        study: Optuna's own.
    """

    experiment: str
    metric: str
    direction: str
    trials: tuple[TrialResult, ...]
    study: Any

    @property
    def best(self) -> TrialResult | None:
        """The trial with the best value; `None` where none finished."""
        return best_of(self.trials, self.metric, self.direction)

    @property
    def best_clean(self) -> TrialResult | None:
        """The best of those that passed a look-ahead test."""
        clean = (one for one in self.trials if one.lookahead is not None and one.lookahead.passed)
        return best_of(clean, self.metric, self.direction)

    @property
    def caught(self) -> tuple[TrialResult, ...]:
        """The trials whose strategies were found to look ahead."""
        found = ((one, one.lookahead) for one in self.trials)
        return tuple(one for one, test in found if test and test.outcome is Outcome.LOOKS_AHEAD)


def best_of(trials: Iterable[TrialResult], metric: str, direction: str) -> TrialResult | None:
    """The finished trial with the best value, the first of equal ones."""
    sign = -1.0 if direction == "maximize" else 1.0
    known = [
        one
        for one in trials
        if one.status == FINISHED and not math.isnan(one.performance.get(metric, math.nan))
    ]
    return min(known, key=lambda one: sign * one.performance[metric], default=None)
