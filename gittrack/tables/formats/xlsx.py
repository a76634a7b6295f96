"""A table as an Excel workbook with one sheet: no text in it is a formula or a link.

Times are dates in UTC. What a sheet cannot hold as a number is text: NaN, infinities, integers of
more than 15 digits, dates before 1900. Texts are cut at 32,767 characters, as Excel would.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

from gittrack.errors import UsageError
from gittrack.tables.cells import exact_texts
from gittrack.tables.column import Column
from gittrack.tables.extras import needed
from gittrack.tables.table import Table
from gittrack.terminal import clean

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_MOST_TEXT, _MOST_TITLE = 32_767, 31  # characters of a cell, of a sheet's name
_EXACT = 10**15
_FIRST_DAY = datetime(1900, 3, 1, tzinfo=UTC)  # before it, Excel counts a day that never was
_FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\]")

Write = Callable[[int, int, Any], None]


def write(table: Table, file: BinaryIO, *, title: str) -> None:
    """Write the workbook; its sheet is called `title`, as far as Excel allows.

    Raises:
        UsageError: XlsxWriter is not installed, or the table is too large for a sheet.
    """
    _check_size(table)
    xlsxwriter = needed("xlsxwriter", extra="excel", purpose="writing Excel files")
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.freeze_panes(1, 0)
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    bold = book.add_format({"bold": True})
    for number, name in enumerate(table.names):
        sheet.write_string(0, number, _cell_text(name), bold)
    _write_rows(table, sheet, date)
    book.close()


def _check_size(table: Table) -> None:
    if len(table) >= MOST_ROWS:
        raise UsageError(
            f"an Excel sheet has {MOST_ROWS:,} lines at most, and these are {len(table) + 1:,}",
            hint="write parquet or csv, or fewer rows",
        )
    if len(table.columns) > MOST_COLUMNS:
        raise UsageError(
            f"an Excel sheet has {MOST_COLUMNS:,} columns at most, not {len(table.columns):,}",
            hint="choose fewer columns",
        )


def _write_rows(table: Table, sheet: Any, date: Any) -> None:
    """Row by row, as a writer that keeps no rows in memory asks for."""
    text: Write = sheet.write_string

    def moment(row: int, column: int, value: datetime) -> None:
        sheet.write_datetime(row, column, value.replace(tzinfo=None), date)

    writers: dict[type, Write] = {
        str: text,
        int: sheet.write_number,
        float: sheet.write_number,
        bool: sheet.write_boolean,
        datetime: moment,
    }
    for row, values in enumerate(zip(*map(_values, table.columns), strict=True), start=1):
        for column, value in enumerate(values):
            if value is not None:
                writers[type(value)](row, column, value)


def _values(column: Column) -> list[Any]:
    if column.kind == "text":
        return [None if v is None else _cell_text(v) for v in column.values]
    texts = exact_texts(column, "")
    return [
        None if v is None else v if _holds(v) else _cell_text(text)
        for v, text in zip(column.to_list(), texts, strict=True)
    ]


def _holds(value: Any) -> bool:
    """Whether a sheet takes the value as it is."""
    match value:
        case bool():
            return True
        case int():
            return abs(value) < _EXACT
        case float():
            return math.isfinite(value)
        case datetime():
            return value >= _FIRST_DAY
    return False


def _cell_text(text: str) -> str:
    """A text as XML can hold it, no longer than a cell."""
    held = clean(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return _first_units(held, _MOST_TEXT)


def _sheet_name(title: str) -> str:
    """At most 31 characters, none of those that Excel forbids, no apostrophe at an end."""
    name = _FORBIDDEN_IN_TITLES.sub("-", _cell_text(title).replace("\n", " ")).strip("' ")
    return _first_units(name, _MOST_TITLE).strip("' ") or "data"


def _first_units(text: str, most: int) -> str:
    """As much of the text as UTF-16 holds in so many units, which is how Excel counts."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
