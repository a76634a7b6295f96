"""A document of a user's file, and what both readers say about its faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from gittrack.adapt import to_plain
from gittrack.canonical import MAX_LEVELS, Plain, scalar_text
from gittrack.errors import SourceError, ValueRefusedError

SIZE_HINT = "store large data in a file beside the config and keep its path"
LEVELS_MESSAGE = f"more than {MAX_LEVELS} levels of lists and mappings"
LEVELS_HINT = "flatten the config"
QUOTE_HINT = "put it in quotes if it is meant as text"
MAPPING_HINT = "a config is a mapping at the top: `key: value` lines"
TEXT_HINT = "write the whole character, or remove it"

_LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a user's file; `index` counts from 0, `start_line` from 1."""

    data: dict[str | int, Plain]
    name: str
    index: int
    start_line: int


def document(data: Any, name: str, index: int, line: int) -> Document:
    """The document with this data, a mapping; what cannot be plain data is refused at `line`."""
    try:
        plain = to_plain(data)
    except ValueRefusedError as error:
        raise SourceError(error.message, file=name, line=line, column=1, hint=error.hint) from None
    if not isinstance(plain, dict):
        raise TypeError("the caller checks for a mapping")
    return Document(plain, name, index, line)


def kind_text(value: object) -> str:
    """What a value is, in plain words, after "is"."""
    if value is None:
        return "empty"
    kinds = {bool: "a boolean", int: "an integer", float: "a float", list: "a list"}
    return kinds.get(type(value), "a string")


def repeated_text(key: str | int, first_line: int) -> str:
    """The fault of a key that a mapping has already."""
    shown = scalar_text(key)
    if len(shown) > _LONGEST_KEY:
        shown = shown[:_LONGEST_KEY] + "..."
    return f"the key {shown} is here a second time; the first is in line {first_line}"


def fail_at(text: str, offset: int, message: str, name: str, hint: str | None) -> NoReturn:
    """Raise SourceError with the line and column of an offset into the file's text."""
    before = text[:offset]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    raise SourceError(message, file=name, line=line, column=column, hint=hint) from None
