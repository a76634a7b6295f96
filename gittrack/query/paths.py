"""Paths into nested data: their types, and the one way in which they are written for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

KEYWORDS = frozenset(
    ["AND", "OR", "NOT", "LIKE", "ILIKE", "IN", "BETWEEN", "IS", "NULL", "TRUE", "FALSE"]
)
"""Words with a meaning in queries; a key of that name is written in backticks."""

BARE_WORD = r"[^\W\d]\w*+(?:-++\w++)*+"
"""A key that needs no quotes: starts with a letter or `_`, may have `-` inside."""

_IS_BARE = re.compile(BARE_WORD)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping; the integer `1` and the string `"1"` are two keys."""

    name: str | int


@dataclass(frozen=True, slots=True)
class Position:
    """One position in a list, counted from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class AnyElement:
    """Any element of a list: the `[]` of `feature_names[]`."""


Segment = Key | Position | AnyElement
Path = tuple[Key | Position, ...]
"""Leads to one place; the empty path is the whole."""


def path_text(path: Sequence[Segment]) -> str:
    """The path as queries write it: ``model.layers[2].`learning rate` ``; the empty path is `""`.

    It reads back as the same path in a query, except that a query's first key is never an
    integer (there `config.5` is written for the key `5`).
    """
    if len(path) == 1 and isinstance(path[0], Key) and is_keyword(str(path[0].name)):
        return _quoted(str(path[0].name))
    return "".join(map(_segment_text, path)).removeprefix(".")


def is_keyword(word: str) -> bool:
    """Whether a bare `word` is a keyword, in whatever case."""
    # ASCII only: upper-casing maps a dotless ı to I, which would make a keyword of `ın`.
    return word.isascii() and word.upper() in KEYWORDS


def _segment_text(segment: Segment) -> str:
    match segment:
        case Key(name=str(name)):
            return f".{name if _IS_BARE.fullmatch(name) else _quoted(name)}"
        case Key(name=number):
            return f".{number}"
        case Position(index=index):
            return f"[{index}]"
        case AnyElement():
            return "[]"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
