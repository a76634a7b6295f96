"""Whole runs that others recorded, given at once: read strictly, and turned into a run; pure."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, emit
from gittrack.config import ExperimentConfig, canonical_bytes
from gittrack.errors import NotFoundError, UsageError, ValueRefusedError
from gittrack.runs.events import RunState
from gittrack.runs.model import (
    FINISHED,
    RUNNING,
    STATUSES,
    CodeVersion,
    MetricPoint,
    Run,
    Step,
    SummaryBuilder,
    Validation,
)
from gittrack.runs.series import HEADER, line
from gittrack.runs.trials import objective_values

Moment = datetime | float
"""A datetime (UTC if it has no time zone), or seconds since the epoch."""

Point = tuple[Step, Moment | None, float] | MetricPoint
"""A value of a metric with its step and time, each `None` where it is not known."""

_RUN_ID = re.compile(r"[0-9a-f]{20}")
_MAX_KEY = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime(1000, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A whole run that has ended, as `ExperimentTracker.log_runs` takes it.

    Args:
        run_id: 20 hex digits, as `derived_run_id` makes them; a new one if none is given.
        run_name: its name; the experiment's with the run's number, if none is given.
        status: `FINISHED`, `FAILED` or `KILLED`.
        start_time: when it began; now, if nobody knows.
        end_time: when it ended, if that is known.
        params: parameters, which may be nested; they are the config where none is given.
        config: what it was configured with.
        metrics: for each key a number, or its values in the order in which they were logged.
        tags: texts by name; one of `None` is left out.
        notes: remarks for people.
        parent_run_id: the id of the run that it belongs to.
        validations: checks that were made; mappings have the names of `log_validation`.
        artifacts: names, and the files that are stored under them.
        trial_number: an optimiser's number for it.
        performance: objective values by name, or one number.
        code_version: the code that it was made with.
        host: the machine on which it ran.
        details: plain data that has no other place.
    """

    run_id: str | None = None
    run_name: str | None = None
    status: str = FINISHED
    start_time: Moment | None = None
    end_time: Moment | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    config: Mapping[Any, Any] | ExperimentConfig | None = None
    metrics: Mapping[str, float | Iterable[Point]] = field(default_factory=dict)
    tags: Mapping[str, object] = field(default_factory=dict)
    notes: Sequence[str] = ()
    parent_run_id: str | None = None
    validations: Iterable[Validation | Mapping[str, Any]] = ()
    artifacts: Iterable[tuple[str, Path | str]] = ()
    trial_number: int | None = None
    performance: Mapping[str, float] | float | None = None
    code_version: CodeVersion | None = None
    host: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, given: RunRecord | Mapping[str, Any]) -> RunRecord:
        """The record that a mapping with these names gives; `None` is what is not known.

        Raises:
            UsageError: it is no mapping, or a name is unknown.
        """
        if isinstance(given, RunRecord):
            return given
        if not isinstance(given, Mapping):
            raise UsageError(f"a run is a mapping or a RunRecord, not {type(given).__name__}")
        unknown = given.keys() - set(_NAMES)
        if unknown:
            raise UsageError(
                f"a run has no {sorted(map(str, unknown))[0]!r}", hint=f"it has {', '.join(_NAMES)}"
            )
        return cls(**{name: value for name, value in given.items() if value is not None})

    def check_shape(self) -> None:
        """Refuse what is no mapping, or no list, where there must be one.

        Raises:
            UsageError: it names the part.
        """
        for name in ("params", "metrics", "tags", "details"):
            if not isinstance(getattr(self, name), Mapping):
                raise UsageError(f"{name} is a mapping, not {type(getattr(self, name)).__name__}")
        for name in ("notes", "validations", "artifacts"):
            if not isinstance(getattr(self, name), Iterable):
                raise UsageError(f"{name} is a list, not {type(getattr(self, name)).__name__}")


_NAMES = tuple(one.name for one in fields(RunRecord))


@dataclass(slots=True)
class WholeRun:
    """A run to be written: what it is, and the histories of its metrics as CSV."""

    position: int
    """Which one of those given it is, from 1."""
    state: RunState
    was_named: bool
    """Whether its id was given, so that it may be there already."""
    histories: dict[str, bytes]
    trial_number: int | None = None
    performance: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str | int, Plain] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """About how many bytes it holds in memory."""
        return len(self.state.config or b"") + sum(map(len, self.histories.values()))

    def numbered(self, number: int) -> Run:
        """The run with its number; it names a run that has no name."""
        run = self.state.run()
        return replace(
            run,
            run_name=run.run_name or f"{run.experiment_id}-{number}",
            number=number,
            trial_number=self.trial_number,
            performance=self.performance,
            details=self.details,
        )


def derived_run_id(*names: str) -> str:
    """The run id that always stands for these names, as a tracker's and its id of the run."""
    joined = "\0".join(names)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def whole_run(record: RunRecord, experiment: str, now: int, position: int) -> WholeRun:
    """The run that a record tells of; `now` (microseconds) is its start if it says none.

    Raises:
        UsageError: an id, a status or a number is none.
        ValueRefusedError: a value cannot be stored; its path leads to it.
    """
    record.check_shape()
    if record.status not in STATUSES or record.status == RUNNING:
        raise UsageError(f"a run ends as FINISHED, FAILED or KILLED, not {record.status!r}")
    given = _run_id("run_id", record.run_id)
    state = RunState(given or os.urandom(10).hex(), experiment)
    state.name = _text("run_name", record.run_name or "")
    state.started = now if record.start_time is None else _time("start_time", record.start_time)
    state.ended = None if record.end_time is None else _time("end_time", record.end_time)
    state.status, state.host = record.status, _text("host", record.host)
    state.parent = _run_id("parent_run_id", record.parent_run_id)
    _take_params(state, record)
    state.tags = {str(key): str(value) for key, value in record.tags.items() if value is not None}
    notes = [record.notes] if isinstance(record.notes, str) else record.notes
    state.notes = [_text("notes", note) for note in notes]
    state.validations = [_validation(one) for one in record.validations]
    if record.code_version is not None:
        state.code = asdict(record.code_version)
    histories = {key: _take_values(state, key, values) for key, values in record.metrics.items()}
    details: Any = _plain("details", record.details)
    return WholeRun(
        position,
        state,
        given is not None,
        {key: content for key, content in histories.items() if content is not None},
        _trial_number(record.trial_number),
        objective_values(record.performance),
        details,
    )


@contextmanager
def naming(position: int, name: str | None) -> Iterator[None]:
    """Errors about values say which one of the runs given it was."""
    who = f"run {position}" + (f" ({str(name)[:60]!r})" if name else "")
    try:
        yield
    except ValueRefusedError as error:
        message = f"{who}: {error.message}"
        raise ValueRefusedError(message, path=error.path, hint=error.hint) from error
    except (UsageError, NotFoundError) as error:
        raise type(error)(f"{who}: {error.message}", hint=error.hint) from error


def _take_params(state: RunState, record: RunRecord) -> None:
    params: Any = _plain("params", record.params)
    if record.config is not None:
        state.config, state.params = canonical_bytes(record.config), params
    elif params:
        state.config = emit(params)


def _plain(name: str, values: Mapping[str, object]) -> Plain:
    """Plain data; errors have the name at the start of their path."""
    found = to_plain({name: dict(values)})
    assert isinstance(found, dict)
    return found[name]


def _take_values(state: RunState, key: Any, given: Any) -> bytes | None:
    """Take a metric's values in; returns its history, if it has more than one."""
    if not isinstance(key, str) or not key or len(key) > _MAX_KEY:
        raise ValueRefusedError(f"a metric's name is a text of 1 to {_MAX_KEY:,} characters")
    builder, lines = SummaryBuilder(), []
    last = state.started if state.ended is None else state.ended
    for step, time, value in _points(key, given, last, state.started):
        builder.add(step, time, value)
        lines.append(line(step, time - state.started, value))
    if builder.count:
        state.metrics[key] = builder
    return HEADER + "".join(lines).encode() if builder.count > 1 else None


def _points(key: str, given: Any, last: int, started: int) -> Iterator[tuple[Step, int, float]]:
    if type(given) is float or isinstance(given, int) or getattr(given, "ndim", None) == 0:
        yield None, last, _number(key, given)
        return
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        yield None, last, _number(key, given)  # of what holds a single number; others are refused
        return
    for point in given:
        step, time, value = _parts(key, point)
        moment = started if time is None else _time(f"metrics.{key}", time)
        yield (step if type(step) is int else _step(key, step)), moment, _number(key, value)


def _parts(key: str, point: Any) -> tuple[Any, Any, Any]:
    if isinstance(point, MetricPoint):
        return point.step, point.time, point.value
    try:
        step, time, value = point
    except (TypeError, ValueError) as error:
        raise ValueRefusedError(
            f"a value in the history of the metric {key!r} is no (step, time, value)",
            path=f"metrics.{key}",
        ) from error
    return step, time, value


def _number(key: str, value: Any) -> float:
    if type(value) is float:
        return value
    try:
        if not isinstance(value, str | bytes):
            return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass
    raise ValueRefusedError(
        f"the metric {key!r} is no number: {type(value).__name__}", path=f"metrics.{key}"
    )


def _step(key: str, step: Any) -> Step:
    if step is None:
        return None
    try:
        whole = int(step)
        if not isinstance(step, str | bytes) and whole == step:
            return whole
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueRefusedError(
        f"a step of the metric {key!r} is no whole number: {str(step)[:60]!r}",
        path=f"metrics.{key}",
    )


def _time(name: str, moment: Any) -> int:
    """Microseconds since the epoch."""
    try:
        if isinstance(moment, datetime):
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            time = (aware - _EPOCH) // _MICROSECOND
        elif isinstance(moment, str | bytes | bool):
            raise TypeError
        else:
            time = round(float(moment) * 1e6)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueRefusedError(
            f"{name} is no time: {str(moment)[:60]!r}",
            path=name,
            hint="give a datetime, or seconds since the epoch",
        ) from error
    if not _FIRST <= time <= _LAST:
        raise ValueRefusedError(
            f"{name} is not of the years 1000 to 9999: {str(moment)[:60]}",
            path=name,
            hint="numbers are seconds since the epoch, not milliseconds",
        )
    return time


def _validation(given: Validation | Mapping[str, Any]) -> Validation:
    if isinstance(given, Validation):
        given = {one.name: getattr(given, one.name) for one in fields(Validation)}
    try:
        name, passed = given["name"], given["passed"]
        violations = int(given.get("num_violations") or 0)
        metrics = dict(given.get("metrics") or {})
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ValueRefusedError(
            "a validation has a name, passed, num_violations and metrics", path="validations"
        ) from error
    values = {str(key): _number(str(key), value) for key, value in metrics.items()}
    return Validation(str(name), bool(passed), violations, values)


def _run_id(name: str, run_id: Any) -> str | None:
    if run_id is None or (isinstance(run_id, str) and _RUN_ID.fullmatch(run_id)):
        return run_id
    raise UsageError(
        f"a {name} is 20 hex digits, not {str(run_id)[:60]!r}",
        hint="make one of another tracker's id: derived_run_id",
    )


def _trial_number(number: Any) -> int | None:
    if number is None or (type(number) is int and number >= 0):
        return number
    raise UsageError(f"a trial_number is a whole number of 0 or more, not {str(number)[:60]!r}")


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueRefusedError(f"{name} is a text, not {type(value).__name__}", path=name)
