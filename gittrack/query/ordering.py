"""The order that a listing is asked for: `metrics.loss ASC, params.lr DESC, start_time`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from gittrack.errors import QueryError
from gittrack.query.lexer import Kind, Token, tokenize
from gittrack.query.tree import Field

MAX_ORDERINGS = 20
"""Fields in one order."""

_DIRECTIONS = {"asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Ordering:
    """One field to order by; `query` is the text that named it, for messages."""

    field: Field
    descending: bool = False
    query: str = dataclasses.field(default="", compare=False)


def parse_order(order: str | Iterable[str]) -> tuple[Ordering, ...]:
    """The orderings that a text, or each of several, names; an empty text names none.

    Fields are parted by commas; each may be followed by `ASC`, which is the default, or `DESC`.

    Raises:
        QueryError: with the column in the text where reading stopped.
    """
    texts = [order] if isinstance(order, str) else list(order)
    found = tuple(ordering for text in texts for ordering in _orderings(text))
    if len(found) > MAX_ORDERINGS:
        last = found[MAX_ORDERINGS]
        raise QueryError(
            f"an order has at most {MAX_ORDERINGS} fields",
            query=last.query,
            column=last.field.column,
        )
    return found


def parse_field(text: str) -> Field:
    """The one field that a text names.

    Raises:
        QueryError: it names none, or more.
    """
    found = parse_order(text)
    if len(found) != 1 or found[0].descending:
        raise QueryError(
            "expected one field", query=text, column=1, hint="as in metrics.loss or params.lr"
        )
    return found[0].field


def _orderings(text: str) -> Iterable[Ordering]:
    tokens = tokenize(text)
    position = 0
    while tokens[position].kind is not Kind.END or position:
        token = tokens[position]
        if token.kind is not Kind.FIELD:
            raise _expected("a field", token, text)
        direction = _direction(tokens[position + 1])
        yield Ordering(Field(token.segments, token.column), bool(direction), text)
        position += 1 if direction is None else 2
        if tokens[position].kind is Kind.END:
            return
        if tokens[position].text != ",":
            wanted = "ASC, DESC or a comma" if direction is None else "a comma"
            raise _expected(wanted, tokens[position], text)
        position += 1


def _direction(token: Token) -> bool | None:
    return _DIRECTIONS.get(token.text.lower()) if token.kind is Kind.FIELD else None


def _expected(what: str, token: Token, text: str) -> QueryError:
    found = token.text if token.kind is not Kind.END else "the end"
    return QueryError(
        f"expected {what}, found {found if len(found) <= 40 else found[:39] + '…'}",
        query=text,
        column=token.column,
        hint="as in: metrics.loss DESC, start_time",
    )
