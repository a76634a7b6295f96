"""Numbers of trials, given once although several processes of a clone search in one study."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from gittrack.locking import try_lock
from gittrack.slug import slug
from gittrack.store.refusal import refused

_WIDTH = 20  # digits of the number in its file


class TrialNumbers:
    """The numbers of one study; `with` takes part in giving them.

    The next number is in a file that each process at work holds a shared lock on: the first one
    begins it anew. Where locks do not work, each counts for itself.

    Args:
        folder: the clone's own, for files that may be deleted while nobody works.
        study: its name.
    """

    def __init__(self, folder: Path, study: str) -> None:
        self._folder = folder / "searches"
        self._name = sha256(slug(study).encode()).hexdigest()[:16]
        self._file = -1

    def __enter__(self) -> Self:
        with refused("a study cannot be worked on"):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._turn():
                self._file = self._open("next")
                if try_lock(self._file) is not False:
                    os.truncate(self._file, 0)
                with suppress(OSError):  # nobody else asks for the whole lock out of turn
                    fcntl.flock(self._file, fcntl.LOCK_SH)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    @contextmanager
    def turn(self) -> Iterator[int]:
        """The number that is the next as far as others gave any; nobody gives one meanwhile."""
        with refused("a trial cannot be given a number"), self._turn():
            yield int(os.pread(self._file, _WIDTH, 0) or b"0")

    def give(self, number: int) -> None:
        """That number is given; in one's turn."""
        os.pwrite(self._file, b"%0*d" % (_WIDTH, number + 1), 0)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        descriptor = self._open("turn")
        try:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _open(self, kind: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._folder / f"{self._name}.{kind}", flags, 0o666)
