"""Optuna's trials as rows of JSON, as the facts of a run's record, and back; pure.

A row is `[number, run id, state, values, start, end, params, intermediate values, user attributes,
system attributes]`: times in microseconds since the epoch, parameters as
`[[name, distribution's key, internal value], …]`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
    json_to_distribution,
)
from optuna.trial import FrozenTrial, TrialState

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, emit
from gittrack.errors import DataError, GittrackError
from gittrack.runs.model import FAILED, MetricPoint, Run
from gittrack.store.studies import FACTS, get_data, put_data

METRIC = "intermediate"
"""The metric whose history is a trial's intermediate values."""

STATE_TAG = "optuna.state"
"""The tag of a run whose trial was pruned."""

MISSING = "gittrack:missing"
"""The system attribute of what stands for a trial that is not here: another clone has it, or its
run was deleted."""

_MAX_TAG = 200  # characters


class Distributions:
    """Distributions by a key that is made of their JSON; what is known is not made twice."""

    def __init__(self) -> None:
        self._by_key: dict[str, BaseDistribution] = {}
        self._texts: dict[str, str] = {}
        self._described: dict[tuple[str, str], Plain] = {}
        self._known: dict[object, str] = {}

    def key(self, distribution: BaseDistribution) -> str:
        """The key of a distribution, which is known from now on."""
        short: object = None
        if isinstance(distribution, FloatDistribution | IntDistribution):
            d = distribution
            short = (type(d), d.low, d.high, d.log, d.step)
            if short in self._known:
                return self._known[short]
        key = self.learn(distribution_to_json(distribution))
        if short is not None:
            self._known[short] = key
        return key

    def learn(self, text: str) -> str:
        """The key of the distribution that is written so."""
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        if key not in self._by_key:
            self._by_key[key] = json_to_distribution(text)
            self._texts[key] = text
        return key

    def __getitem__(self, key: str) -> BaseDistribution:
        return self._by_key[key]

    def text(self, key: str) -> str:
        """The distribution's JSON."""
        return self._texts[key]

    def describe(self, name: str, key: str) -> Plain:
        """The distribution of a parameter as a run's record says it."""
        found = self._described.get((name, key))
        if found is None:
            found = self._described[name, key] = _description(name, self._texts[key])
        return found


def to_microseconds(moment: datetime | None) -> int | None:
    """A local time as microseconds since the epoch."""
    return None if moment is None else round(moment.timestamp() * 1e6)


def local_time(microseconds: int | None) -> datetime | None:
    """The local time so many microseconds after the epoch, as Optuna has times."""
    if microseconds is None:
        return None
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds).replace(microsecond=rest)  # noqa: DTZ006 - Optuna's


def row_of(trial: FrozenTrial, run_id: str | None, known: Distributions) -> list[Any]:
    """A trial as a row."""
    params = []
    for name, value in trial.params.items():
        distribution = trial.distributions[name]
        params.append([name, known.key(distribution), distribution.to_internal_repr(value)])
    return [
        trial.number,
        run_id,
        trial.state.value,
        trial.values,
        to_microseconds(trial.datetime_start),
        to_microseconds(trial.datetime_complete),
        params,
        list(trial.intermediate_values.items()),
        trial.user_attrs,
        trial.system_attrs,
    ]


def keys_of(row: Sequence[Any]) -> list[str]:
    """The keys of the distributions that a row names."""
    return [key for _, key, _ in row[6]]


def trial_of(row: Sequence[Any], trial_id: int, known: Distributions) -> FrozenTrial:
    """The trial that a row tells of."""
    number, _, state, values, start, end, params, steps, user, system = row
    return FrozenTrial(
        number=number,
        state=TrialState(state),
        value=None,
        values=values,
        datetime_start=local_time(start),
        datetime_complete=local_time(end),
        params={name: known[key].to_external_repr(inner) for name, key, inner in params},
        distributions={name: known[key] for name, key, _ in params},
        user_attrs=user,
        system_attrs=system,
        intermediate_values=dict(steps),
        trial_id=trial_id,
    )


def missing_trial(number: int, trial_id: int) -> FrozenTrial:
    """What stands for a trial that is not here: it failed, without parameters."""
    return FrozenTrial(
        number=number,
        state=TrialState.FAIL,
        value=None,
        datetime_start=None,
        datetime_complete=None,
        params={},
        distributions={},
        user_attrs={},
        system_attrs={MISSING: True},
        intermediate_values={},
        trial_id=trial_id,
    )


def facts_of(
    trial: FrozenTrial,
    run_id: str,
    names: Sequence[str],
    known: Distributions,
    times: Mapping[int, int] | None = None,
) -> dict[str, Any]:
    """A finished trial as the journal's record of a run.

    Args:
        trial: it has its final state.
        run_id: the id of its run.
        names: what the objective values are called.
        known: the distributions that were met.
        times: for each step, when its value was reported, in microseconds since the epoch.
    """
    end = to_microseconds(trial.datetime_complete)
    start = to_microseconds(trial.datetime_start)
    details, params = _details(trial, known), _params(trial)
    if params is None:
        params = emit({})
        details["params_json"] = json.dumps(trial.params)
    if start is None or end is None:
        details["times"] = [start, end]
    began = next((time for time in (start, end) if time is not None), 0)
    facts: dict[str, Any] = {
        "id": run_id,
        "time": began,
        "ended": end,
        "number": trial.number,
        "params": params.decode(),
        "performance": _performance(trial, names),
        "details": {FACTS: details},
    }
    if trial.state == TrialState.FAIL:
        facts["status"] = FAILED
    tags = _tags(trial)
    if tags:
        facts["tags"] = tags
    if trial.intermediate_values:
        moments = times or {}
        facts["metrics"] = {
            METRIC: [
                [step, moments.get(step, end or began), value]
                for step, value in trial.intermediate_values.items()
            ]
        }
    return facts


def row_of_run(run: Run, points: Sequence[MetricPoint], known: Distributions) -> list[Any] | None:
    """The row of a sealed run that is a trial of Optuna's; `None` for any other.

    Raises:
        DataError: what it says of its trial is damaged.
    """
    details: Any = run.details.get(FACTS)
    if not isinstance(details, dict) or run.trial_number is None:
        return None
    try:
        return _row_of_run(run, details, points, known)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"the run {run.run_id} is no trial: {error}") from error


def _row_of_run(
    run: Run, details: Any, points: Sequence[MetricPoint], known: Distributions
) -> list[Any]:
    values: Any = run.params
    if "params_json" in details:
        values = json.loads(details["params_json"])
    params = []
    for one in details.get("distributions", []):
        text = one.get("json") or json.dumps({"name": one["name"], "attributes": one["attributes"]})
        key = known.learn(text)
        name = json.loads(one["param_json"]) if "param_json" in one else one["param"]
        params.append([name, key, known[key].to_internal_repr(values[name])])
    start, end = to_microseconds(run.start_time), to_microseconds(run.end_time)
    if "times" in details:
        start, end = details["times"]
    return [
        run.trial_number,
        run.run_id,
        TrialState[details["state"]].value,
        details.get("values") or list(run.performance.values()) or None,
        start,
        end,
        params,
        [[point.step, point.value] for point in points],
        get_data(details, "user_attrs"),
        get_data(details, "system_attrs"),
    ]


def _params(trial: FrozenTrial) -> bytes | None:
    """The parameters as canonical YAML; `None` where that cannot hold them."""
    try:
        plain: Any = to_plain(dict(trial.params))
        return emit(plain)
    except GittrackError:
        return None


def _performance(trial: FrozenTrial, names: Sequence[str]) -> dict[str, float]:
    if trial.state != TrialState.COMPLETE or trial.values is None:
        return {}  # the value of a pruned trial is no result
    found = dict(zip(names, map(float, trial.values), strict=False))
    try:
        emit({str(name): value for name, value in found.items()})
    except GittrackError:  # a name is one that YAML cannot hold
        return {f"value_{number}": value for number, value in enumerate(found.values())}
    return found


def _details(trial: FrozenTrial, known: Distributions) -> dict[str | int, Plain]:
    details: dict[str | int, Plain] = {"state": trial.state.name}
    if trial.values is not None and (trial.state != TrialState.COMPLETE or len(trial.values) > 1):
        details["values"] = list(map(float, trial.values))
    found = [known.describe(name, known.key(d)) for name, d in trial.distributions.items()]
    if found:
        details["distributions"] = found
    put_data(details, "user_attrs", trial.user_attrs)
    put_data(details, "system_attrs", trial.system_attrs)
    return details


def _description(name: str, text: str) -> Plain:
    data: dict[str | int, Plain] = {"param": name, **json.loads(text)}
    try:
        emit({"details": {FACTS: {"distributions": [data]}}})
    except GittrackError:  # a choice, or the name, is a text that YAML cannot hold
        return {"param_json": json.dumps(name), "json": text}
    return data


def _tags(trial: FrozenTrial) -> dict[str, str]:
    """Short user attributes, so that runs can be asked for them; and that a trial was pruned."""
    tags: dict[str, str] = {}
    for name, value in trial.user_attrs.items():
        if isinstance(value, str | int | float) and len(name) <= _MAX_TAG:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if len(text) <= _MAX_TAG and _can_be_kept(name, text):
                tags[name] = text
    if trial.state == TrialState.PRUNED:
        tags[STATE_TAG] = trial.state.name
    return tags


def _can_be_kept(name: str, text: str) -> bool:
    return (name + text).isprintable() and name != ""
