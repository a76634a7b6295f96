"""Conditions on one value in SQL: numbers, texts, times, and parameters of any type.

Every test speaks of a value that is there. What it yields may be NULL, which counts as false:
`negated` and the callers see to that. A number that is NULL is a NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from gittrack.dates import parse_date
from gittrack.errors import QueryError, UsageError
from gittrack.index.leaves import float_or_infinite
from gittrack.index.schema import BOOLEAN, FLOAT, INTEGER, NULL, STRING
from gittrack.index.sql import Sql, SqlValue
from gittrack.query import (
    Between,
    Comparison,
    Condition,
    IsNull,
    Like,
    Literal,
    Membership,
    Operator,
    Value,
)
from gittrack.runs.queries import literals

Test = Callable[[Operator, Value], Sql]
"""How one value compares with a literal."""

_LARGEST = 2**63 - 1
_AT_LEAST_OR_MOST = (Operator.EQUAL, Operator.LESS_OR_EQUAL, Operator.GREATER_OR_EQUAL)
_GLOB = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARAM_TEXT = f"CASE WHEN kind >= {STRING} THEN value ELSE param_text(kind, value) END"


def joined(word: str, parts: list[Sql]) -> Sql:
    """The parts with ` AND ` or ` OR ` between them, in parentheses where there are several."""
    if len(parts) == 1:
        return parts[0]
    text = word.join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.values))


def negated(inside: Sql) -> Sql:
    """True wherever `inside` is not, NULL included."""
    return Sql(f"NOT coalesce({inside.text}, 0)", inside.values)


def on_value(condition: Condition, test: Test, like: Callable[[Like], Sql] | None = None) -> Sql:
    """A condition on a value that is there, made of single comparisons.

    `like` is needed only where LIKE may come; a null test is for the caller, who knows what is
    missing.
    """
    match condition:
        case Comparison(operator=Operator.NOT_EQUAL, value=value):
            return negated(test(Operator.EQUAL, value.value))
        case Comparison(operator=operator, value=value):
            return test(operator, value.value)
        case Membership(values=values):
            inside = joined(" OR ", [test(Operator.EQUAL, v.value) for v in _distinct(values)])
        case Between(low=low, high=high):
            inside = joined(
                " AND ",
                [
                    test(Operator.GREATER_OR_EQUAL, low.value),
                    test(Operator.LESS_OR_EQUAL, high.value),
                ],
            )
        case Like() if like is not None:
            inside = like(condition)
        case Like() | IsNull():
            raise AssertionError(condition)
    return negated(inside) if condition.negated else inside


def _distinct(values: tuple[Literal, ...]) -> list[Literal]:
    return list(dict.fromkeys(values))


# Numbers


def number_test(column: str) -> Test:
    """Of a column of numbers; NULL there is a NaN, which equals itself."""

    def test(operator: Operator, value: Value) -> Sql:
        if isinstance(value, float) and math.isnan(value):
            return Sql(f"{column} IS NULL" if operator in _AT_LEAST_OR_MOST else "0")
        return Sql(f"{column} {operator.value} ?", (bound(value),))

    return test


def bound(value: Value) -> SqlValue:
    """The value as SQLite takes it: an integer beyond 64 bits as the nearest float."""
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        return float_or_infinite(value)
    return value


# Texts


def text_test(column: str) -> Test:
    """Of a column of texts, by code point."""
    return lambda operator, value: Sql(f"{column} {operator.value} ?", (str(value),))


def prefix_test(column: str, shortest: int) -> Test:
    """Of a column of ids: `=` asks for the start, of `shortest` characters at the least."""

    def test(operator: Operator, value: Value) -> Sql:
        text = str(value)
        if operator is not Operator.EQUAL:
            return Sql(f"{column} {operator.value} ?", (text,))
        if len(text) < shortest:
            return Sql(f"{column} = ?", (text,))
        end = f"{text}\U0010ffff"
        return Sql(f"({column} >= ? AND {column} < ?)", (text, end))

    return test


def like_test(column: str) -> Callable[[Like], Sql]:
    """LIKE of a column of texts; case by SQLite's GLOB, without case folded as Unicode says."""

    def test(condition: Like) -> Sql:
        if condition.case_sensitive:
            glob = "".join(_GLOB.get(character, character) for character in condition.pattern)
            return Sql(f"{column} GLOB ?", (glob,))
        # A NULL must not get as far as the function, in whatever order SQLite tests.
        return Sql(f"casefold(coalesce({column}, '')) LIKE ?", (condition.pattern.casefold(),))

    return test


# Times


def time_test(column: str, query: str, condition: Condition, now: datetime | None) -> Test:
    """Of a column of microseconds since the epoch.

    A number is in milliseconds, a text a date; both mean a span of time, so that a day equals all
    that began within it. Raises `QueryError` for what is no time.
    """

    def test(operator: Operator, value: Value) -> Sql:
        try:
            start, end = _date_span(value, now) if isinstance(value, str) else _number_span(value)
        except UsageError as error:
            at = condition.field.column
            for literal in literals(condition):
                at = literal.column if literal.value == value else at
            raise QueryError(error.message, query=query, column=at, hint=error.hint) from None
        return _span_comparison(column, operator, start, end)

    return test


def _date_span(text: str, now: datetime | None) -> tuple[int, int]:
    span = parse_date(text, now)
    return _microseconds(span.start), _microseconds(span.end)


def _microseconds(iso: str) -> int:
    passed = datetime.fromisoformat(iso) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _number_span(milliseconds: float) -> tuple[int, int]:
    if isinstance(milliseconds, float) and math.isnan(milliseconds):
        raise UsageError("nan is no time", hint="write milliseconds since the epoch, or a date")
    if isinstance(milliseconds, float) and math.isinf(milliseconds):
        beyond = _LARGEST if milliseconds > 0 else -_LARGEST
        return beyond, beyond
    start, end = math.ceil(milliseconds) * 1000, (math.floor(milliseconds) + 1) * 1000
    return _clamped(start), _clamped(end)


def _clamped(number: int) -> int:
    return max(-_LARGEST, min(_LARGEST, number))


def _span_comparison(column: str, operator: Operator, start: int, end: int) -> Sql:
    match operator:
        case Operator.LESS:
            return Sql(f"{column} < ?", (start,))
        case Operator.LESS_OR_EQUAL:
            return Sql(f"{column} < ?", (end,))
        case Operator.GREATER:
            return Sql(f"{column} >= ?", (end,))
        case Operator.GREATER_OR_EQUAL:
            return Sql(f"{column} >= ?", (start,))
        case _:
            return Sql(f"({column} >= ? AND {column} < ?)", (start, end))


# Parameters: columns `kind` and `value`


def param_test(operator: Operator, value: Value) -> Sql:
    """A number meets numbers, true and false booleans, a text the text `str(value)` of anything."""
    if isinstance(value, bool):
        return Sql(f"(kind = {BOOLEAN} AND value {operator.value} ?)", (int(value),))
    if isinstance(value, str):
        if operator is Operator.EQUAL:
            return _text_equality(value)
        return Sql(f"{_PARAM_TEXT} {operator.value} ?", (value,))
    if isinstance(value, float) and math.isnan(value):
        same = operator in _AT_LEAST_OR_MOST
        return Sql(f"(kind = {FLOAT} AND value IS NULL)" if same else "0")
    return Sql(f"(kind IN ({INTEGER}, {FLOAT}) AND value {operator.value} ?)", (bound(value),))


def param_like(condition: Like) -> Sql:
    """LIKE of a parameter's text."""
    return like_test(f"({_PARAM_TEXT})")(condition)


def _text_equality(text: str) -> Sql:
    """Every typed value whose text this is: the index serves, as no value is turned into a text.

    A text among the values is a string or a collection's JSON; of numbers the kind decides.
    """
    typed, kind = _typed(text)
    if typed is None:
        same = Sql("(value = ? AND typeof(value) = 'text')", (text,))
    else:
        is_same = f"(typeof(value) = 'text' OR kind = {kind})"
        same = Sql(f"(value IN (?, ?) AND {is_same})", (text, typed))
    if text in ("0.0", "-0.0"):  # SQLite does not compare the sign of a zero
        return joined(" AND ", [same, Sql(f"{_PARAM_TEXT} = ?", (text,))])
    if text in ("None", "nan"):
        is_null = f"(kind = {NULL if text == 'None' else FLOAT} AND value IS NULL)"
        return joined(" OR ", [same, Sql(is_null)])
    return same


def _typed(text: str) -> tuple[SqlValue | None, int]:
    """The value that is no text and that Python writes as `text`, if there is one; its kind."""
    if text in ("True", "False"):
        return int(text == "True"), BOOLEAN
    number = _number_of(text)
    if number is None:
        return None, STRING
    return bound(number), INTEGER if isinstance(number, int) else FLOAT


def _number_of(text: str) -> int | float | None:
    """The number that Python writes as `text`, if there is one."""
    if len(text) > 400:  # what a float or a stored integer never needs
        return None
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and number == number:
            return number
    return None


def param_text(kind: int, value: SqlValue | None) -> str:
    """A stored parameter as `str` writes its value."""
    if kind == NULL:
        return "None"
    if kind == BOOLEAN:
        return str(bool(value))
    if kind == FLOAT:
        return "nan" if value is None else str(float(value))
    if kind == INTEGER and isinstance(value, float) and math.isfinite(value):
        return str(int(value))
    return str(value)
