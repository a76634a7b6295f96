"""Values as HTML for notebooks: small, without colours of its own, and nothing in it is markup."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from gittrack.table import cut
from gittrack.terminal import clean, inline

MOST_ROWS = 20
MOST_COLUMNS = 30
_MOST_CELLS = 60
_MOST_LINES = 40


def heading(text: str) -> str:
    """A line in bold."""
    return f"<p><b>{_text(text)}</b></p>"


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    marked: Collection[tuple[int, int]] = (),
    what: str = "rows",
) -> str:
    """A table; of many rows the first 20, and a line that tells how many `what` there are.

    Args:
        head: what the columns are called; empty for a table without a head.
        rows: texts, as many in each row.
        numbers: the columns (from 0) that stand to the right.
        marked: the cells in bold: row and column, from 0.
        what: what a row is, in the plural.
    """
    titles = "".join(f"<th>{_text(name)}</th>" for name in head[:MOST_COLUMNS])
    body = "".join(
        f"<tr>{_cells(number, row[:MOST_COLUMNS], numbers, marked)}</tr>\n"
        for number, row in enumerate(rows[:MOST_ROWS])
    )
    top = f"<thead><tr>{titles}</tr></thead>\n" if head else ""
    rest = f"<p>{MOST_ROWS} of {len(rows):,} {what}</p>" if len(rows) > MOST_ROWS else ""
    return f"<table>\n{top}<tbody>\n{body}</tbody>\n</table>\n{rest}"


def lines(text: str) -> str:
    """Lines of a text as they are, at most 40."""
    found = clean(text).splitlines()
    kept = [cut(line.replace("\t", " "), 2 * _MOST_CELLS) for line in found[:_MOST_LINES]]
    more = [f"… {len(found) - _MOST_LINES:,} more lines"] if len(found) > _MOST_LINES else []
    return f"<pre>{escape(chr(10).join([*kept, *more]))}</pre>"


def _cells(
    row: int, texts: Sequence[str], numbers: Collection[int], marked: Collection[tuple[int, int]]
) -> str:
    found = ""
    for column, text in enumerate(texts):
        side = "right" if column in numbers else "left"
        shown = f"<b>{_text(text)}</b>" if (row, column) in marked else _text(text)
        found += f'<td style="text-align: {side}">{shown}</td>'
    return found


def _text(text: str) -> str:
    return escape(cut(inline(text[: 4 * _MOST_CELLS]), _MOST_CELLS))
