"""Users' files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from gittrack.errors import RepositoryError, UsageError
from gittrack.files import replace_file


def write_text(path: Path, text: str, *, force: bool = False) -> None:
    """Write a file; what is there already is replaced only with `force`.

    Raises:
        UsageError: the file exists.
        RepositoryError: it cannot be written.
    """
    if not force and os.path.lexists(path):
        raise UsageError(f"{path} exists already", hint="name another file, or use force")
    replace_text(path, text)


def replace_text(path: Path, text: str) -> None:
    """Replace a file's text; its mode stays, and a link stays a link.

    Raises:
        RepositoryError: it cannot be written; the file is as it was.
    """
    try:
        replace_file(path, text.encode())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RepositoryError(f"cannot write {path}: {reason}") from error
