"""A table as JSON lines: an object for each row.

Every object has every column, `null` where a value is missing. JSON has no NaN and no infinities;
they are given as the texts `.nan`, `.inf`, `-.inf`.
"""

from __future__ import annotations

from typing import BinaryIO

from gittrack.tables.formats._objects import objects
from gittrack.tables.table import Table


def write(table: Table, file: BinaryIO, *, title: str = "") -> None:
    """Write a line for each row."""
    del title  # a list of objects has no name
    for lines in objects(table):
        file.write(("\n".join(lines) + "\n").encode())
