"""Tables as HTML for notebooks: short, and nothing in them is markup."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gittrack.table import cut
from gittrack.tables.cells import exact_texts
from gittrack.tables.column import Column
from gittrack.terminal import inline

_MOST_ROWS, _MOST_COLUMNS, _MOST_CELLS = 20, 30, 60
_NUMBERS = ("integer", "float")


def html_table(columns: Sequence[Column]) -> str:
    """The first 20 rows of the first 30 columns, and a line that tells the table's size."""
    shown = [column.part(slice(_MOST_ROWS)) for column in columns[:_MOST_COLUMNS]]
    head = "".join(f"<th>{_escaped(column.name)}</th>" for column in shown)
    cells = zip(*map(_cells, shown), strict=True)
    body = "".join(f"<tr>{''.join(row)}</tr>\n" for row in cells)
    rows = len(columns[0]) if columns else 0
    return (
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
        f"<p>{rows:,} rows × {len(columns):,} columns</p>"
    )


def _cells(column: Column) -> list[str]:
    style = ' style="text-align: right"' if column.kind in _NUMBERS else ""
    return [f"<td{style}>{_escaped(text)}</td>" for text in exact_texts(column, "-")]


def _escaped(text: str) -> str:
    return escape(cut(inline(text[: 4 * _MOST_CELLS]), _MOST_CELLS))
