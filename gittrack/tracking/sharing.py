"""`SharedTracker`: runs that any process may log to, live or ended, until somebody ends them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from gittrack.errors import ConflictError, GittrackError, NotFoundError, RepositoryError
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import read_header
from gittrack.journal.shared import SharedJournal
from gittrack.journal.writer import SUFFIX
from gittrack.runs.model import RUNNING, Run
from gittrack.slug import slug
from gittrack.store.anonymous import say_who_records
from gittrack.store.experiments import next_numbers
from gittrack.store.journals import is_closed, journal_folder, sealing_turn
from gittrack.store.reopening import reopen
from gittrack.tracking.shared_runs import (
    Change,
    ClosedRunError,
    Event,
    JoinedRun,
    OpenRun,
    SharedRun,
)
from gittrack.tracking.tracker import ExperimentTracker

_PATIENCE = 60.0  # seconds to wait for another process that seals
_IDLE = 1.0  # seconds after which a run that has ended is sealed again


class SharedTracker(ExperimentTracker):
    """A tracker for services: each call names its run, which any process may have started.

    A run lives as long as one process that logged to it does. One that has ended, or whose
    processes died, is taken up again by whoever logs to it. Errors are raised, never warned of.
    """

    def __init__(self, path: Any = None, **options: Any) -> None:
        super().__init__(path, on_error="raise", **options)
        self._folder = journal_folder(self._session)
        self._shared: dict[str, OpenRun] = {}
        self._opening = threading.RLock()
        self._timer: threading.Timer | None = None

    def start_shared(
        self,
        experiment_name: str,
        run_name: str | None = None,
        *,
        started: int | None = None,
        parent: str | None = None,
        tags: Mapping[str, str] | None = None,
        capture: bool = True,
    ) -> str:
        """Start a run and return its id; `started` is in microseconds since the epoch.

        With `capture`, it is recorded with the code and the environment of this process.

        Raises:
            UsageError: an experiment cannot have that name.
            RepositoryError: the run cannot be written.
        """
        say_who_records(self._session.repository, self._failures.warn)
        name = self._experiment(experiment_name)
        number = next_numbers(self._session, name)
        moment = time.time_ns() // 1000 if started is None else started
        facts: dict[str, Any] = {"name": run_name or f"{slug(name)}-{number}", "number": number}
        facts["host"] = os.uname().nodename
        if capture and self._capture is not None:
            facts["user"] = self._capture.user()
        if parent is not None:
            facts["parent"] = parent
        events: list[Event] = [["start", moment, facts]]
        if capture:
            events += self._surroundings(moment)
        if tags:
            events.append(["tags", moment, dict(tags)])
        run_id = os.urandom(10).hex()
        header = {"run": run_id, "experiment": name, "role": "main"}
        journal = SharedJournal.create(self._folder, run_id, header, events)
        self._held(run_id, journal)
        return run_id

    def change_shared(self, run_id: str, change: Change) -> None:
        """Write to a run, live or ended, what a change says of the state that it is in.

        Raises:
            NotFoundError: there is no such run.
            UsageError: another process has the run for itself, and only it may do that.
            RepositoryError: it cannot be written.
        """
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            run = self._acquired(run_id)
            try:
                run.write(change)
            except ClosedRunError:
                self._forget(run_id)
                continue
            if not run.is_open:
                self._forget(run_id)
                self._seal_soon()
            elif run.lingers:
                self._look_soon()
            return
        raise ConflictError(f"the run {run_id} is sealed again and again", hint="try again")

    def resume_shared(self, run_id: str) -> None:
        """Have a run that has ended be `RUNNING` again; one that is stays so."""
        if self.shared_run(run_id).status == RUNNING:
            return
        self.settle_shared(run_id)
        with self._turn():
            place = self._reader.find(run_id)
            if place is None:
                raise NotFoundError(f"no run is called {run_id!r}")
            if not (self._folder / f"{run_id}{SUFFIX}").exists():
                self._held(run_id, reopen(self._session, self._reader, place, running=True))
        self._sealer.checkpoint(run_id)

    def shared_run(self, run_id: str) -> Run:
        """The run of that very id as it is now, with what this process wrote.

        Raises:
            NotFoundError: there is none.
        """
        run = self._shared.get(run_id)
        if run is not None and run.is_open:
            with suppress(ClosedRunError):
                return run.now()
        found = self.get_run(run_id)
        if found.run_id != run_id:
            raise NotFoundError(f"no run is called {run_id!r}", hint="write its whole id")
        return found

    def settle_shared(self, run_id: str) -> None:
        """Have a run that has ended sealed, so that it can be deleted."""
        with self._opening:
            run = self._shared.pop(run_id, None)
        if run is not None and run.lingers:
            run.close()
        elif run is None:
            file = read_header(self._folder / f"{run_id}{SUFFIX}")
            if file is not None and file.header.get("shared"):  # open in another process still
                self._acquired(run_id).close()
                self._forget(run_id)
        self._sealer.settle(run_id)

    def close(self) -> None:
        """Seal what has ended; live runs stay open."""
        self._close_idle(0.0)
        super().close()

    # What is open here

    def _acquired(self, run_id: str) -> OpenRun:
        """The run, opened if it is not; what waits to be sealed is sealed first."""
        with self._opening:
            run = self._shared.get(run_id)
            if run is not None and run.is_open:
                return run
            self._sweep()
            deadline = time.monotonic() + _PATIENCE
            while time.monotonic() < deadline:
                with self._turn():
                    found = self._taken_up(run_id)
                if found is not None:
                    self._shared[run_id] = found
                    return found
                self._sealer.settle(run_id)
            raise ConflictError(f"the run {run_id} cannot be sealed", hint="run: git exp doctor")

    def _taken_up(self, run_id: str) -> OpenRun | None:
        """Its journal, or one made from what is sealed; `None` where it is to be sealed first."""
        path = self._folder / f"{run_id}{SUFFIX}"
        file = read_header(path)
        if file is None:
            place = self._reader.find(run_id)
            if place is None:
                raise NotFoundError(f"no run is called {run_id!r}")
            journal = reopen(self._session, self._reader, place, running=False)
        elif is_closed(path):
            return None
        elif not file.header.get("shared"):
            is_dead = life_of(path, file.owner, lambda: clock_of(self._folder)) == "dead"
            return None if is_dead else JoinedRun(file, self._folder)
        else:
            journal = SharedJournal.join(path)
        return self._held(run_id, journal)

    def _held(self, run_id: str, journal: SharedJournal) -> OpenRun:
        file = read_header(journal.path)
        if file is None:
            raise RepositoryError(f"the journal of the run {run_id} is damaged")
        run = SharedRun(journal, file)
        with suppress(ClosedRunError):
            run.now()
        self._shared[run_id] = run
        return run

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody seals until the end of the block."""
        self._folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with sealing_turn(self._folder) as ours:
                if ours:
                    yield
                    return
            time.sleep(0.005)
        raise ConflictError("another process seals and does not end", hint="run: git exp doctor")

    def _forget(self, run_id: str) -> None:
        with self._opening:
            run = self._shared.pop(run_id, None)
        if run is not None:
            with suppress(GittrackError):
                run.close()

    def _sweep(self) -> None:
        """Let go of runs that other processes ended."""
        for run_id in [key for key, run in self._shared.items() if not run.is_open]:
            self._forget(run_id)

    # When to seal

    def _seal_soon(self) -> None:
        try:
            self._pace.ask()
        except RuntimeError:  # the interpreter ends, and no thread can start
            self.seal()

    def _look_soon(self) -> None:
        with self._opening:
            if self._timer is None or not self._timer.is_alive():
                self._timer = threading.Timer(_IDLE, self._look)
                self._timer.daemon = True
                with suppress(RuntimeError):
                    self._timer.start()

    def _look(self) -> None:
        self._timer = None
        self._close_idle(_IDLE)
        if any(run.lingers for run in list(self._shared.values())):
            self._look_soon()

    def _close_idle(self, idle: float) -> None:
        limit = time.monotonic() - idle
        lingering = [(k, run) for k, run in list(self._shared.items()) if run.lingers]
        for run_id, run in lingering:
            if run.touched <= limit:
                self._forget(run_id)
        if lingering:
            self._seal_soon()

    def _surroundings(self, moment: int) -> list[Event]:
        """Code and environment; a run without them is better than none."""
        if self._capture is None:
            return []
        try:
            return [
                ["code", moment, self._capture.code()],
                ["environment", moment, self._capture.environment()],
            ]
        except (RepositoryError, OSError) as error:
            self._failures.warn(f"the code was not captured: {error}")
            return []
