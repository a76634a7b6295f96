"""Columns that line up, measured in the cells that a terminal gives to each character."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_WIDEST = 60
_ELLIPSIS = "…"
_EMOJI_STYLE = "\ufe0f"  # asks for the wide, coloured form of the character before it
# Vowels and final consonants of Hangul stand in the cells of the consonant before them.
_JOINED_HANGUL = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines with their columns aligned, two spaces apart."""
    columns = max((len(row) for row in rows), default=0)
    widths = [0] * columns
    for row in rows:
        for number, cell in enumerate(row):
            widths[number] = max(widths[number], min(width(cell), _WIDEST))
    return [
        "  ".join(padded(c, w) for c, w in zip(row, widths, strict=False)).rstrip() for row in rows
    ]


def width(text: str) -> int:
    """How many cells a terminal gives to the text."""
    if text.isascii():
        return len(text)
    return sum(_measured(text))


def padded(text: str, cells: int, *, right: bool = False) -> str:
    """The text filled up with spaces to `cells`; at its left where `right`; never cut."""
    spaces = " " * (cells - width(text))
    return spaces + text if right else text + spaces


def cut(text: str, cells: int, *, ellipsis: str = _ELLIPSIS) -> str:
    """The text in at most `cells`; where something went, it ends with the ellipsis.

    A combining character stays with the one that it belongs to, a wide character is never halved.
    """
    if width(text) <= cells:
        return text
    if cells < width(ellipsis):
        return ""
    return text[: _fitting(text, cells - width(ellipsis))] + ellipsis


def _fitting(text: str, cells: int) -> int:
    """How many characters stand in so many cells, those that take none after the last included."""
    used = 0
    for number, taken in enumerate(_measured(text)):
        used += taken
        if used > cells:
            return number
    return len(text)


def _measured(text: str) -> list[int]:
    """The cells of each character: none, one or two."""
    found: list[int] = []
    for character in text:
        if character == _EMOJI_STYLE and found and found[-1] == 1:
            found[-1] = 2 if unicodedata.category(text[len(found) - 1]) == "So" else 1
        found.append(_cells(character))
    return found


def _cells(character: str) -> int:
    if "\x20" <= character < "\x7f":
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    if any(ord(character) in joined for joined in _JOINED_HANGUL):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
