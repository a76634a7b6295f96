"""What to try next, from what was already run: Optuna's samplers on recorded runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gittrack.canonical import Plain
from gittrack.diff import same
from gittrack.errors import NotFoundError, UsageError
from gittrack.optimize.domains import Choices, Constant, choice_text, is_same
from gittrack.optimize.hpo import merged
from gittrack.optimize.known import SPACE, memory_study
from gittrack.optimize.plan import MAXIMIZE, MINIMIZE, Objective, Plan, read_choice, read_direction
from gittrack.optimize.samplers import distribution, optuna
from gittrack.optimize.space import SearchSpace, SearchSpaceError, nested
from gittrack.optimize.study import ask
from gittrack.runs.model import FINISHED, Run
from gittrack.store.studies import find_study
from gittrack.tracking.comparing import lower_is_better
from gittrack.tracking.tracker import ExperimentTracker

NEEDED = 10
"""Runs from which on samplers learn; with fewer they draw at random."""

_NAMES = "study:metric_names"
_WIDE = 100.0  # from this ratio of its bounds on, a range of floats is taken for a logarithmic one
_ATTEMPTS = 20  # proposals asked for, for each that is wanted, until one is new


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Configs to try next. `values` are those that are searched, by dotted names.

    `origin` says where the space is from: `given`, `study`, `distributions` or `inferred`; `used`
    runs were learned from, `outside` have values that the space does not allow. `common` is what
    the configs of all of them have beside that.
    """

    metric: str
    direction: str
    space: SearchSpace
    origin: str
    used: int
    outside: int
    values: tuple[Mapping[str, Plain], ...]
    common: Mapping[str, Plain]

    @property
    def configs(self) -> list[dict[str, Plain]]:
        """The configs, nested: what is common, and the proposed values."""
        return [merged(self.common, nested(one)) for one in self.values]


def suggest_next(
    tracker: ExperimentTracker,
    experiment: str,
    metric: str | None = None,
    *,
    direction: object = None,
    count: int = 5,
    sampler: object = None,
    seed: int | None = 0,
    space: SearchSpace | None = None,
) -> Suggestions:
    """The next configs to try in an experiment, of which none was tried before.

    Args:
        tracker: reads the runs; nothing is recorded.
        experiment: its name; its finished runs that have the metric are learned from.
        metric: what is to get better; of a study, its objective.
        direction: `minimize` or `maximize`; else as the study says, or the metric's name.
        count: how many.
        sampler: `tpe`, `gp` and so on, as `run_hpo_study` takes it.
        seed: the same one gives the same proposals.
        space: else the study's own, else what its trials were drawn from, else what varies.

    Raises:
        NotFoundError: there is no such experiment, or no finished run has the metric.
        UsageError: no metric is named, or nothing varies.
    """
    if count < 1:
        raise UsageError(f"{count} proposals are none", hint="ask for one or more")
    optuna()
    record = find_study(tracker.session, experiment)
    name = metric or _own_metric(record, experiment)
    way = _direction(direction, record, name)
    runs = _measured(tracker, experiment, name)
    found, origin = (space, "given") if space is not None else _space_of(record, runs)
    plan = Plan(found, (Objective(name, way),), sampler=read_choice(sampler, "tpe"), seed=seed)
    trials = [trial for run in runs if (trial := _trial(run, name, found)) is not None]
    values = _new_values(plan, trials, [_taken(run, found) for run in runs], count)
    names = {one.name for one in found.parameters}
    common = _common([run.params for run in runs], names)
    outside = len(runs) - len(trials)
    return Suggestions(name, way, found, origin, len(trials), outside, values, common)


def inferred_space(configs: Sequence[Mapping[str, Plain]]) -> SearchSpace:
    """The space that flat configs lie in: ranges of numbers, choices of all else, constants.

    Floats that span two orders of magnitude are taken for logarithmic.
    """
    names = dict.fromkeys(name for config in configs for name in config)
    forms: dict[str, object] = {}
    for name in names:
        if all(name.split(".")):
            forms[name] = _form([config[name] for config in configs if name in config])
    return SearchSpace.from_mapping(forms)


def _new_values(
    plan: Plan, trials: Sequence[Any], tried: Sequence[Mapping[str, Plain]], count: int
) -> tuple[Mapping[str, Plain], ...]:
    study = memory_study(plan, trials)
    known, found = list(tried), []
    for _ in range(count * _ATTEMPTS):
        values = ask(study, plan.space).values
        if not any(_alike(values, one) for one in known):
            known.append(values)
            found.append(values)
            if len(found) == count:
                break
    return tuple(found)


def _alike(one: Mapping[str, Plain], other: Mapping[str, Plain]) -> bool:
    return one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one)


def _own_metric(record: Any, experiment: str) -> str:
    names = [] if record is None else list(record.system_attrs.get(_NAMES) or [])
    if record is not None and not names and len(record.directions) == 1:
        return "value"
    if len(names) != 1:
        known = f"one of {', '.join(map(str, names))}" if names else "its name"
        raise UsageError(
            f"by which metric is {experiment} to get better?", hint=f"say {known}: --metric METRIC"
        )
    return str(names[0])


def _direction(given: object, record: Any, metric: str) -> str:
    if given is not None:
        return read_direction(given)
    if record is not None:
        names = list(record.system_attrs.get(_NAMES) or [])
        if metric in names and len(names) == len(record.directions):
            return str(record.directions[names.index(metric)])
        if len(set(record.directions)) == 1 and (metric == "value" or not names):
            return str(record.directions[0])
    return MINIMIZE if lower_is_better(metric, None) else MAXIMIZE


def _measured(tracker: ExperimentTracker, experiment: str, metric: str) -> list[Run]:
    """The finished runs that have the metric as a finite number, the oldest first."""
    runs = [
        run
        for run in tracker.iterate_runs(experiment, f"status = '{FINISHED}'", "start_time ASC")
        if math.isfinite(run.measures.get(metric, math.nan))
    ]
    if not runs:
        raise NotFoundError(
            f"no finished run of {experiment!r} has the metric {metric!r}",
            hint=f"see them: git exp runs list {experiment}",
        )
    return runs


def _space_of(record: Any, runs: Sequence[Run]) -> tuple[SearchSpace, str]:
    own = None if record is None else record.user_attrs.get(SPACE)
    if isinstance(own, dict):
        return SearchSpace.from_mapping(own), "study"
    drawn = _distributions(runs)
    if drawn:
        return SearchSpace.from_mapping(drawn), "distributions"
    try:
        space = inferred_space([_flat(run.params) for run in runs])
    except SearchSpaceError as error:
        raise UsageError(
            f"the runs' parameters make no search space: {error.message}",
            hint="describe it in a file: --space FILE",
        ) from error
    if not space.searched():
        raise UsageError(
            "no parameter varies between the runs, so there is nothing to search",
            hint="describe the space in a file: --space FILE",
        )
    return space, "inferred"


def _distributions(runs: Iterable[Run]) -> dict[str, Any]:
    """What the trials among the runs were drawn from, as Optuna recorded it."""
    from gittrack.integrations.optuna.trials import Distributions

    known, found = Distributions(), dict[str, Any]()
    for run in runs:
        for one in _listed(run.details.get("optuna")):
            text = one.get("json") or choice_text(
                {"name": one.get("name"), "attributes": one.get("attributes")}
            )
            found[str(one.get("param"))] = known[known.learn(text)]
    return found


def _listed(details: Any) -> list[dict[str, Any]]:
    listed = details.get("distributions", []) if isinstance(details, dict) else []
    return [one for one in listed if isinstance(one, dict) and "param" in one]


def _trial(run: Run, metric: str, space: SearchSpace) -> Any:
    """A run as a finished trial; `None` where the space does not allow its values."""
    params, distributions = {}, {}
    taken = _taken(run, space)
    for one in space.searched():
        if not all(condition.holds(taken) for condition in one.when):
            continue
        if one.name not in taken or not one.domain.may_be(taken[one.name]):
            return None
        value = taken[one.name]
        is_text = isinstance(one.domain, Choices) and isinstance(value, list | dict)
        params[one.name] = choice_text(value) if is_text else value
        distributions[one.name] = distribution(one.domain)
    return optuna().trial.create_trial(
        params=params, distributions=distributions, value=run.measures[metric]
    )


def _taken(run: Run, space: SearchSpace) -> dict[str, Plain]:
    """The values that a run has of the space's parameters, and the space's constants."""
    taken: dict[str, Plain] = {}
    for one in space.parameters:
        if isinstance(one.domain, Constant):
            taken[one.name] = one.domain.value
            continue
        found = _found(run.params, one.name)
        if found:
            taken[one.name] = found[0]
    return taken


def _found(params: Mapping[Any, Plain], name: str) -> list[Plain]:
    if name in params:  # a trial of Optuna's own may have a dot in its name
        return [params[name]]
    place: Any = params
    for part in name.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return []
        place = place[part]
    return [place]


def _common(configs: Sequence[Any], without: set[str], above: str = "") -> dict[str, Any]:
    """What all configs have alike, but for these parameters."""
    shared: dict[str, Any] = {}
    for key, value in configs[0].items():
        name = f"{above}{key}"
        others = [one.get(key) for one in configs]
        if name in without or not all(key in one for one in configs):
            continue
        if all(isinstance(one, dict) and one for one in others):
            inner = _common(others, without, f"{name}.")
            if inner:
                shared[key] = inner
        elif all(same(one, value) for one in others):
            shared[key] = value
    return shared


def _flat(params: Mapping[Any, Plain], above: str = "") -> dict[str, Plain]:
    flat: dict[str, Plain] = {}
    for key, value in params.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{name}.")
        else:
            flat[name] = value
    return flat


def _form(values: Sequence[Plain]) -> object:
    """The form of a parameter that took these values."""
    different: list[Plain] = []
    for value in values:
        if not any(is_same(value, one) for one in different):
            different.append(value)
    if len(different) == 1:
        return {"constant": different[0]}
    numbers = [one for one in different if isinstance(one, int | float) and type(one) is not bool]
    if len(numbers) < len(different) or not all(map(math.isfinite, numbers)):
        return {"choice": different}
    low, high = min(numbers), max(numbers)
    if all(type(one) is int for one in numbers):
        return {"int": [low, high]}
    return {"float": [low, high], "log": low > 0 and high / low >= _WIDE}
