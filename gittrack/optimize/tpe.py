"""`TPEOptimizer`: Optuna's TPE on a Python function, with trials that log themselves."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, emit
from gittrack.errors import UsageError
from gittrack.integrations.optuna.trials import Distributions, facts_of
from gittrack.optimize.outcomes import OptimizationResult, TrialResult
from gittrack.optimize.perturbation import count_rows
from gittrack.optimize.runtime_test import RuntimeTest
from gittrack.optimize.space import SearchSpace, nested
from gittrack.optimize.ttpt import LookaheadResult, error_text
from gittrack.runs.model import FAILED, FINISHED, KILLED
from gittrack.runs.records import derived_run_id
from gittrack.tracking.tracker import ExperimentTracker

import optuna  # isort: skip - after the integration, whose error names the extra
from optuna.trial import FrozenTrial, Trial, TrialState  # isort: skip

Objective = Callable[..., Any]
Space = SearchSpace | Mapping[str, object]

DIRECTIONS = ("minimize", "maximize")


class TPEOptimizer:
    """Searches for the best parameters with Optuna's tree-structured Parzen estimator.

    Given a tracker, each trial is a run of the experiment from the moment it ends: its parameters
    with their distributions, its performance, what it reported, its status and times.

    Args:
        study_name: the experiment that trials are logged to.
        direction: `minimize` or `maximize`.
        metric: what the objective's value is called; of several that it returns, which counts.
        seed: makes the search repeatable.
        n_startup_trials: so many are random at first.
        pruner: Optuna's, for objectives that report; without it no trial is pruned.
        catch: exceptions of the objective that fail the trial and not the search.

    Raises:
        UsageError: there is no such direction.
    """

    def __init__(
        self,
        study_name: str = "tpe",
        *,
        direction: str = "minimize",
        metric: str = "value",
        seed: int | None = None,
        n_startup_trials: int = 10,
        pruner: optuna.pruners.BasePruner | None = None,
        catch: tuple[type[Exception], ...] = (),
    ) -> None:
        if direction not in DIRECTIONS:
            raise UsageError(f"a direction is minimize or maximize, not {direction!r}")
        self._name, self._direction, self._metric = study_name, direction, metric
        self._seed, self._startup = seed, n_startup_trials
        self._pruner, self._catch = pruner, catch

    def optimize(
        self,
        objective: Objective,
        n_trials: int,
        param_space: Space,
        *,
        tracker: ExperimentTracker | None = None,
    ) -> OptimizationResult:
        """Run trials and return what they found.

        An exception that is not caught, and Ctrl-C, end the search; the trial is logged as failed
        or killed before.

        Args:
            objective: `objective(params)`, or `objective(trial, params)` to report and be pruned;
                `params` is nested. Returns a number, or a mapping of metrics.
            n_trials: how many.
            param_space: what `SearchSpace.from_mapping` takes.
            tracker: where trials are logged; nowhere without it.

        Raises:
            UsageError: the number of trials is below 1, or the objective returned no number.
            SearchSpaceError: the space makes no sense.
        """
        search = self._search(param_space, n_trials, tracker)
        both = required_arguments(objective) > 1
        for _ in range(n_trials):
            search.run(lambda trial, params: objective(*((trial,) * both), params))
        return search.result()

    def optimize_with_runtime_ttpt(
        self,
        objective_fn: Objective,
        strategy_fn: Callable[[Any, dict[str, Plain]], Any],
        data: Any,
        n_trials: int,
        param_space: Space,
        checkpoint_interval: int = 10,
        *,
        tracker: ExperimentTracker | None = None,
        cuts: int = 10,
        tolerance: float = 1e-9,
    ) -> OptimizationResult:
        """As `optimize`, with a look-ahead test of every so many-th trial, and of the best.

        At a checkpoint the trial's strategy runs again on data whose future after random cuts was
        changed (see `check_lookahead`); its signals before must be the same. What is found is a
        validation of the trial's run, `ttpt`, with `correlation`, `reach` and
        `performance_change`; one that did not pass gets a note that says why. The search goes on.

        Args:
            objective_fn: `objective_fn(data, params)`, or `objective_fn(params)`; with the first
                the performance on changed data is measured, too.
            strategy_fn: `strategy_fn(data, params)` returns signals, a row for each row of data.
            data: what `check_lookahead` takes; each call gets a copy.
            n_trials: how many.
            param_space: what `SearchSpace.from_mapping` takes.
            checkpoint_interval: trials from one test to the next.
            tracker: where trials are logged; nowhere without it.
            cuts: of each test.
            tolerance: of each test.

        Raises:
            UsageError: as `optimize`; the data is of a kind that cannot be changed, or a number
                is below 1.
        """
        if checkpoint_interval < 1 or cuts < 1:
            raise UsageError("checkpoint_interval and cuts are 1 or more")
        count_rows(data)
        search = self._search(param_space, n_trials, tracker)
        takes_data = required_arguments(objective_fn) > 1
        test = RuntimeTest(
            objective_fn, takes_data, strategy_fn, data, cuts, tolerance, self._seed or 0
        )
        for number in range(n_trials):
            trial = search.run(lambda _, params: test.earned(params))
            if (number + 1) % checkpoint_interval == 0 and trial.status == FINISHED:
                search.note_check(number, test.check(trial, search.value_of))
        best = search.result().best
        if best is not None and best.lookahead is None:
            search.note_check(best.number, test.check(best, search.value_of))
        return search.result()

    def _search(
        self, param_space: Space, n_trials: int, tracker: ExperimentTracker | None
    ) -> _Search:
        if n_trials < 1:
            raise UsageError(f"a search has 1 trial or more, not {n_trials}")
        space = param_space
        if not isinstance(space, SearchSpace):
            space = SearchSpace.from_mapping(space)
        sampler = optuna.samplers.TPESampler(seed=self._seed, n_startup_trials=self._startup)
        study = _quiet_study(
            study_name=self._name,
            direction=self._direction,
            sampler=sampler,
            pruner=self._pruner or optuna.pruners.NopPruner(),
        )
        return _Search(study, space, self._metric, self._catch, tracker)


class _Search:
    """A study that runs, and its trials so far."""

    def __init__(
        self,
        study: optuna.Study,
        space: SearchSpace,
        metric: str,
        catch: tuple[type[Exception], ...],
        tracker: ExperimentTracker | None,
    ) -> None:
        self._study, self._space, self._metric = study, space, metric
        self._catch, self._tracker = catch, tracker
        self._known = Distributions()
        self._trials: list[TrialResult] = []

    def result(self) -> OptimizationResult:
        """What was found so far."""
        direction = self._study.direction.name.lower()
        return OptimizationResult(
            self._study.study_name, self._metric, direction, tuple(self._trials), self._study
        )

    def run(self, objective: Callable[[Trial, dict[str, Plain]], Any]) -> TrialResult:
        """Run one trial and log it."""
        trial = self._study.ask()
        flat = self._space.suggest_flat(trial)
        try:
            found = self.metrics_of(objective(trial, nested(flat)))
        except optuna.TrialPruned:
            return self._tell(trial, flat, TrialState.PRUNED)
        except BaseException as error:
            trial.set_user_attr("error", error_text(error))
            is_fault = isinstance(error, Exception)
            told = self._tell(trial, flat, TrialState.FAIL, status=FAILED if is_fault else KILLED)
            if isinstance(error, self._catch):
                return told
            raise
        state = TrialState.FAIL if math.isnan(found[self._metric]) else TrialState.COMPLETE
        status = FAILED if state == TrialState.FAIL else FINISHED
        return self._tell(trial, flat, state, found, status)

    def note_check(self, number: int, found: LookaheadResult) -> None:
        """Add a look-ahead test to a trial that was run, and to its run."""
        trial = self._trials[number] = self._trials[number].checked(found)
        if self._tracker is None or trial.run_id is None:
            return
        self._tracker.log_ttpt_result(
            trial.run_id, found.passed, found.num_violations, found.metrics()
        )
        if not found.passed:
            self._tracker.log_note(f"ttpt: {found.explanation}", run=trial.run_id)

    def value_of(self, found: Any) -> float:
        """The number of an objective's answer that counts."""
        return self.metrics_of(found)[self._metric]

    def metrics_of(self, found: Any) -> dict[str, float]:
        """An objective's answer as numbers by name."""
        named = found if isinstance(found, Mapping) else {self._metric: found}
        if self._metric not in named:
            raise UsageError(
                f"the objective returned no {self._metric}: {', '.join(map(str, named))}",
                hint="name the one that counts: TPEOptimizer(metric=…)",
            )
        try:
            return {str(name): float(value) for name, value in named.items()}
        except (TypeError, ValueError) as error:
            raise UsageError("the objective returned no number", hint=str(error)) from error

    def _tell(
        self,
        trial: Trial,
        flat: Mapping[str, Plain],
        state: TrialState,
        found: Mapping[str, float] | None = None,
        status: str = FINISHED,
    ) -> TrialResult:
        metrics = dict(found or {})
        value = metrics[self._metric] if state == TrialState.COMPLETE else None
        told = self._study.tell(trial, value, state=state)
        run_id = None if self._tracker is None else self._log(told, flat, metrics, status)
        result = TrialResult(told.number, nested(flat), metrics, status, run_id)
        self._trials.append(result)
        return result

    def _log(
        self,
        trial: FrozenTrial,
        flat: Mapping[str, Plain],
        metrics: Mapping[str, float],
        status: str,
    ) -> str:
        assert self._tracker is not None
        name = self._study.study_name
        run_id = derived_run_id("tpe", name, str(trial.number), str(trial.datetime_start))
        facts = facts_of(trial, run_id, [self._metric], self._known)
        # What the objective asked for by itself, and constants, are parameters as well.
        facts["params"] = emit(to_plain({**trial.params, **flat})).decode()
        facts["performance"] = dict(metrics)
        if status != FINISHED:
            facts["status"] = status
        self._tracker.append_trial(name, facts)
        return run_id


def required_arguments(function: Callable[..., Any]) -> int:
    """How many arguments a call must give by position; 1 where that cannot be known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters)


def _quiet_study(**options: Any) -> optuna.Study:
    """A study in memory; that Optuna made one is nothing that people must be told."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(level, optuna.logging.WARNING))
    try:
        return optuna.create_study(**options)
    finally:
        optuna.logging.set_verbosity(level)
