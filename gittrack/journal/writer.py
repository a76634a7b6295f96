"""Writing a journal: a call returns when the kernel has the bytes; threads and forks are safe."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from gittrack.errors import RepositoryError
from gittrack.journal.frames import frame
from gittrack.journal.owner import HEARTBEAT, this_process
from gittrack.locking import try_lock

SUFFIX = ".journal"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class Journal:
    """One append-only file, written by this process alone and locked for as long as it lives.

    A forked child must not write here: `is_ours` says whether this process made it. The child's
    copy of the file is closed at the fork, so that the lock ends with the process that logs.
    """

    def __init__(self, folder: Path, name: str, header: Mapping[str, Any]) -> None:
        """Create the file; it appears under its name when it is locked and has its header.

        Raises:
            RepositoryError: it cannot be written.
        """
        self.path = folder / f"{name}{SUFFIX}"
        self._lock = threading.Lock()
        self._descriptor = -1
        self._end = 0
        self._owner = os.getpid()
        temporary = folder / f".{name}.new"
        facts = {"gittrack": 1, **header, "owner": this_process().to_json()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(temporary, _FLAGS, 0o666)
            try_lock(self._descriptor)  # without locks, process id and signs of life must do
            self.append(json.dumps(facts, separators=(",", ":")).encode())
            temporary.rename(self.path)
        except OSError as error:
            self._give_up(temporary)
            raise _refused(self.path, error) from error
        except RepositoryError:
            self._give_up(temporary)
            raise
        self._keep_alive()

    def _keep_alive(self) -> None:
        """Give signs of life from now on, until it is closed."""
        _OPEN.add(self)
        _start_heart()

    @property
    def is_ours(self) -> bool:
        """Whether this process may write here: it is open, and no fork stands between."""
        return self._descriptor >= 0 and self._owner == os.getpid()

    def append(self, payload: bytes) -> None:
        """Write a record; when this returns, the kernel has it, and `kill -9` does not lose it.

        Raises:
            RepositoryError: it cannot be written; nothing of it remains in the file.
        """
        data = b"%08x %b\n" % (crc32(payload), payload)  # frame(), without the call
        with self._lock:
            try:
                written = os.write(self._descriptor, data)
                while written < len(data):
                    written += os.write(self._descriptor, data[written:])
            except OSError as error:
                self._take_back()
                raise _refused(self.path, error) from error
            self._end += len(data)

    def append_many(self, payloads: list[bytes]) -> None:
        """Write records with one call to the kernel; all of them or none.

        Raises:
            RepositoryError: they cannot be written; nothing of them remains in the file.
        """
        data = b"".join(map(frame, payloads))
        with self._lock:
            view = memoryview(data)
            try:
                while view:
                    view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                self._take_back()
                raise _refused(self.path, error) from error
            self._end += len(data)

    def sync(self) -> None:
        """Have the bytes on the disk, so that not even a power failure loses them."""
        if self.is_ours:
            os.fsync(self._descriptor)

    def touch(self) -> None:
        """Give a sign of life to other machines."""
        with self._lock:
            if self.is_ours:
                os.utime(self._descriptor)

    def close(self) -> None:
        """Let go of file and lock."""
        with self._lock:
            _OPEN.discard(self)
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor >= 0:
                os.close(descriptor)

    def _give_up(self, temporary: Path) -> None:
        self.close()
        with suppress(OSError):
            temporary.unlink()

    def _take_back(self) -> None:
        """Cut a record off that was written in part: the disk was full."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, self._end)

    def abandon(self) -> None:
        """In a forked child: let go of the parent's file without a word."""
        descriptor, self._descriptor = self._descriptor, -1
        self._lock = threading.Lock()  # a thread of the parent may have held it
        if descriptor >= 0:
            os.close(descriptor)


_OPEN: weakref.WeakSet[Journal] = weakref.WeakSet()
_heart: list[threading.Timer] = []


def _start_heart() -> None:
    """One thread a process beats for all journals; a daemon, so that it keeps nobody waiting."""
    if _heart:
        return
    timer = threading.Timer(HEARTBEAT, _beat)
    timer.daemon = True
    _heart.append(timer)
    timer.start()


def _beat() -> None:
    _heart.clear()
    journals = list(_OPEN)
    for journal in journals:
        try:
            journal.touch()
            journal.sync()
        except OSError:
            continue  # the next record that cannot be written tells
    if journals:
        _start_heart()


def _after_fork() -> None:
    _heart.clear()
    for journal in list(_OPEN):
        journal.abandon()
    _OPEN.clear()


os.register_at_fork(after_in_child=_after_fork)


def _refused(path: Path, error: OSError) -> RepositoryError:
    reason = (error.strerror or str(error)).lower()
    return RepositoryError(
        f"cannot write the journal {path.name}: {reason}",
        hint="what was logged before is kept; make room or make the repository writable",
    )
