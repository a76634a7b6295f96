"""Users' files written whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from gittrack.errors import RepositoryError, UsageError


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
    target = path.resolve()
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
            with suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = (error.strerror or str(error)).lower()
            raise RepositoryError(f"cannot write {path}: {reason}") from error
        raise
