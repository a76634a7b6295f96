"""Which git processes run on this machine, as far as the kernel shows them to us (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def holds(path: Path) -> bool:
    """Whether a process that we may look at has this file open."""
    target = os.path.realpath(path)
    for process in _processes():
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                with suppress(OSError):
                    if str(descriptor.readlink()) == target:
                        return True
    return False


def runs(pid: int) -> bool:
    """Whether there is a process of that id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def imports_run(folders: tuple[Path, ...]) -> bool:
    """Whether a `git fast-import` may run in one of the folders; yes, where we cannot tell."""
    if not (_PROC / "self").exists():
        return True
    places = [os.path.realpath(folder) for folder in folders]
    for process in _processes():
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"fast-import" not in command.split(b"\0"):
            continue
        try:
            where = str((process / "cwd").readlink())
        except OSError:
            return True
        if any(where == place or where.startswith(f"{place}/") for place in places):
            return True
    return False


def _processes() -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in _PROC.iterdir() if path.name.isdigit())
