"""A study's shared files: the journal that all its processes append to, and the cache behind it.

    <git-common-dir>/exptrack/journal/trials.study-<id>.journal   what is not sealed in git yet
    <git-common-dir>/exptrack/studies/<id>.cache                  sealed trials, quick to read
    <git-common-dir>/exptrack/studies/<id>.lock                   held while one appends

The journal is the truth until its trials are sealed, git from then on; the cache is made from
both and may be deleted when nobody uses the study. Whoever appends holds the lock and has read all
that came before, so that every record is valid when it is written. A torn end is cut off by the
next writer. Every process that has the journal open holds a shared lock on it for life, which
tells the sealer that the study is live.

When all trials of a journal are sealed, they go to the cache, and a new journal that begins with
the unfinished ones takes its place under the same name. A process that still has the old one
reads on in the cache, then in the new journal: both only ever grow.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gittrack.errors import RepositoryError
from gittrack.journal.frames import frame, read_frames
from gittrack.journal.owner import this_process
from gittrack.journal.reader import JournalFile, read_events, read_header
from gittrack.journal.writer import SUFFIX
from gittrack.store.journals import journal_folder, place_file
from gittrack.store.refusal import refused
from gittrack.store.session import Session
from gittrack.store.trial_sealing import TrialProgress

_CHUNK = 8 << 20
_HEADER = 1 << 16  # bytes that a header fits in

News = tuple[list[Any], bool]
"""A record, and whether it was in the cache."""


class StudyReplacedError(Exception):
    """What was read before does not lead to what is there now: read all of it anew."""


class _Tail:
    """An append-only file that is read from where it was read to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = -1
        self.offset = 0

    def open(self, flags: int = os.O_RDWR) -> bool:
        """Open it if it is there."""
        try:
            self.descriptor = os.open(self.path, flags | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:
            return False
        except PermissionError:
            self.descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        self.offset = 0
        return True

    @property
    def is_gone(self) -> bool:
        """Whether the file that is open has no name any more."""
        return os.fstat(self.descriptor).st_nlink == 0

    def read(self) -> Iterator[Any]:
        """The whole records that came since."""
        while data := os.pread(self.descriptor, _CHUNK, self.offset):
            frames = read_frames(data[: data.rfind(b"\n") + 1], self.offset)
            if frames.end == self.offset:
                if len(data) < _CHUNK:
                    return  # a record that is being written, or whose writer died
                frames = read_frames(self._long_line(), self.offset)
                if frames.end == self.offset:
                    return
            self.offset = frames.end
            for payload, _ in frames.records:
                yield json.loads(payload)

    def write(self, payloads: Sequence[bytes]) -> None:
        """Append records behind all that was read: all of them or, on a full disk, none."""
        data = b"".join(map(frame, payloads))
        end = os.fstat(self.descriptor).st_size
        if end != self.offset:  # a writer died in the middle of a record
            os.ftruncate(self.descriptor, self.offset)
        try:
            written = os.write(self.descriptor, data)
            while written < len(data):
                written += os.write(self.descriptor, data[written:])
        except OSError:
            os.ftruncate(self.descriptor, self.offset)
            raise
        self.offset += len(data)

    def close(self) -> None:
        """Let go of it."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _long_line(self) -> bytes:
        """All there is, up to the last line's end: some record is longer than what is read at
        once."""
        data = os.pread(self.descriptor, os.fstat(self.descriptor).st_size, self.offset)
        return data[: data.rfind(b"\n") + 1]


class StudyLog:
    """The files of one study as this process reads and writes them; not safe between threads."""

    def __init__(self, session: Session, study_id: int, experiment: str) -> None:
        folder = session.repository.private_dir / "studies"
        self._experiment = experiment
        self._study_id = study_id
        self._journal = _Tail(journal_folder(session) / f"trials.study-{study_id}{SUFFIX}")
        self._cache = _Tail(folder / f"{study_id}.cache")
        self._lock_path = folder / f"{study_id}.lock"
        self._lock = -1
        self._depth = 0

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._journal.path

    @property
    def size(self) -> int:
        """Bytes of the journal as it was read; 0 where there is none."""
        return self._journal.offset if self._journal.descriptor >= 0 else 0

    @property
    def header(self) -> JournalFile | None:
        """The journal as the sealer takes it; `None` where there is none."""
        return read_header(self.path)

    @property
    def is_deleted(self) -> bool:
        """Whether somebody took the files away, since the lock was held here for the first time."""
        return self._lock >= 0 and os.fstat(self._lock).st_nlink == 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else appends until the end of the block.

        Raises:
            RepositoryError: the repository cannot be written.
        """
        if self._lock < 0:
            with refused("the study cannot be written"):
                self._lock_path.parent.mkdir(parents=True, exist_ok=True)
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                self._lock = os.open(self._lock_path, flags, 0o666)
        if self._depth == 0:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def news(self) -> Iterator[News]:
        """The records that came since the last time, in an order that makes sense.

        Raises:
            StudyReplacedError: the cache is another one.
        """
        if self._journal.descriptor >= 0:
            was_last = not self._journal.is_gone
            for event in self._journal.read():
                yield event, False
            if was_last:
                return
            self._journal.close()
        began = self._open_journal()  # before the cache: what is sealed meanwhile is seen twice
        yield from self._cached()
        if began:
            yield ["part"], False
            for event in self._journal.read():
                yield event, False

    def append(self, payloads: Sequence[bytes]) -> None:
        """Write records to the journal; the caller has the lock and has read what came before.

        Raises:
            RepositoryError: they cannot be written; nothing of them remains.
        """
        with refused("the study cannot be written"):
            if self._journal.descriptor < 0:
                self._begin(payloads)
            else:
                self._journal.write(payloads)

    def keep(self, payloads: Sequence[bytes]) -> None:
        """Write records to the cache; the caller has the lock and has read what came before."""
        with refused("the study's cache cannot be written"):
            if self._cache.descriptor < 0:
                self._cache.path.parent.mkdir(parents=True, exist_ok=True)
                self._cache.open(os.O_RDWR | os.O_CREAT)
            self._cache.write(payloads)

    def turn_over(self, payloads: Sequence[bytes]) -> None:
        """Put a new journal with these records in the journal's place, or none without any.

        The caller has the lock, all trials of the old one are sealed, and they are in the cache.
        """
        with refused("the study's journal cannot be turned over"):
            if payloads:
                self._begin(payloads)
            else:
                self.path.unlink(missing_ok=True)
                place_file(self.path).unlink(missing_ok=True)
                self._journal.close()

    def remove_cache(self) -> None:
        """Take the cache away; who has it open reads all anew. The caller has the lock."""
        with refused("the study's cache cannot be removed"):
            self._cache.path.unlink(missing_ok=True)
        self._cache.close()

    def remove(self) -> None:
        """Take all files away: the study is deleted. The caller has the lock."""
        self.turn_over([])
        self._cache.path.unlink(missing_ok=True)
        self._lock_path.unlink(missing_ok=True)  # who has it open sees it by that

    def forget(self) -> None:
        """Read from the beginning the next time."""
        self._journal.close()
        self._cache.close()

    def close(self) -> None:
        """Let go of all files; they are opened again when they are used again."""
        self.forget()
        lock, self._lock, self._depth = self._lock, -1, 0
        if lock >= 0:
            os.close(lock)

    def _open_journal(self) -> bool:
        if not self._journal.open():
            return False
        with suppress(OSError):
            fcntl.flock(self._journal.descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        start = read_frames(os.pread(self._journal.descriptor, _HEADER, 0)).records[:1]
        header = json.loads(start[0][0]) if start else None
        if not isinstance(header, dict) or header.get("study") != self._study_id:
            raise RepositoryError(
                f"{self.path.name} is no journal of this study", hint="run: git exp fsck"
            )
        self._journal.offset = start[0][1]
        return True

    def _cached(self) -> Iterator[News]:
        if self._cache.descriptor >= 0 and self._cache.is_gone:
            raise StudyReplacedError
        if self._cache.descriptor < 0 and not self._cache.open():
            return
        for event in self._cache.read():
            yield event, True

    def _begin(self, payloads: Sequence[bytes]) -> None:
        """A journal that appears under its name when it is whole."""
        # What is written down about a journal is known by its part: that of the one before may
        # still lie there.
        header: Mapping[str, Any] = {
            "gittrack": 1,
            "trials": True,
            "experiment": self._experiment,
            "study": self._study_id,
            "part": os.urandom(4).hex(),
            "owner": this_process().to_json(),
        }
        path = self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_bytes(b"".join(map(frame, [_dumped(header), *payloads])))
        new = _Tail(temporary)
        new.open()
        with suppress(OSError):
            fcntl.flock(new.descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        temporary.rename(path)
        self._journal.close()
        new.path, new.offset = path, os.fstat(new.descriptor).st_size
        self._journal = new


def _dumped(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def remove_if_spent(session: Session, file: JournalFile) -> None:
    """Take a study's journal away whose processes have all ended, if all of it is sealed and no
    trial in it is unfinished. The caller has the turn to seal."""
    log = StudyLog(session, file.header["study"], str(file.header["experiment"]))
    with log.locked(), suppress(FileNotFoundError):
        present = log.header
        if present is not None and _is_spent(present):
            log.turn_over([])
    log.close()


def _is_spent(file: JournalFile) -> bool:
    unfinished: set[int] = set()
    end = file.end
    for event, behind in read_events(file.path, file.end):
        end = behind
        if event[0] == "trial":
            unfinished.discard(event[1]["number"])
        elif event[0] == "new":
            unfinished.add(event[1])
        elif event[0] == "add":
            unfinished.add(event[2][0])
        elif event[0] == "study":
            return False  # the study's attributes go to git when it is opened the next time
    return not unfinished and TrialProgress.read(file).done >= end
