"""How tables are written to files: a module for each format, loaded when it is asked for.

A format's module has a function `write(table, file, *, title)`.
"""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from gittrack.errors import GittrackError, UsageError
from gittrack.files import replace_file
from gittrack.formats import Formats
from gittrack.tables.table import Table

FORMATS = Formats(__name__, __path__)

_ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".xlsx": "xlsx",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
_TEXTS = frozenset(["csv", "json", "jsonl"])


def is_text(name: str) -> bool:
    """Whether the format is UTF-8 text that a terminal can show."""
    return name in _TEXTS


def format_of(path: Path) -> str:
    """The format that the file's name asks for by its ending.

    Raises:
        UsageError: it asks for none.
    """
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"which format is {path.name!r}?",
            hint=f"end the name with one of {' '.join(_ENDINGS)}, or name the format",
        )
    return found


def write(name: str, table: Table, file: BinaryIO, *, title: str = "data") -> None:
    """Write the table to an open file in the format `name`; text formats go out row by row.

    `title` is the name of the table in a SQLite database and of the sheet in a workbook. OSError
    is passed on.

    Raises:
        UsageError: there is no such format, it cannot hold the table, or a package is missing.
    """
    FORMATS.check(name)
    import_module(f"{__name__}.{name}").write(table, file, title=title)


def save(table: Table, path: Path, name: str | None = None, *, title: str = "data") -> None:
    """Write the table to a file, whole or not at all; without `name`, its ending says how.

    Raises:
        UsageError: there is no such format, it cannot hold the table, or a package is missing.
        GittrackError: the file cannot be written; what was there is still there.
    """
    written = io.BytesIO()
    write(name or format_of(path), table, written, title=title)
    try:
        if path.exists() and not path.is_file():  # a pipe or a device must stay what it is
            path.write_bytes(written.getbuffer())
        else:
            replace_file(path, written.getvalue())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GittrackError(f"cannot write {path}: {reason}", hint="name another file") from error
