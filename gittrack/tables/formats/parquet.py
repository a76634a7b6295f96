"""A table as Parquet, written by PyArrow: times in UTC, `json` columns as text."""

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
    purpose = "writing Parquet"
    pyarrow = needed("pyarrow", extra="arrow", purpose=purpose)
    parquet = needed("pyarrow.parquet", extra="arrow", purpose=purpose)
    parquet.write_table(pyarrow.table(table), file, compression="zstd")
