"""A table as an Arrow IPC file (also known as Feather, version 2), written by PyArrow."""

from __future__ import annotations

from typing import BinaryIO

from gittrack.tables.extras import needed
from gittrack.tables.table import Table


def write(table: Table, file: BinaryIO, *, title: str = "") -> None:
    """Write the file.

    Raises:
        UsageError: PyArrow is not installed.
    """
    del title  # the format has no place for it
    purpose = "writing Arrow files"
    pyarrow = needed("pyarrow", extra="arrow", purpose=purpose)
    ipc = needed("pyarrow.ipc", extra="arrow", purpose=purpose)
    made = pyarrow.table(table)
    with ipc.new_file(file, made.schema) as writer:
        writer.write_table(made)
