"""A journal that several processes append to, one after the other.

Each of them holds a shared lock on the file for as long as it has it open: the run lives while one
of them does. Whoever appends takes the folder's turn first and reads what the others wrote, so
that a change is made on what is there. After a record that ends it, nobody appends.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from gittrack.errors import RepositoryError
from gittrack.journal.frames import frame, read_frames
from gittrack.journal.owner import this_process
from gittrack.journal.writer import SUFFIX, Journal

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_TURN = ".shared"
_LAST = ("end", "close")


class SharedJournal(Journal):
    """One file that this process and others append to, made by `create` or found by `join`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._descriptor = descriptor
        self._end = 0
        self._owner = os.getpid()
        self.is_closed = False
        """Whether its last record, as far as it was read, says that nothing more comes."""
        self._keep_alive()

    @classmethod
    def create(
        cls, folder: Path, name: str, header: Mapping[str, Any], events: Iterable[list[Any]]
    ) -> Self:
        """Make the file; it appears under its name when all these events are in it.

        Raises:
            RepositoryError: it cannot be written.
        """
        path, temporary = folder / f"{name}{SUFFIX}", folder / f".{name}.new"
        facts = {"gittrack": 1, **header, "shared": True, "owner": this_process().to_json()}
        data = b"".join(frame(encode(one)) for one in (facts, *events))
        descriptor = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(temporary, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
            _hold(descriptor)
            _write_all(descriptor, data)
            temporary.rename(path)
        except OSError as error:
            if descriptor >= 0:
                os.close(descriptor)
                temporary.unlink(missing_ok=True)
            raise RepositoryError(
                f"cannot write the journal {path.name}: {(error.strerror or str(error)).lower()}",
                hint="make room or make the repository writable",
            ) from error
        return cls(path, descriptor)

    @classmethod
    def join(cls, path: Path) -> Self:
        """Open a file that is there. Nobody must be sealing meanwhile, who might take it away.

        Raises:
            OSError: it cannot be opened.
        """
        descriptor = os.open(path, _FLAGS)
        _hold(descriptor)
        return cls(path, descriptor)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else appends to a shared journal of the folder until the end of the block."""
        with _turn_of(self.path.parent):
            yield

    @property
    def is_gone(self) -> bool:
        """Whether the file was sealed and taken away, or closed here."""
        try:
            return not self.is_ours or os.fstat(self._descriptor).st_nlink == 0
        except OSError:
            return True

    def news(self) -> list[list[Any]]:
        """The records since the last call, from the first one on; to be asked in a turn."""
        size = os.fstat(self._descriptor).st_size
        if size == self._end:
            return []
        data = os.pread(self._descriptor, size - self._end, self._end)
        while len(data) < size - self._end:  # one call gives 2 GiB at the most
            more = os.pread(self._descriptor, size - self._end - len(data), self._end + len(data))
            if not more:
                break
            data += more
        frames = read_frames(data, self._end)
        if frames.end < size:  # a writer died within a record; the next one must not touch it
            os.ftruncate(self._descriptor, frames.end)
        self._end = frames.end
        found = [event for payload, _ in frames.records if (event := _event(payload)) is not None]
        self._note(found)
        return found

    def add(self, events: list[list[Any]]) -> None:
        """Append records behind all others; in a turn in which the news were read.

        Raises:
            RepositoryError: they cannot be written; nothing of them remains in the file.
        """
        self.append_many([encode(event) for event in events])
        self._note(events)

    def _note(self, events: list[list[Any]]) -> None:
        if events:
            self.is_closed = events[-1][0] in _LAST


def encode(event: object) -> bytes:
    """An event as a record's bytes."""
    return json.dumps(event, separators=(",", ":")).encode()


def _event(payload: bytes) -> list[Any] | None:
    try:
        found = json.loads(payload)
    except ValueError:
        return None
    return found if isinstance(found, list) and found else None


def _hold(descriptor: int) -> None:
    """Show that the file's run lives; without locks, process ids and signs of life must do."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class _Turns:
    """The locks of folders, each with the file that carries it between processes."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.locks: dict[Path, tuple[threading.RLock, int]] = {}

    def of(self, folder: Path) -> tuple[threading.RLock, int]:
        with self.guard:
            found = self.locks.get(folder)
            if found is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                found = threading.RLock(), os.open(folder / _TURN, flags, 0o666)
                self.locks[folder] = found
            return found


_turns = _Turns()


@contextmanager
def _turn_of(folder: Path) -> Iterator[None]:
    lock, descriptor = _turns.of(folder)
    with lock:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)


def _after_fork() -> None:
    """A child's turns are its own: its copies of the files share the parent's lock."""
    global _turns  # noqa: PLW0603 - what the parent's threads held must not hold here
    for _, descriptor in _turns.locks.values():
        with suppress(OSError):
            os.close(descriptor)
    _turns = _Turns()


os.register_at_fork(after_in_child=_after_fork)
