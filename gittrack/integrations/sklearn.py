"""scikit-learn's searches: each candidate a trial, below one run for the search."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gittrack.errors import GittrackError, UsageError
from gittrack.integrations.settings import storable
from gittrack.runs.model import FAILED, FINISHED
from gittrack.runs.records import RunRecord
from gittrack.store.experiments import check_experiment_name
from gittrack.tracking import shortcuts
from gittrack.tracking.tracker import ExperimentTracker

BEST_TAG = "best"
"""The tag, `true`, of the trial that the search chose."""

_FOLD = re.compile(r"split(\d+)_(test|train)_(.+)")
_TESTED = "split_test_"
_TIMES = {"mean_fit_time": "fit_seconds", "mean_score_time": "score_seconds"}
_HALVING = {"iter": "iteration", "n_resources": "n_resources"}


@dataclass(frozen=True, slots=True)
class LoggedSearch:
    """The ids of the runs that a search became: its own, and its candidates' in their order."""

    run_id: str
    trial_ids: tuple[str, ...]


def log_search(
    tracker: ExperimentTracker | Path | str | None,
    search: Any,
    *,
    experiment: str,
    run_name: str | None = None,
    tags: Mapping[str, object] | None = None,
) -> LoggedSearch | None:
    """Log a fitted `GridSearchCV`, `RandomizedSearchCV` or halving search.

    Each candidate is a trial: its parameters are the run's config, its mean test scores its
    performance (`score`, or the names of several), the folds' scores the metric
    `split_test_score` with the fold as step. Beside them are `std_test_score`, `rank_test_score`
    and the mean seconds of fitting and scoring. A candidate that could not be fitted in any fold
    has failed. The search is their parent. All are written at once, or nothing.

    Args:
        tracker: a tracker, or the repository; `None` is the current folder's.
        search: it has been fitted.
        experiment: the experiment's name.
        run_name: the name of the search's run.
        tags: its tags.

    Returns:
        `None` where it could not be recorded and the tracker's `on_error` is `warn`.

    Raises:
        UsageError: the search has not been fitted, or an experiment cannot have that name.
    """
    results = getattr(search, "cv_results_", None)
    if not isinstance(results, Mapping) or "params" not in results:
        raise UsageError(
            f"the {type(search).__name__} has no results", hint="log it after search.fit(…)"
        )
    name = check_experiment_name(experiment)
    if isinstance(tracker, ExperimentTracker):
        return _log(tracker, search, name, run_name, tags)
    if tracker is None:
        return _log(shortcuts.tracker(), search, name, run_name, tags)
    with ExperimentTracker(tracker) as own:
        return _log(own, search, name, run_name, tags)


def _log(
    tracker: ExperimentTracker,
    search: Any,
    experiment: str,
    run_name: str | None,
    tags: Mapping[str, object] | None,
) -> LoggedSearch | None:
    own_id = os.urandom(10).hex()
    trials = list(_trials(search, own_id))
    try:
        parent = RunRecord(
            run_id=own_id,
            run_name=run_name,
            params=storable(_facts(search)),
            metrics=_outcome(search, trials),
            tags=tags or {},
            code_version=tracker.code_version(),
        )
        _, *trial_ids = tracker.log_runs(experiment, [parent, *trials])
    except GittrackError as error:
        tracker.refused(error)
        return None
    return LoggedSearch(own_id, tuple(trial_ids))


def _facts(search: Any) -> dict[str, Any]:
    """What the search was asked to do, and what it chose."""
    facts = {
        "search": type(search).__name__,
        "estimator": search.estimator,
        "space": _space(search),
        "scoring": search.scoring,
        "cv": f"{len(search.cv)} given splits" if isinstance(search.cv, list) else search.cv,
        "splits": getattr(search, "n_splits_", None),
        "random_state": getattr(search, "random_state", None),
        "best": getattr(search, "best_params_", None),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _space(search: Any) -> Any:
    """Where candidates came from; SciPy's distributions by their names and arguments."""
    space = getattr(search, "param_grid", getattr(search, "param_distributions", None))
    spaces = space if isinstance(space, list) else [space or {}]
    shown = [{name: _distribution(values) for name, values in one.items()} for one in spaces]
    return shown if isinstance(space, list) else shown[0]


def _distribution(values: Any) -> Any:
    name = getattr(getattr(values, "dist", None), "name", None)
    if name is None:
        return values
    given = [*map(str, values.args), *(f"{key}={value}" for key, value in values.kwds.items())]
    return f"{name}({', '.join(given)})"


def _outcome(search: Any, trials: list[RunRecord]) -> dict[str, float]:
    outcome: dict[str, float] = {
        "candidates": len(trials),
        "failed": sum(trial.status == FAILED for trial in trials),
    }
    for attribute, name in (("best_score_", "best_score"), ("refit_time_", "refit_seconds")):
        value = getattr(search, attribute, None)
        if value is not None:
            outcome[name] = float(value)
    return outcome


def _trials(search: Any, parent: str) -> Iterator[RunRecord]:
    results = search.cv_results_
    best = getattr(search, "best_index_", None)
    folds = [(key, match) for key in results if (match := _FOLD.fullmatch(key))]
    for number, params in enumerate(results["params"]):
        metrics: dict[str, Any] = {}
        for key, match in folds:
            points = metrics.setdefault(f"split_{match[2]}_{match[3]}", [])
            points.append((int(match[1]), None, float(results[key][number])))
        scores = [v for name, at in metrics.items() if name.startswith(_TESTED) for _, _, v in at]
        yield RunRecord(
            parent_run_id=parent,
            trial_number=number,
            status=FAILED if scores and all(map(math.isnan, scores)) else FINISHED,
            params=storable(params),
            performance=_performance(results, number),
            metrics=metrics | _measures(results, number),
            tags={BEST_TAG: "true"} if number == best else {},
        )


def _performance(results: Mapping[str, Any], number: int) -> dict[str, float]:
    """The mean test scores, of what could be fitted."""
    prefix = "mean_test_"
    means = {key[len(prefix) :]: results[key][number] for key in results if key.startswith(prefix)}
    return {name: float(value) for name, value in means.items() if not math.isnan(value)}


def _measures(results: Mapping[str, Any], number: int) -> dict[str, float]:
    """What there is one of for each candidate: spread, rank, times (in seconds), resources."""
    measures = {name: results[key][number] for key, name in _TIMES.items() if key in results}
    measures |= {name: results[key][number] for key, name in _HALVING.items() if key in results}
    for key in results:
        if key.startswith(("std_test_", "rank_test_", "mean_train_")):
            measures[key] = results[key][number]
    return {name: float(value) for name, value in measures.items() if not math.isnan(value)}
