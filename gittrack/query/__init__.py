"""The query language: text to a syntax tree and back; which fields exist is for others to know."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gittrack.query.ordering import Ordering, parse_field, parse_order
    from gittrack.query.parser import parse
    from gittrack.query.paths import AnyElement, Key, Path, Position, Segment, path_text
    from gittrack.query.printer import format_expression
    from gittrack.query.tree import (
        And,
        Between,
        Comparison,
        Condition,
        Expression,
        Field,
        IsNull,
        Like,
        Literal,
        Membership,
        Not,
        Operator,
        Or,
        TagTerm,
        Value,
        conjunction,
        disjunction,
        fields,
        tags,
        terms,
    )

_HOMES = {
    **dict.fromkeys(("Ordering", "parse_field", "parse_order"), "gittrack.query.ordering"),
    **dict.fromkeys(("parse",), "gittrack.query.parser"),
    **dict.fromkeys(
        ("AnyElement", "Key", "Path", "Position", "Segment", "path_text"), "gittrack.query.paths"
    ),
    **dict.fromkeys(("format_expression",), "gittrack.query.printer"),
    **dict.fromkeys(
        (
            "And",
            "Between",
            "Comparison",
            "Condition",
            "Expression",
            "Field",
            "IsNull",
            "Like",
            "Literal",
            "Membership",
            "Not",
            "Operator",
            "Or",
            "TagTerm",
            "Value",
            "conjunction",
            "disjunction",
            "fields",
            "tags",
            "terms",
        ),
        "gittrack.query.tree",
    ),
}

__all__ = [
    "And",
    "AnyElement",
    "Between",
    "Comparison",
    "Condition",
    "Expression",
    "Field",
    "IsNull",
    "Key",
    "Like",
    "Literal",
    "Membership",
    "Not",
    "Operator",
    "Or",
    "Ordering",
    "Path",
    "Position",
    "Segment",
    "TagTerm",
    "Value",
    "conjunction",
    "disjunction",
    "fields",
    "format_expression",
    "parse",
    "parse_field",
    "parse_order",
    "path_text",
    "tags",
    "terms",
]


def __getattr__(name: str) -> Any:
    # On use: many ask for paths alone, and every command and script that records is among them.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack.query' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value
