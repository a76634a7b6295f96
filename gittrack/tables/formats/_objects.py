"""Rows as JSON objects, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

from gittrack.tables.cells import json_texts
from gittrack.tables.formats._rows import text_rows
from gittrack.tables.table import Table
from gittrack.terminal import json_text


def objects(table: Table) -> Iterator[list[str]]:
    """Blocks of objects, each on one line, no control character in it."""
    names = (json_text(name).replace("%", "%%") for name in table.names)
    pattern = "{" + ", ".join(f"{name}: %s" for name in names) + "}"
    for rows in text_rows(table, json_texts):
        yield [pattern % row for row in rows]
