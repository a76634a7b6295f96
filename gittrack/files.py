"""Files of the user's written whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, in the place of one that may be there: readers see the old bytes or the new.

    The bytes are on the disk before they take the name. The file keeps its mode, and a symbolic
    link stays one. Raises OSError where it cannot be written; it is as it was then.
    """
    target = path.resolve()
    # Random: containers that share a folder share process ids.
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
