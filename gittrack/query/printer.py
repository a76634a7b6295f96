"""The syntax tree back to text: one spelling for each tree, which parses to the same tree."""

from __future__ import annotations

import re

from gittrack.query.lexer import BARE_TAG
from gittrack.query.tree import (
    And,
    Between,
    Comparison,
    Expression,
    IsNull,
    Like,
    Literal,
    Membership,
    Not,
    Or,
    TagTerm,
)

_IS_BARE_TAG = re.compile(BARE_TAG)


def format_expression(expression: Expression) -> str:
    """The canonical text of `expression`; `parse` makes the same tree of it."""
    match expression:
        case And(operands=operands):
            return " AND ".join([_grouped(operand, And, Or) for operand in operands])
        case Or(operands=operands):
            return " OR ".join([_grouped(operand, Or) for operand in operands])
        case Not(operand=operand):
            return f"NOT {_grouped(operand, And, Or)}"
        case TagTerm(name=name):
            return f"tag:{name if _IS_BARE_TAG.fullmatch(name) else _string(name)}"
        case _:
            return f"{expression.field.text} {_test(expression)}"


def _grouped(operand: Expression, *looser: type) -> str:
    text = format_expression(operand)
    return f"({text})" if isinstance(operand, looser) else text


def _test(condition: Comparison | Membership | Between | IsNull | Like) -> str:
    match condition:
        case Comparison(operator=operator, value=value):
            return f"{operator.value} {_literal(value)}"
        case Membership(values=values, negated=negated):
            return f"{_not(negated)}IN ({', '.join(map(_literal, values))})"
        case Between(low=low, high=high, negated=negated):
            return f"{_not(negated)}BETWEEN {_literal(low)} AND {_literal(high)}"
        case IsNull(negated=negated):
            return f"IS {_not(negated)}NULL"
        case Like(pattern=pattern, case_sensitive=case_sensitive, negated=negated):
            keyword = "LIKE" if case_sensitive else "ILIKE"
            return f"{_not(negated)}{keyword} {_string(pattern)}"


def _not(negated: bool) -> str:
    return "NOT " if negated else ""


def _literal(literal: Literal) -> str:
    value = literal.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _string(value) if isinstance(value, str) else repr(value)


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
