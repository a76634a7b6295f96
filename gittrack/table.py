"""Columns that line up, measured in the cells that a terminal gives to each character."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_WIDEST = 60


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines with their columns aligned, two spaces apart."""
    columns = max((len(row) for row in rows), default=0)
    widths = [0] * columns
    for row in rows:
        for number, cell in enumerate(row):
            widths[number] = max(widths[number], min(width(cell), _WIDEST))
    return [
        "  ".join(_padded(c, w) for c, w in zip(row, widths, strict=False)).rstrip() for row in rows
    ]


def width(text: str) -> int:
    """How many cells a terminal gives to the text."""
    if text.isascii():
        return len(text)
    return len(text) + sum(_cells(c) - 1 for c in text if c > "\x7f")


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(cell: str, wanted: int) -> str:
    return cell + " " * (wanted - width(cell))
