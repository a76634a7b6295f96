"""How deep a query may be: SQLite's own parser has a stack of 100."""

from __future__ import annotations

from gittrack.errors import QueryError
from gittrack.query import And, Expression, Not, Or, TagTerm, terms

MAX_DEPTH = 12
"""Levels of AND, OR and NOT inside each other; NOTs that follow one another count as one."""


def check_depth(expression: Expression, query: str) -> None:
    """Refuse a query that SQLite could not take.

    Raises:
        QueryError: it is deeper; the column is that of the first condition beyond.
    """
    waiting = [(expression, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise _too_deep(node, query)
        match node:
            case And(operands=operands) | Or(operands=operands):
                waiting += [(operand, depth + 1) for operand in operands]
            case Not():
                waiting.append((without_negations(node)[0], depth + 1))
            case _:
                pass


def without_negations(expression: Expression) -> tuple[Expression, bool]:
    """What is below NOTs that follow one another, and whether their number is odd."""
    odd = False
    while isinstance(expression, Not):
        expression, odd = expression.operand, not odd
    return expression, odd


def _too_deep(expression: Expression, query: str) -> QueryError:
    first = next(terms(expression))
    return QueryError(
        f"AND, OR and NOT are more than {MAX_DEPTH} levels inside each other",
        query=query,
        column=first.column if isinstance(first, TagTerm) else first.field.column,
        hint="take the query apart, or write it with fewer parentheses",
    )
