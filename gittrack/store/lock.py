"""A lock between the writers of one machine: it saves them lost races, and nothing depends on it.

Refs move by compare-and-swap, so a file system without working locks, or a writer on another
machine, costs a retry and never data.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gittrack.locking import try_lock

_PATIENCE = 60.0  # seconds; a bulk registration of 100,000 configs holds it for about ten


@contextmanager
def writers_turn(folder: Path) -> Iterator[None]:
    """Wait for our turn among this machine's writers; give up waiting rather than fail."""
    descriptor = _open(folder / "lock")
    if descriptor is None:
        yield
        return
    try:
        _acquire(descriptor)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int | None:
    try:
        path.parent.mkdir(exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return None  # a read-only repository: git will say so itself


def _acquire(descriptor: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if try_lock(descriptor) is not False:
            return
        time.sleep(random.uniform(0.0005, 0.004))  # noqa: S311 - jitter, not a secret
