"""Rows of text, a block at a time: what the text formats have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gittrack.tables.column import Column
from gittrack.tables.table import Table

_BLOCK = 4096  # rows: enough to be fast, few enough to be small


def text_rows(
    table: Table, texts: Callable[[Column], Sequence[str]]
) -> Iterator[list[tuple[str, ...]]]:
    """Blocks of rows, each column made into text by `texts`."""
    for start in range(0, len(table), _BLOCK):
        part = table[start : start + _BLOCK]
        yield list(zip(*map(texts, part.columns), strict=True))
