"""A run as a process has it open that others log to as well."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from gittrack.errors import ConflictError, UsageError
from gittrack.journal.reader import JournalFile, read_header
from gittrack.journal.shared import SharedJournal, encode
from gittrack.journal.writer import Journal
from gittrack.runs.events import RunState
from gittrack.runs.model import RUNNING, Run
from gittrack.store.journals import read_state

Event = list[Any]
"""As in `gittrack.runs.events`."""

Change = Callable[[RunState], Sequence[Event]]
"""Says what to write about a run that is as the state says; it may raise, and nothing is written.
"""


class ClosedRunError(ConflictError):
    """The run's journal has ended: it is sealed, or about to be."""


class OpenRun(Protocol):
    """What a process can do with a run that it has open."""

    touched: float
    """When it was written to, by `time.monotonic`."""

    @property
    def is_open(self) -> bool:
        """Whether this process can still write to it."""

    @property
    def lingers(self) -> bool:
        """Whether it is open only to be written to once more, and is closed soon."""

    def now(self) -> Run:
        """The run as it is now. Raises ClosedRunError."""

    def write(self, change: Change) -> None:
        """Write what a change says. Raises ClosedRunError, RepositoryError."""

    def close(self) -> None:
        """Let go of it; one that lingers is sealed then."""


class SharedRun:
    """A run whose one journal all processes append to."""

    def __init__(self, journal: SharedJournal, file: JournalFile) -> None:
        self._journal = journal
        self._state = RunState(file.header["run"], file.header["experiment"])
        self.touched = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether this process can still write to it."""
        return not self._journal.is_gone and not self._journal.is_closed

    @property
    def lingers(self) -> bool:
        """Whether the run has ended."""
        return self._state.status != RUNNING

    def now(self) -> Run:
        """The run with all that was logged by whomever. Raises ClosedRunError."""
        with self._journal.turn():
            self._catch_up()
            return self._state.run()

    def write(self, change: Change) -> None:
        """Write what a change says. Raises ClosedRunError, RepositoryError."""
        with self._journal.turn():
            self._catch_up()
            events = list(change(self._state))
            if events:
                self._journal.add(events)
                self._state.fold(events)
                self.touched = time.monotonic()
        if self._journal.is_closed:
            self._journal.close()

    def close(self) -> None:
        """Let go of the journal; that of a run that has ended is closed for all."""
        if self.is_open and self.lingers:
            with suppress(ClosedRunError):
                self.write(lambda _: [["close", time.time_ns() // 1000]])
        self._journal.close()

    def _catch_up(self) -> None:
        if not self._journal.is_gone:
            self._state.fold(self._journal.news())
        if self._journal.is_gone or self._journal.is_closed:
            raise ClosedRunError(f"the run {self._state.run_id} is being sealed")


class JoinedRun:
    """A live run of a process that keeps its journal to itself: ours lies beside it."""

    lingers = True

    def __init__(self, main: JournalFile, folder: Path) -> None:
        self._main = main
        run_id, experiment = main.header["run"], main.header["experiment"]
        header = {"run": run_id, "experiment": experiment, "role": "helper"}
        self._journal = Journal(folder, f"{run_id}.{os.urandom(4).hex()}", header)
        self._own = read_header(self._journal.path)
        self.touched = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether this process can still write to it."""
        return self._journal.is_ours

    def now(self) -> Run:
        """The run with what we wrote."""
        return self._state().run()

    def write(self, change: Change) -> None:
        """Write what a change says; only the run's own process ends it.

        Raises:
            UsageError: the change would end it.
        """
        events = list(change(self._state()))
        if any(event[0] in ("end", "start") for event in events):
            raise UsageError(
                f"the run {self._main.header['run']} is live in another process, which ends it"
            )
        if events:
            self._journal.append_many([encode(event) for event in events])
            self.touched = time.monotonic()

    def close(self) -> None:
        """Nothing more comes from here."""
        if self._journal.is_ours:
            self._journal.append(encode(["close", time.time_ns() // 1000]))
            self._journal.close()

    def _state(self) -> RunState:
        header = self._main.header
        files = [self._main, *([self._own] if self._own else [])]
        try:
            return read_state(header["run"], header["experiment"], files)
        except FileNotFoundError:  # sealed at this moment: what we log is added to it
            return RunState(header["run"], header["experiment"])
