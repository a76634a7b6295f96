"""A live run followed from outside its process: what it logs, as it logs it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from gittrack.git.repository import discover
from gittrack.journal.frames import read_frames
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import JournalFile, journal_files, read_header
from gittrack.store.journals import journal_folder
from gittrack.store.session import Session

_CHUNK = 1 << 20


class RunFollower:
    """Reads the journals of one run piece by piece, also when they are sealed meanwhile.

    Args:
        path: the repository, or any folder in it; without one, the current folder decides.
        run_id: the run's whole id.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    def __init__(self, path: Path | str | None, run_id: str) -> None:
        session = Session(discover(path))
        self._folder = journal_folder(session)
        session.close()
        self._run_id = run_id
        self._open: dict[Path, _JournalTail] = {}
        self.ended = False
        """Whether the record of its end was read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for tail in self._open.values():
            tail.close()
        self._open.clear()

    def new_events(self) -> Iterator[list[Any]]:
        """The events (`gittrack.runs.events`) that were logged since this was asked last."""
        self._find_journals()
        for tail in self._open.values():
            for event in tail.events():
                self.ended = self.ended or event[0] == "end"
                yield event

    def is_over(self) -> bool:
        """Whether nothing more can come: its journal is sealed, or its process is dead."""
        return not any(tail.may_grow() for tail in self._open.values())

    def _find_journals(self) -> None:
        for path in journal_files(self._folder):
            # Journals are called by the id of their run, so that others need not be opened.
            if path in self._open or path.name.partition(".")[0] != self._run_id:
                continue
            file = read_header(path)
            if file is not None:
                try:
                    self._open[path] = _JournalTail(file)
                except FileNotFoundError:
                    continue  # sealed at this very moment


class _JournalTail:
    """One journal, held open: what is removed under its name can be read to the end."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._stream: BinaryIO = file.path.open("rb")
        self._offset = file.end

    def events(self) -> Iterator[list[Any]]:
        """The whole records behind those read before; a torn one waits for its end."""
        rest = b""
        while self._offset + len(rest) < os.fstat(self._stream.fileno()).st_size:
            self._stream.seek(self._offset + len(rest))
            data = self._stream.read(_CHUNK)
            if not data:
                return
            rest += data
            frames = read_frames(rest[: rest.rfind(b"\n") + 1], self._offset)
            rest, self._offset = rest[frames.end - self._offset :], frames.end
            events = (json.loads(payload) for payload, _ in frames.records)
            yield from (event for event in events if isinstance(event, list) and event)

    def may_grow(self) -> bool:
        """Whether its process may write more."""
        path = self._file.path
        return path.exists() and life_of(path, self._file.owner, self._now) != "dead"

    def close(self) -> None:
        """Let the file go."""
        self._stream.close()

    def _now(self) -> float:
        return clock_of(self._file.path.parent)
