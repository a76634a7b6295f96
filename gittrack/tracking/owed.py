"""Ends of runs that met a full disk: written with the next call, or as the program ends."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable

from gittrack.errors import RepositoryError
from gittrack.tracking.active import ActiveRun


class OwedEnds:
    """Keeps runs whose end could not be written, until it is."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._runs: list[ActiveRun] = []
        self._process = os.getpid()

    def add(self, run: ActiveRun) -> None:
        """Keep a run that has ended and owes its end."""
        if run not in self._runs:
            self._runs.append(run)
        self._process = os.getpid()
        _OWING[id(self)] = self

    def write(self) -> None:
        """Write what can be written now; the rest waits on."""
        if self._process != os.getpid():  # a forked child leaves them to its parent
            self._runs.clear()
        for run in list(self._runs):
            try:
                run.write_end()
            except RepositoryError:
                return  # it was told when the run ended
            self._runs.remove(run)
        if not self._runs:
            _OWING.pop(id(self), None)

    def refuse(self, run_id: str) -> None:
        """Refuse to go on with a run that cannot be sealed yet.

        Raises:
            RepositoryError: its end is not written.
        """
        if any(run.run_id == run_id for run in self._runs):
            raise RepositoryError(
                f"the end of the run {run_id} is not written yet", hint="make room on the disk"
            )

    def finish(self) -> None:
        """The program ends: what cannot be written now is told for the last time."""
        self.write()
        for run in self._runs:
            self._warn(
                f"the end of the run {run.run_id} ({run.status}) was not written:"
                " it will be listed as KILLED"
            )


_OWING: dict[int, OwedEnds] = {}


@atexit.register
def _finish_all() -> None:
    for owed in list(_OWING.values()):
        owed.finish()
