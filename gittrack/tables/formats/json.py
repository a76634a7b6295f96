"""A table as one JSON array of objects, a line for each; the objects are those of `jsonl`."""

from __future__ import annotations

from typing import BinaryIO

from gittrack.tables.formats._objects import objects
from gittrack.tables.table import Table


def write(table: Table, file: BinaryIO, *, title: str = "") -> None:
    """Write the array."""
    del title  # an array has no name
    start = "[\n"
    for lines in objects(table):
        file.write((start + ",\n".join(lines)).encode())
        start = ",\n"
    file.write(b"[]\n" if start == "[\n" else b"\n]\n")
