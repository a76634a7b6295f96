"""Opening the index: up to date, rebuilt where in doubt, and in memory where nothing else works."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import GitError
from gittrack.index.location import index_file, set_apart
from gittrack.index.staleness import Progress
from gittrack.store.session import Session

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Derived:
    """What an index holds and how it is kept up to date with git.

    Args:
        name: its file's name.
        version: of its tables; a file of another one is rebuilt.
        tables: the SQL that makes them in an empty database.
        indexes: the SQL that makes the indexes, after the first filling.
        is_stale: whether anything moved since the database was brought up to date.
        refresh: takes in all that moved, within a transaction; `GitError` where it cannot.
    """

    name: str
    version: int
    tables: str
    indexes: str
    is_stale: Callable[[sqlite3.Connection, Session], bool]
    refresh: Callable[[sqlite3.Connection, Session, Progress | None], None]

    def is_current(self, connection: sqlite3.Connection) -> bool:
        """Whether the database was made by this version."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return bool(version == self.version)


_BUSY = 10.0  # seconds to wait for another process's refresh


class _Open(threading.local):
    """A thread's own connection: SQLite's transactions belong to connections, not to threads."""

    connection: sqlite3.Connection | None = None
    identity: tuple[int, int] | None = None
    owner = 0


class Index:
    """The index of one repository; every `connection()` is up to date.

    Each thread has a connection of its own, and so has a forked child.
    """

    def __init__(
        self,
        session: Session,
        derived: Derived,
        *,
        warn: Warn | None = None,
        progress: Progress | None = None,
        prepare: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        self._session = session
        self._prepare = prepare
        self._derived = derived
        self._warn = warn
        self._progress = progress
        self._open = _Open()
        self._warned = False
        self.path = index_file(session.repository, derived.name)

    def connection(self, *, fresh: bool = True) -> sqlite3.Connection:
        """The database; `fresh` brings it up to date with refs and work tree first."""
        if not fresh and (connection := self._own()) is not None:
            return connection
        try:
            return self._current()
        except (sqlite3.Error, GitError, OSError):
            return self._rebuilt()

    def close(self) -> None:
        """Close this thread's connection; those of other threads end with them."""
        connection = self._own()
        self._open.connection = None
        if connection is not None:
            connection.close()

    def rebuild(self) -> None:
        """Make the index anew from git and journals alone."""
        self.close()
        self._move()
        self._rebuilt(anew=True)

    def _move(self) -> None:
        """Go where the setting says now; what lies in the repository from before is taken away."""
        apart = set_apart(self._session.repository, self._derived.name)
        if apart is not None and apart != self.path:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
            self.path = apart

    def _current(self) -> sqlite3.Connection:
        connection = self._own()
        if connection is None or self._was_replaced():
            self.close()
            connection = self._open_file()
        if connection is None:
            return self._rebuilt()
        if self._derived.is_stale(connection, self._session):
            with _transaction(connection):
                self._refresh(connection)
        return connection

    def _own(self) -> sqlite3.Connection | None:
        return self._open.connection if self._open.owner == os.getpid() else None

    def _open_file(self) -> sqlite3.Connection | None:
        if not self.path.exists():
            return None
        identity = _identity(self.path)
        connection = _connect(self.path)
        if not self._derived.is_current(connection):
            connection.close()
            return None
        return self._use(connection, identity)

    def _was_replaced(self) -> bool:
        return self._open.identity is not None and self._open.identity != _identity(self.path)

    def _use(
        self, connection: sqlite3.Connection, identity: tuple[int, int] | None
    ) -> sqlite3.Connection:
        self._open.connection, self._open.owner = connection, os.getpid()
        self._open.identity = identity
        if self._prepare is not None:
            self._prepare(connection)
        return connection

    def _rebuilt(self, *, anew: bool = False) -> sqlite3.Connection:
        self.close()
        try:
            with _one_builder(self.path.parent):
                # Another process may have built it while this one waited.
                built = None if anew else self._built_meanwhile()
                return built or self._built_file()
        except (OSError, sqlite3.Error) as error:
            return self._in_memory(error)

    def _built_meanwhile(self) -> sqlite3.Connection | None:
        try:
            connection = self._open_file()
            if connection is not None:
                with _transaction(connection):
                    self._refresh(connection)
                return connection
        except (sqlite3.Error, GitError):
            self.close()
        return None

    def _built_file(self) -> sqlite3.Connection:
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)
        try:
            connection = sqlite3.connect(temporary, isolation_level=None)
            try:
                self._fill(connection)
            finally:
                connection.close()
            self.path.with_suffix(".db-journal").unlink(missing_ok=True)
            identity = _identity(temporary)
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)
        return self._use(_connect(self.path), identity)

    def _refresh(self, connection: sqlite3.Connection) -> None:
        self._derived.refresh(connection, self._session, self._progress)

    def _fill(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -65536")
        connection.executescript(
            f"PRAGMA user_version = {self._derived.version};{self._derived.tables}"
        )
        connection.execute("BEGIN")
        self._refresh(connection)
        connection.execute("COMMIT")
        connection.executescript(self._derived.indexes + "PRAGMA analysis_limit = 1000; ANALYZE;")

    def _in_memory(self, error: Exception) -> sqlite3.Connection:
        if self._warn is not None and not self._warned:
            self._warned = True
            self._warn(f"the index cannot be kept at {self.path} ({error}); answering from memory")
        connection = sqlite3.connect(":memory:", isolation_level=None)
        self._fill(connection)
        return self._use(_with_functions(connection), None)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    connection.execute("PRAGMA cache_size = -32768")
    return _with_functions(connection)


def _with_functions(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def _one_builder(folder: Path) -> Iterator[None]:
    """Let one process build at a time; the others wait and find it built."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "index.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        # Without working locks two may build at once: the last rename counts.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
