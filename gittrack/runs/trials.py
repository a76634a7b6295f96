"""Trials: whole runs in one record, numbered by an optimiser, with objective values; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import config_id, emit, read
from gittrack.errors import UsageError, ValueRefusedError
from gittrack.runs.codec import moment_of
from gittrack.runs.model import FINISHED, STATUSES, MetricSummary, Run, SummaryBuilder
from gittrack.runs.series import HEADER, line, paths_of
from gittrack.slug import slug

NAMES = (
    "trial_number",
    "params",
    "performance",
    "strategy_code",
    "strategy_template",
    "generation_method",
    "status",
    "metadata",
)
"""What `log_trial` takes, and the keys of the mappings that `log_trials` takes."""

_DETAILS = ("strategy_code", "strategy_template", "generation_method")


def trial_facts(run_id: str, time: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """A trial as its journal record says it.

    Raises:
        UsageError: a name is unknown, or the number is missing.
        ValueRefusedError: parameters cannot be stored, or an objective value is no number.
    """
    unknown = given.keys() - set(NAMES)
    if unknown:
        raise UsageError(
            f"a trial has no {sorted(map(str, unknown))[0]!r}", hint=f"it has {', '.join(NAMES)}"
        )
    number = given.get("trial_number")
    if type(number) is not int or number < 0:
        raise UsageError(f"a trial needs a trial_number of 0 or more, not {number!r}")
    status = given.get("status", FINISHED)
    if status not in STATUSES:
        raise UsageError(f"a trial's status is one of {', '.join(STATUSES)}, not {status!r}")
    plain = to_plain(dict(given.get("params") or {}))
    facts: dict[str, Any] = {
        "id": run_id,
        "time": time,
        "number": number,
        "params": emit(plain).decode(),
        "performance": objective_values(given.get("performance")),
    }
    if status != FINISHED:
        facts["status"] = status
    details: dict[str | int, Any] = {
        name: str(given[name]) for name in _DETAILS if given.get(name) is not None
    }
    metadata = given.get("metadata")
    if metadata:
        details["metadata"] = to_plain(dict(metadata))
    if details:
        facts["details"] = emit(details).decode()
    return facts


def trial_run(experiment: str, facts: Mapping[str, Any], number: int | None = None) -> Run:
    """The run that a trial's record tells of.

    Besides what `trial_facts` makes, a record may say when the trial `ended`, its `tags`, and its
    `metrics`: for each key points of step, microseconds since the epoch, and value. Its `details`
    are canonical YAML, or plain data that YAML can hold.
    """
    config = facts["params"].encode()
    params = read(config)
    details = facts.get("details", {})
    if isinstance(details, str):
        details = read(details.encode())
    assert isinstance(params, dict)
    assert isinstance(details, dict)
    moment = moment_of(facts["time"])
    ended = facts.get("ended")
    summaries = {key: _summary(points) for key, points in facts.get("metrics", {}).items()}
    return Run(
        run_id=facts["id"],
        run_name=f"trial-{facts['number']}",
        experiment_id=slug(experiment),
        experiment_name=experiment,
        status=facts.get("status", FINISHED),
        start_time=moment,
        end_time=moment if ended is None else moment_of(ended),
        params=params,
        metrics={key: summary.last for key, summary in summaries.items()},
        summaries=summaries,
        tags=facts.get("tags", {}),
        config_id=config_id(config),
        number=number,
        trial_number=facts["number"],
        performance=facts["performance"],
        details=details,
    )


def trial_series(facts: Mapping[str, Any]) -> dict[str, bytes]:
    """The histories of a trial's metrics as files, by path within the run's directory."""
    metrics = facts.get("metrics", {})
    paths = paths_of([key for key, points in metrics.items() if len(points) > 1])
    return {path: _history(facts["time"], metrics[key]) for key, path in paths.items()}


def _summary(points: Iterable[Sequence[Any]]) -> MetricSummary:
    builder = SummaryBuilder()
    for step, time, value in points:
        builder.add(step, time, value)
    return builder.summary()


def _history(started: int, points: Iterable[Sequence[Any]]) -> bytes:
    lines = [line(step, time - started, float(value)) for step, time, value in points]
    return HEADER + "".join(lines).encode()


def objective_values(given: Any) -> dict[str, float]:
    """Objective values by name; a single number is called `value`, several `value_0`, …"""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {str(key): _number(key, value) for key, value in given.items()}
    if isinstance(given, list | tuple):
        return {f"value_{n}": _number(n, value) for n, value in enumerate(given)}
    return {"value": _number("value", given)}


def _number(key: object, value: Any) -> float:
    if type(value) is float:
        return value
    if value is None:
        return math.nan
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError) as error:
        raise ValueRefusedError(
            f"the performance {key} is no number: {type(value).__name__}", path=str(key)
        ) from error
