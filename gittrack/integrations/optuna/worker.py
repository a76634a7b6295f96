"""This process as one that runs trials: a file that is locked for as long as it lives.

A process that is killed leaves its file, unlocked: trials that it was running are stale then. One
that ends by itself takes its file away, so that trials it only asked for can still be told by
others.
"""

from __future__ import annotations

import atexit
import os
import time
from contextlib import suppress
from pathlib import Path

from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import journal_files, read_header
from gittrack.journal.writer import SUFFIX, Journal

_KEPT = 30 * 24 * 3600.0  # seconds that the file of a killed process is kept


class Worker:
    """One for each process and repository; `of` gives it."""

    def __init__(self, folder: Path) -> None:
        self.name = os.urandom(8).hex()
        self._journal = Journal(folder, self.name, {"worker": True})

    def close(self) -> None:
        """Leave: trials that still run are anybody's from now on."""
        self._journal.path.unlink(missing_ok=True)
        self._journal.close()


_workers: dict[tuple[int, Path], Worker] = {}


def worker_of(folder: Path) -> Worker:
    """This process's worker in a repository.

    Raises:
        RepositoryError: its file cannot be written.
    """
    key = (os.getpid(), folder)
    worker = _workers.get(key)
    if worker is None:
        _sweep(folder)
        worker = _workers[key] = Worker(folder)
    return worker


def is_dead(folder: Path, name: str) -> bool:
    """Whether the process of that worker was killed; one that left by itself was not."""
    file = read_header(folder / f"{name}{SUFFIX}")
    return file is not None and life_of(file.path, file.owner, lambda: clock_of(folder)) == "dead"


@atexit.register
def _leave() -> None:
    for (pid, _), worker in _workers.items():
        if pid == os.getpid():
            with suppress(OSError):
                worker.close()
    _workers.clear()


def _sweep(folder: Path) -> None:
    for path in journal_files(folder):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _KEPT and is_dead(folder, path.stem):
                path.unlink()
