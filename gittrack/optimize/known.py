"""The trials that a study has already, from its runs, and a study in memory that knows them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gittrack.errors import UsageError
from gittrack.optimize.plan import Plan
from gittrack.optimize.samplers import GRID, distribution, grid, make_pruner, make_sampler, optuna
from gittrack.optimize.space import SearchSpace
from gittrack.store.studies import experiment_of_study, find_study
from gittrack.tracking.tracker import ExperimentTracker

SPACE = "gittrack:space"
"""The study's attribute that holds its search space, in long forms."""


def memory_study(plan: Plan, trials: Sequence[Any]) -> Any:
    """A study of Optuna's in memory that knows these trials, and numbers new ones after them."""
    from gittrack.optimize.reports import TellingStorage  # Optuna is an extra

    # With a seed, a resumed study must not propose once more what it proposed at its beginning.
    seed = None if plan.seed is None else plan.seed + len(trials)
    sampler, pruner = make_sampler(plan.sampler, seed), make_pruner(plan.pruner)
    with quiet():
        study = optuna().create_study(
            storage=TellingStorage(),
            sampler=sampler,
            pruner=pruner,
            directions=[one.direction for one in plan.objectives],
        )
        study.add_trials(trials)
    return study


def known_trials(tracker: ExperimentTracker, name: str, plan: Plan, *, resume: bool) -> list[Any]:
    """The trials that a study has, by number; the study is made where there is none.

    Raises:
        UsageError: there are some and `resume` is false, or they are of another kind.
    """
    from gittrack.integrations.optuna import GitStorage

    tracker.seal()
    directions = [one.direction for one in plan.objectives]
    with quiet(), GitStorage(tracker.session.repository.common_dir) as storage:
        study = optuna().create_study(
            storage=storage, study_name=name, directions=directions, load_if_exists=True
        )
        trials = study.get_trials(deepcopy=False)
        if trials and not resume:
            raise UsageError(
                f"the study {name} has {len(trials):,} trials already",
                hint="go on with it by --resume (in Python: resume=True), or name another",
            )
        _check_directions(name, [one.name.lower() for one in study.directions], directions)
        _check_space(plan.space, trials)
        study.set_metric_names([one.name for one in plan.objectives])
        study.set_user_attr(SPACE, plan.space.to_mapping())
        return [_finished(trial) for trial in trials]


def read_trials(tracker: ExperimentTracker, name: str) -> list[Any]:
    """The trials of a study, by number; none where there is no such study."""
    from gittrack.integrations.optuna import GitStorage

    tracker.seal()
    if find_study(tracker.session, experiment_of_study(name)) is None:
        return []
    with quiet(), GitStorage(tracker.session.repository.common_dir) as storage:
        study = optuna().load_study(storage=storage, study_name=name)
        return [_finished(trial) for trial in study.get_trials(deepcopy=False)]


def rest_of_grid(plan: Plan, known: Sequence[Any]) -> Iterator[dict[str, Any]] | None:
    """The points of the grid that none of these trials had; `None` where no grid is asked for."""
    if plan.sampler.name != GRID:
        return None
    had = {_point(trial.params) for trial in known}
    return (point for point in grid(plan.space) if _point(point) not in had)


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna neither logs what it does nor warns of what is experimental in it.

    For a moment in which no trial runs: the filter of warnings is the whole process's.
    """
    module = optuna()
    before = module.logging.get_verbosity()
    module.logging.set_verbosity(module.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", module.exceptions.ExperimentalWarning)
            yield
    finally:
        module.logging.set_verbosity(before)


def _finished(trial: Any) -> Any:
    """A trial as it is; one that another process works on keeps its number, no more."""
    if trial.state.is_finished() and trial.datetime_complete is not None:
        return trial
    return _elsewhere()


def leave_out(study: Any, count: int) -> None:
    """The next numbers are those of trials that others work on."""
    with quiet():
        study.add_trials([_elsewhere() for _ in range(count)])


def _elsewhere() -> Any:
    """A trial of which no more is known than that it has a number."""
    from optuna.trial import TrialState, create_trial

    from gittrack.optimize.trial_runs import UNFINISHED

    return create_trial(state=TrialState.FAIL, system_attrs={UNFINISHED: True})


def _check_directions(name: str, known: list[str], asked: list[str]) -> None:
    if known != asked:
        raise UsageError(
            f"the study {name} is to {', '.join(known)}, not to {', '.join(asked)}",
            hint="name another study",
        )


def _check_space(space: SearchSpace, trials: Sequence[Any]) -> None:
    """Ranges may change from one session to the next; kinds and choices may not."""
    known = {key: found for trial in trials for key, found in trial.distributions.items()}
    for one in space.searched():
        before = known.get(one.name)
        try:
            if before is not None:
                optuna().distributions.check_distribution_compatibility(
                    before, distribution(one.domain)
                )
        except ValueError:
            raise UsageError(
                f"{one.name} was {before} in the trials before, and cannot become "
                f"{distribution(one.domain)}",
                hint="a study's ranges may change, its choices may not: name another study",
            ) from None


def _point(values: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((name, repr(value)) for name, value in values.items())
