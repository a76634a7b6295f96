"""The fields of runs that queries and orders name: which there are, and which one a path means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Protocol

from gittrack.errors import QueryError
from gittrack.query import AnyElement, Field, Key, Position, Segment


class FieldType(Enum):
    """What a field's values are; the value says it in an error message."""

    NUMBER = "a number"
    TEXT = "a text"
    BOOLEAN = "true or false"
    TIME = "a time"
    ANY = "a value of any type"


class Keys(Protocol):
    """The keys under which runs have recorded something.

    `kind` is `metric`, `param`, `tag` or `validation`. A list's elements are recorded under its
    key with `[]` behind it.
    """

    def has(self, kind: str, name: str) -> bool:
        """Whether some run has the key."""

    def names(self, kind: str) -> Iterable[str]:
        """All keys of that kind; asked only where a key is unknown."""


class Statistic(Enum):
    """What is asked of a metric's history."""

    LAST = "last"
    FIRST = "first"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Attribute:
    """What every run may have; `name` is one of `ATTRIBUTES`."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Metric:
    """A number over a metric's history, by default its latest value."""

    key: str
    statistic: Statistic = Statistic.LAST
    type = FieldType.NUMBER


@dataclass(frozen=True, slots=True)
class MetricAt:
    """A metric's value at a step."""

    key: str
    step: int
    type = FieldType.NUMBER


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; a key with `[]` stands for elements of lists.

    `positions`, where there are any, say which elements, from the outermost list inwards; `None` is
    any.
    """

    key: str
    positions: tuple[int | None, ...] = ()
    type = FieldType.ANY


@dataclass(frozen=True, slots=True)
class Tag:
    """A run's tag."""

    key: str
    type = FieldType.TEXT


@dataclass(frozen=True, slots=True)
class Passed:
    """Whether the latest validation of that name passed."""

    name: str
    type = FieldType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Violations:
    """How many violations the latest validation of that name found."""

    name: str
    type = FieldType.NUMBER


@dataclass(frozen=True, slots=True)
class ValidationMetric:
    """A metric of the latest validation of that name."""

    name: str
    key: str
    type = FieldType.NUMBER


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The paths of a run's artifacts: any of them."""

    type = FieldType.TEXT


@dataclass(frozen=True, slots=True)
class Models:
    """The names of the models of which a run made a version: any of them."""

    type = FieldType.TEXT


@dataclass(frozen=True, slots=True)
class Datasets:
    """The names, digests or contexts (`key`) of the datasets that a run read: any of them."""

    key: str
    type = FieldType.TEXT


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What MLflow's queries may name and no run here has: never matches."""

    name: str
    type = FieldType.TEXT


RunField = (
    Attribute
    | Metric
    | MetricAt
    | Param
    | Tag
    | Passed
    | Violations
    | ValidationMetric
    | Artifacts
    | Models
    | Datasets
    | Unrecorded
)

ATTRIBUTES = {
    "run_id": FieldType.TEXT,
    "run_name": FieldType.TEXT,
    "status": FieldType.TEXT,
    "start_time": FieldType.TIME,
    "end_time": FieldType.TIME,
    "duration": FieldType.NUMBER,
    "experiment": FieldType.TEXT,
    "experiment_id": FieldType.TEXT,
    "experiment_name": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "trial": FieldType.NUMBER,
    "config": FieldType.TEXT,
    "parent": FieldType.TEXT,
    "children": FieldType.NUMBER,
    "git_commit": FieldType.TEXT,
    "code_commit": FieldType.TEXT,
    "branch": FieldType.TEXT,
    "host": FieldType.TEXT,
    "user": FieldType.TEXT,
    "notes": FieldType.TEXT,
}
"""The attributes by their first name."""

ALIASES = {
    "id": "run_id",
    "name": "run_name",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
    "created": "start_time",
    "Created": "start_time",
    "user_id": "user",
    "config_id": "config",
    "parent_run_id": "parent",
    "trial_number": "trial",
}
"""Other names of attributes, MLflow's among them."""

_MLFLOW_TAGS = {
    "mlflow.runName": "run_name",
    "mlflow.user": "user",
    "mlflow.parentRunId": "parent",
    "mlflow.note.content": "notes",
    "mlflow.source.git.commit": "git_commit",
    "mlflow.source.git.branch": "branch",
}
"""Where MLflow keeps in a tag what is an attribute here."""

_GROUPS = {
    **dict.fromkeys(("metrics", "metric", "performance"), "metrics"),
    **dict.fromkeys(("params", "param", "parameters", "parameter"), "params"),
    **dict.fromkeys(("tags", "tag"), "tags"),
    **dict.fromkeys(("attributes", "attribute", "attr", "run"), "attributes"),
    **dict.fromkeys(("datasets", "dataset"), "datasets"),
    "validations": "validations",
}
_COLLECTIONS: dict[str, RunField] = {"artifacts": Artifacts(), "models": Models()}
_UNRECORDED = ("artifact_uri",)
_DATASET_KEYS = ("name", "digest", "context")
_GROUP_HINT = "a key follows its group, as in metrics.loss, params.lr or tags.team"
_LONGEST_GUESSED = 80
_LONGEST_SHOWN = 60
_STATISTICS = {statistic.value: statistic for statistic in Statistic}


def resolve(field: Field, keys: Keys, query: str) -> RunField:
    """Which field of a run the path means; a key that no run has is no error.

    A key that is recorded literally (`loss.min`) comes before what its end could mean.

    Raises:
        QueryError: there is no such field; it points at the field and names near ones.
    """
    first, rest = field.segments[0], field.segments[1:]
    name = str(first.name) if isinstance(first, Key) else ""
    if not rest:
        return _attribute(name, field, keys, query)
    if name in _COLLECTIONS and rest == (AnyElement(),):
        return _COLLECTIONS[name]
    match _GROUPS.get(name):
        case "metrics":
            return _metric(rest, keys)
        case "params":
            return _param(rest, keys)
        case "tags":
            return _tag(rest, keys)
        case "attributes":
            return _attribute(key_text(rest), field, keys, query)
        case "datasets":
            return _dataset(rest, field, query)
        case "validations":
            return _validation(rest, keys)
    raise _unknown(field, keys, query)


def key_text(segments: Sequence[Segment]) -> str:
    """The segments as one recorded key: joined by dots as they are, positions in brackets."""
    return "".join(map(_segment_text, segments)).removeprefix(".")


def _segment_text(segment: Segment) -> str:
    match segment:
        case Key(name=name):
            return f".{name}"
        case Position(index=index):
            return f"[{index}]"
        case AnyElement():
            return "[]"


def _attribute(name: str, field: Field, keys: Keys, query: str) -> RunField:
    name = ALIASES.get(name, name)
    if name in ATTRIBUTES:
        return Attribute(name, ATTRIBUTES[name])
    if name in _COLLECTIONS:
        return _COLLECTIONS[name]
    if name in _UNRECORDED:
        return Unrecorded(name)
    raise _unknown(field, keys, query)


def _metric(rest: Sequence[Segment], keys: Keys) -> Metric | MetricAt:
    literal, last = key_text(rest), rest[-1]
    if len(rest) > 1 and not keys.has("metric", literal):
        if isinstance(last, Position):
            return MetricAt(key_text(rest[:-1]), last.index)
        if isinstance(last, Key) and last.name in _STATISTICS:
            return Metric(key_text(rest[:-1]), _STATISTICS[str(last.name)])
    return Metric(literal)


def _param(rest: Sequence[Segment], keys: Keys) -> Param:
    literal = key_text(rest)
    if keys.has("param", literal):
        return Param(literal)
    name = key_text([part if isinstance(part, Key) else AnyElement() for part in rest])
    positions = tuple(
        part.index if isinstance(part, Position) else None
        for part in rest
        if not isinstance(part, Key)
    )
    return Param(name, positions if any(index is not None for index in positions) else ())


def _tag(rest: Sequence[Segment], keys: Keys) -> Tag | Attribute:
    key = key_text(rest)
    if key in _MLFLOW_TAGS and not keys.has("tag", key):
        name = _MLFLOW_TAGS[key]
        return Attribute(name, ATTRIBUTES[name])
    return Tag(key)


def _dataset(rest: Sequence[Segment], field: Field, query: str) -> Datasets:
    key = key_text(rest)
    if key in _DATASET_KEYS:
        return Datasets(key)
    raise QueryError(
        f"a dataset has no {key}",
        query=query,
        column=field.column,
        hint="there are datasets.name, datasets.digest and datasets.context",
    )


def _validation(rest: Sequence[Segment], keys: Keys) -> RunField:
    """`NAME`, `NAME.passed`, `NAME.num_violations`, `NAME.metrics.KEY`; a name may have dots."""
    for split in _splits(rest, keys):
        name, key = key_text(rest[:split]), key_text(rest[split + 1 :])
        return ValidationMetric(name, key)
    literal, last = key_text(rest), rest[-1]
    if len(rest) > 1 and isinstance(last, Key) and not keys.has("validation", literal):
        if last.name == "passed":
            return Passed(key_text(rest[:-1]))
        if last.name == "num_violations":
            return Violations(key_text(rest[:-1]))
    return Passed(literal)


def _splits(rest: Sequence[Segment], keys: Keys) -> list[int]:
    """Where `metrics` may part a validation's name from its metric: the known name first."""
    found = [n for n in range(1, len(rest) - 1) if rest[n] == Key("metrics")]
    known = [n for n in found if keys.has("validation", key_text(rest[:n]))]
    return known or found


# What to say of a field that there is not


def _unknown(field: Field, keys: Keys, query: str) -> QueryError:
    return QueryError(
        f"runs have no field {_short(field.text)}",
        query=query,
        column=field.column,
        hint=_way_out(field, keys),
    )


def _way_out(field: Field, keys: Keys) -> str:
    rest = field.segments
    if len(rest) > 1 and rest[0] == Key("config"):
        return f"a config's values are params: {Field((Key('params'), *rest[1:])).text}"
    key = key_text(rest)
    for kind, group in (("metric", "metrics"), ("param", "params"), ("tag", "tags")):
        if keys.has(kind, key):
            return f"write {Field((Key(group), *rest)).text}"
    if len(rest) == 1 and key in _GROUPS:
        return f"a key follows, as in {key}.name"
    first = str(rest[0].name) if len(rest) > 1 and isinstance(rest[0], Key) else ""
    if first and _GROUPS.get(first) != "attributes":
        near = get_close_matches(first[:_LONGEST_GUESSED].lower(), _GROUPS, n=1)
        return f"did you mean {near[0]}.…?" if near else _GROUP_HINT
    name = (key_text(rest[1:]) if first else key)[:_LONGEST_GUESSED]
    near = get_close_matches(name.lower(), [*ATTRIBUTES, *ALIASES, *_COLLECTIONS], n=1)
    return f"did you mean {near[0]}?" if near else _GROUP_HINT


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
