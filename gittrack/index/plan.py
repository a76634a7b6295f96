"""A query's syntax tree turned into SQL over the index: values are always bound, never pasted."""

from __future__ import annotations

import math

from gittrack.dates import parse_date
from gittrack.errors import QueryError, UsageError
from gittrack.ids import is_config_id
from gittrack.index.depth import check_depth, without_negations
from gittrack.index.leaves import float_or_infinite, segment
from gittrack.index.schema import BOOLEAN, FLOAT, INTEGER, NULL, STRING
from gittrack.index.sql import Sql
from gittrack.query import (
    And,
    AnyElement,
    Between,
    Comparison,
    Condition,
    Expression,
    Field,
    IsNull,
    Key,
    Like,
    Literal,
    Membership,
    Not,
    Operator,
    Or,
    Position,
    TagTerm,
)

_ATTRIBUTES = {
    "id": "s.id",
    "description": "s.description",
    "created_at": "s.created_at",
    "author": "s.author",
    "source": "s.source",
    "tags": "t.name",
    "parents": "e.value",
}
_MANY = {
    "tags": "EXISTS (SELECT 1 FROM tagged g JOIN tag t ON t.n = g.tag"
    " WHERE g.config_id = s.id AND {})",
    "parents": "EXISTS (SELECT 1 FROM json_each(s.parents) e WHERE {})",
}
_LARGEST = 2**63 - 1


def plan(expression: Expression, query: str) -> Sql:
    """The condition for a row of `summary s`.

    Raises:
        QueryError: a value does not fit its field (a date that is none); it is too deep.
    """
    check_depth(expression, query)
    return _planned(expression, query)


def _planned(expression: Expression, query: str) -> Sql:
    match expression:
        case And(operands=operands):
            return _joined(" AND ", [_planned(operand, query) for operand in operands])
        case Or(operands=operands):
            return _joined(" OR ", [_planned(operand, query) for operand in operands])
        case Not():
            below, odd = without_negations(expression)
            inner = _planned(below, query)
            return Sql(f"NOT ({inner.text})", inner.values) if odd else inner
        case TagTerm(name=name):
            return Sql(_MANY["tags"].format("t.name = ?"), (name,))
        case _:
            attribute = _attribute(expression.field)
            if attribute is not None:
                return _on_attribute(attribute, expression, query)
            return _on_leaves(expression)


def _joined(word: str, parts: list[Sql]) -> Sql:
    text = word.join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.values))


def _attribute(field: Field) -> str | None:
    first, rest = field.segments[0], field.segments[1:]
    if not isinstance(first, Key) or first.name not in _ATTRIBUTES:
        return None
    name = str(first.name)
    return name if not rest or (name in _MANY and rest == (AnyElement(),)) else None


# Conditions on what is known about a config


def _on_attribute(name: str, condition: Condition, query: str) -> Sql:
    column = _ATTRIBUTES[name]
    if isinstance(condition, IsNull):
        return _attribute_is_null(name, negated=condition.negated)
    if name == "created_at" and not isinstance(condition, Like):
        return _on_time(condition, query)
    if isinstance(condition, Like):
        inner = _like(column, condition)
    elif isinstance(condition, Comparison):
        inner = _text_comparison(name, column, condition.operator, condition.value)
    elif isinstance(condition, Membership):
        inner = _joined(
            " OR ", [_text_comparison(name, column, Operator.EQUAL, v) for v in condition.values]
        )
    else:
        low, high = str(condition.low.value), str(condition.high.value)
        inner = Sql(f"{column} BETWEEN ? AND ?", (low, high))
    negated = not isinstance(condition, Comparison) and condition.negated
    if isinstance(condition, Comparison) and condition.operator is Operator.NOT_EQUAL:
        equal = Comparison(condition.field, Operator.EQUAL, condition.value)
        inner, negated = _on_attribute(name, equal, query), True
    elif name in _MANY:
        inner = Sql(_MANY[name].format(inner.text), inner.values)
    if negated:
        present = _attribute_is_null(name, negated=True)
        return _joined(" AND ", [present, Sql(f"NOT ({inner.text})", inner.values)])
    return inner


def _attribute_is_null(name: str, *, negated: bool) -> Sql:
    if name in _MANY:
        some = _MANY[name].format("1")
        return Sql(some if negated else f"NOT {some}")
    column = _ATTRIBUTES[name]
    return Sql(f"coalesce({column}, '') {'!=' if negated else '='} ''")


def _text_comparison(name: str, column: str, operator: Operator, literal: Literal) -> Sql:
    text = literal.value
    if not isinstance(text, str):
        return Sql("0")
    if name in ("id", "parents") and operator is Operator.EQUAL and not is_config_id(text):
        return Sql(f"substr({column}, 1, ?) = ?", (max(len(text), 4), text))
    return Sql(f"{column} {operator.value} ?", (text,))


def _on_time(condition: Condition, query: str) -> Sql:
    def span(literal: Literal) -> tuple[str, str]:
        try:
            found = parse_date(str(literal.value))
        except UsageError as error:
            raise QueryError(
                error.message, query=query, column=literal.column, hint=error.hint
            ) from error
        return found.start, found.end

    column = _ATTRIBUTES["created_at"]
    if isinstance(condition, Comparison):
        start, end = span(condition.value)
        return {
            Operator.LESS: Sql(f"{column} < ?", (start,)),
            Operator.LESS_OR_EQUAL: Sql(f"{column} < ?", (end,)),
            Operator.GREATER: Sql(f"{column} >= ?", (end,)),
            Operator.GREATER_OR_EQUAL: Sql(f"{column} >= ?", (start,)),
            Operator.EQUAL: Sql(f"({column} >= ? AND {column} < ?)", (start, end)),
            Operator.NOT_EQUAL: Sql(f"NOT ({column} >= ? AND {column} < ?)", (start, end)),
        }[condition.operator]
    word = ""
    if isinstance(condition, Between):
        word = "NOT " if condition.negated else ""
        bounds = (span(condition.low)[0], span(condition.high)[1])
        return Sql(f"{word}({column} >= ? AND {column} < ?)", bounds)
    if isinstance(condition, Membership):
        word = "NOT " if condition.negated else ""
        parts = [Sql(f"({column} >= ? AND {column} < ?)", span(v)) for v in condition.values]
        joined = _joined(" OR ", parts)
        return Sql(f"{word}{joined.text}", joined.values)
    raise AssertionError(condition)


# Conditions on a config's own keys


def _on_leaves(condition: Condition) -> Sql:
    where = _leaf_place(condition.field)
    if isinstance(condition, IsNull):
        below = _leaf_place(condition.field, below=True)
        word = "IN" if condition.negated else "NOT IN"
        found = _leaves(below, Sql(f"p.kind != {NULL}"))
        return Sql(f"s.config {word} ({found.text})", found.values)
    found = _leaves(where, _leaf_condition(condition))
    return Sql(f"s.config IN ({found.text})", found.values)


def _leaves(place: Sql, value: Sql) -> Sql:
    return Sql(
        f"SELECT p.config FROM param p WHERE {place.text} AND {value.text}",
        place.values + value.values,
    )


def _leaf_place(field: Field, *, below: bool = False) -> Sql:
    name, positions = _key_name(field)
    if below:
        key = Sql(
            "p.key IN (SELECT n FROM key WHERE name = ? OR substr(name, 1, ?) IN (?, ?))",
            (name, len(name) + 1, f"{name}.", f"{name}["),
        )
    else:
        key = Sql("p.key = (SELECT n FROM key WHERE name = ?)", (name,))
    if any(position is not None for position in positions):
        pattern = ",".join("*" if p is None else str(p) for p in positions)
        glob = f"{pattern}*" if below else pattern
        return Sql(f"{key.text} AND p.place GLOB ?", (*key.values, glob))
    return key


def _key_name(field: Field) -> tuple[str, list[int | None]]:
    segments = field.segments
    if len(segments) > 1 and segments[0] == Key("config"):
        segments = segments[1:]
    name = ""
    positions: list[int | None] = []
    for part in segments:
        if isinstance(part, Key):
            name += ("." if name else "") + segment(part.name)
        else:
            name += "[]"
            positions.append(part.index if isinstance(part, Position) else None)
            assert isinstance(part, Position | AnyElement)
    return name, positions


def _leaf_condition(condition: Condition) -> Sql:
    match condition:
        case Comparison(operator=Operator.NOT_EQUAL, value=value):
            return _not(_leaf_comparison(Operator.EQUAL, value))
        case Comparison(operator=operator, value=value):
            return _leaf_comparison(operator, value)
        case Membership(values=values, negated=negated):
            inside = _joined(" OR ", [_leaf_comparison(Operator.EQUAL, v) for v in values])
            return _not(inside) if negated else inside
        case Between(low=low, high=high, negated=negated):
            inside = _joined(
                " AND ",
                [
                    _leaf_comparison(Operator.GREATER_OR_EQUAL, low),
                    _leaf_comparison(Operator.LESS_OR_EQUAL, high),
                ],
            )
            return _not(inside) if negated else inside
        case Like():
            text = _like("name", condition)
            inside = Sql(
                f"(p.kind = {STRING} AND p.value IN (SELECT n FROM text WHERE {text.text}))",
                text.values,
            )
            return _not(inside) if condition.negated else inside
        case _:
            raise AssertionError(condition)


def _not(inside: Sql) -> Sql:
    """Present with another value; a null says nothing, so it never matches."""
    return Sql(f"(p.kind != {NULL} AND NOT coalesce({inside.text}, 0))", inside.values)


def _leaf_comparison(operator: Operator, literal: Literal) -> Sql:
    value = literal.value
    if isinstance(value, bool):
        return Sql(f"(p.kind = {BOOLEAN} AND p.value {operator.value} ?)", (int(value),))
    if isinstance(value, str):
        if operator is Operator.EQUAL:
            return Sql(
                f"(p.kind = {STRING} AND p.value = (SELECT n FROM text WHERE name = ?))", (value,)
            )
        return Sql(
            f"(p.kind = {STRING} AND p.value IN"
            f" (SELECT n FROM text WHERE name {operator.value} ?))",
            (value,),
        )
    if isinstance(value, float) and math.isnan(value):
        same = operator in (Operator.EQUAL, Operator.LESS_OR_EQUAL, Operator.GREATER_OR_EQUAL)
        return Sql(f"(p.kind = {FLOAT} AND p.value IS NULL)") if same else Sql("0")
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        value = float_or_infinite(value)
    return Sql(f"(p.kind IN ({INTEGER}, {FLOAT}) AND p.value {operator.value} ?)", (value,))


def _like(column: str, condition: Like) -> Sql:
    """`LIKE` by case is SQLite's GLOB; without case, both sides are folded as Unicode says."""
    if condition.case_sensitive:
        return Sql(f"{column} GLOB ?", (_glob(condition.pattern),))
    return Sql(f"casefold({column}) LIKE ?", (condition.pattern.casefold(),))


_GLOB = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


def _glob(pattern: str) -> str:
    return "".join(_GLOB.get(character, character) for character in pattern)
