"""A table as a SQLite database with one table.

Times are ISO 8601 text in UTC, booleans 0 and 1, `json` is text. SQLite has no NaN: it is NULL, as
is what is missing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, BinaryIO

from gittrack.errors import UsageError
from gittrack.tables.cells import encodable, known_texts, plain_text
from gittrack.tables.column import Column
from gittrack.tables.table import Table

_TYPES = {"integer": "INTEGER", "float": "REAL", "boolean": "INTEGER"}
_MOST_COLUMNS = 2000  # what SQLite takes unless it was built otherwise


def write(table: Table, file: BinaryIO, *, title: str) -> None:
    """Write the database; its one table is called `title`.

    Names that SQLite takes for one (`lr` and `LR`) get a number: `LR_2`.

    Raises:
        UsageError: there is no column, or there are more than 2,000.
    """
    if not 0 < len(table.columns) <= _MOST_COLUMNS:
        raise UsageError(
            f"a SQLite table has 1 to {_MOST_COLUMNS:,} columns, not {len(table.columns):,}",
            hint="choose fewer columns" if table.columns else "choose a column",
        )
    with closing(sqlite3.connect(":memory:")) as database:
        _fill(database, table, _quoted(title))
        database.commit()
        file.write(database.serialize())


def _fill(database: sqlite3.Connection, table: Table, name: str) -> None:
    names = _distinct(table.names)
    definitions = ", ".join(
        f"{_quoted(name)} {_TYPES.get(column.kind, 'TEXT')}"
        for name, column in zip(names, table.columns, strict=True)
    )
    places = ", ".join("?" * len(names))
    database.execute(f"CREATE TABLE {name} ({definitions})")
    rows = zip(*map(_values, table.columns), strict=True)
    database.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608 - bound


def _values(column: Column) -> Sequence[Any]:
    if column.kind in _TYPES:
        return column.values
    return list(map(plain_text, known_texts(column)))


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        number, made = 1, name
        while _folded(made) in taken:
            number += 1
            made = f"{name}_{number}"
        taken.add(_folded(made))
        found.append(made)
    return found


def _folded(name: str) -> str:
    """As SQLite compares names: without the case of ASCII letters."""
    return "".join(c.lower() if c.isascii() else c for c in _clean(name))


def _clean(name: str) -> str:
    return encodable(name).replace("\0", "\\x00")


def _quoted(name: str) -> str:
    return '"' + _clean(name).replace('"', '""') + '"'
