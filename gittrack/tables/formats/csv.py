"""A table as CSV: RFC 4180 in UTF-8, but for lines that end with LF.

Numbers and times are exact. A missing value is an empty field, an empty text is `""`. Texts are
written as they are, also those that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`):
files for spreadsheets that hold strangers' data are better written as `xlsx`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from gittrack.tables.cells import known_texts
from gittrack.tables.column import Column
from gittrack.tables.formats._rows import text_rows
from gittrack.tables.table import Table

_NEEDS_QUOTES = re.compile('[",\r\n]|^[ \t]|[ \t]$|^$')
_QUOTED_KINDS = ("text", "json")


def write(table: Table, file: BinaryIO, *, title: str = "") -> None:
    """Write a header and a line for each row."""
    del title  # CSV has no place for it
    missing = '""' if len(table.columns) == 1 else ""  # readers skip an empty line

    def texts(column: Column) -> list[str]:
        return [missing if text is None else text for text in _fields(column)]

    head = ",".join(map(_field, table.names))
    file.write(f"{head}\n".encode("utf-8", "backslashreplace"))
    for rows in text_rows(table, texts):
        lines = "\n".join(map(",".join, rows))
        file.write(f"{lines}\n".encode("utf-8", "backslashreplace"))


def _fields(column: Column) -> Sequence[str | None]:
    texts = known_texts(column)
    if column.kind not in _QUOTED_KINDS:
        return texts
    return [None if text is None else _field(text) for text in texts]


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
