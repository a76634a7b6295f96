"""What a query over runs may say of each field, and which of its keys no run has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from gittrack.errors import QueryError
from gittrack.query import (
    Between,
    Comparison,
    Condition,
    Field,
    IsNull,
    Key,
    Like,
    Literal,
    Membership,
    Operator,
)
from gittrack.runs.fields import (
    FieldType,
    Keys,
    Metric,
    MetricAt,
    Param,
    Passed,
    RunField,
    Tag,
    ValidationMetric,
    Violations,
    resolve,
)

_ACCEPTED: dict[FieldType, tuple[type, ...]] = {
    FieldType.NUMBER: (int, float),
    FieldType.TEXT: (str,),
    FieldType.BOOLEAN: (bool,),
    FieldType.TIME: (int, float, str),
    FieldType.ANY: (str, int, float, bool),
}
_HINTS = {
    FieldType.NUMBER: "write the number without quotes",
    FieldType.TEXT: "texts are written in single quotes",
    FieldType.BOOLEAN: "write = true or = false",
    FieldType.TIME: "write '2026-11-01', '7 days ago' or milliseconds since the epoch",
}
_LONGEST_GUESSED = 80


@dataclass(frozen=True, slots=True)
class UnknownField:
    """A key that no run has, at its column (from 1); `similar` are recorded ones, as written."""

    field: Field
    column: int
    similar: tuple[str, ...]

    @property
    def message(self) -> str:
        """One line for a person."""
        guess = f"; did you mean {' or '.join(self.similar)}?" if self.similar else ""
        return f"no run has {self.field.text}{guess}"


def check(condition: Condition, found: RunField, query: str) -> None:
    """Make sure that the condition's values are of a type that the field can have.

    Raises:
        QueryError: it points at the value, or at the field where the test itself does not fit.
    """
    kind = found.type
    if isinstance(condition, Like) and kind not in (FieldType.TEXT, FieldType.ANY):
        keyword = "LIKE" if condition.case_sensitive else "ILIKE"
        raise QueryError(
            f"{keyword} takes a text, but {condition.field.text} is {kind.value}",
            query=query,
            column=condition.field.column,
            hint=_HINTS[kind] if kind is not FieldType.NUMBER else "compare it with =, < or >",
        )
    for literal in literals(condition):
        value = literal.value
        if not isinstance(value, _ACCEPTED[kind]) or (
            isinstance(value, bool) and bool not in _ACCEPTED[kind]
        ):
            raise QueryError(
                f"{condition.field.text} is {kind.value}",
                query=query,
                column=literal.column,
                hint=_HINTS[kind],
            )
    if kind is FieldType.BOOLEAN and not _is_unordered(condition):
        raise QueryError(
            "true and false have no order",
            query=query,
            column=condition.field.column,
            hint=_HINTS[kind],
        )


def literals(condition: Condition) -> tuple[Literal, ...]:
    """The values that a condition compares with."""
    match condition:
        case Comparison(value=value):
            return (value,)
        case Membership(values=values):
            return values
        case Between(low=low, high=high):
            return (low, high)
        case _:
            return ()


def _is_unordered(condition: Condition) -> bool:
    if isinstance(condition, Comparison):
        return condition.operator in (Operator.EQUAL, Operator.NOT_EQUAL)
    return isinstance(condition, Membership | IsNull)


def unknown_fields(
    fields: Iterable[Field], keys: Keys, query: str = ""
) -> tuple[UnknownField, ...]:
    """The fields whose key no run has, each once: they match nothing, which may surprise.

    Raises:
        QueryError: a field cannot exist at all.
    """
    unknown: dict[Field, UnknownField] = {}
    for field in fields:
        recorded = _recorded(resolve(field, keys, query))
        if recorded is not None and not keys.has(*recorded):
            unknown.setdefault(
                field, UnknownField(field, field.column, _similar(field, recorded, keys))
            )
    return tuple(unknown.values())


def _recorded(found: RunField) -> tuple[str, str] | None:
    match found:
        case Metric(key=key) | MetricAt(key=key):
            return "metric", key
        case Param(key=key):
            return "param", key
        case Tag(key=key):
            return "tag", key
        case Passed(name=name) | Violations(name=name) | ValidationMetric(name=name):
            return "validation", name
        case _:
            return None


def _similar(field: Field, recorded: tuple[str, str], keys: Keys) -> tuple[str, ...]:
    kind, key = recorded
    names = [name for name in keys.names(kind) if len(name) <= _LONGEST_GUESSED]
    near = get_close_matches(key[:_LONGEST_GUESSED], names, n=2)
    group = field.segments[0]
    return tuple(Field((group, *map(Key, name.split(".")))).text for name in near)
