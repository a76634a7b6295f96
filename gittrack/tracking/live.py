"""The runs that this process has open, and which of them is a thread's active one."""

from __future__ import annotations

import threading

from gittrack.errors import NotFoundError, UsageError
from gittrack.runs.model import RUNNING, Run
from gittrack.tracking.active import ActiveRun


class LiveRuns:
    """Knows the open runs by id, and for each thread the order in which it started them."""

    def __init__(self) -> None:
        self._by_id: dict[str, ActiveRun] = {}
        self._here = threading.local()

    def add(self, run: ActiveRun) -> None:
        """A run was started by this thread: it is the active one."""
        self._by_id[run.run_id] = run
        self._stack().append(run)

    def remove(self, run: ActiveRun) -> None:
        """A run has ended."""
        self._by_id.pop(run.run_id, None)

    def all(self) -> list[ActiveRun]:
        """Every run that is open, whichever thread started it."""
        return [run for run in list(self._by_id.values()) if run.status == RUNNING]

    def active(self) -> ActiveRun | None:
        """The run that this thread started last and that has not ended."""
        stack = self._stack()
        while stack and stack[-1].status != RUNNING:
            stack.pop()
        return stack[-1] if stack else None

    def find(self, run: str | Run | ActiveRun | None) -> ActiveRun | None:
        """The open run that is meant: the active one, if none is named; `None` if it is not open
        in this process."""
        if run is None:
            return self.active()
        if isinstance(run, ActiveRun):
            return run if run.status == RUNNING else None
        return self._by_id.get(run if isinstance(run, str) else run.run_id)

    def get(self, run: str | Run | ActiveRun | None) -> ActiveRun:
        """As `find`.

        Raises:
            UsageError: none is named, and none is active.
            NotFoundError: the run is not open in this process.
        """
        found = self.find(run)
        if found is None:
            if run is None:
                raise UsageError("no run is active here", hint="start one: start_run(EXPERIMENT)")
            name = run if isinstance(run, str) else run.run_id
            raise NotFoundError(f"no run {name!r} is live in this process")
        return found

    def _stack(self) -> list[ActiveRun]:
        stack: list[ActiveRun] | None = getattr(self._here, "stack", None)
        if stack is None:
            stack = self._here.stack = []
        return stack
