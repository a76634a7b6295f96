"""Joining a run from a process that it started: what the environment says, and who takes it up.

A program that runs a command as a run names the run in the command's environment. The first run
that such a process starts is that run; each later one is a child of it.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gittrack.errors import RepositoryError
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import read_header
from gittrack.journal.writer import SUFFIX
from gittrack.store.journals import is_closed, journal_folder
from gittrack.store.session import Session
from gittrack.tracking.active import ActiveRun

REPOSITORY, RUN, EXPERIMENT = "GITTRACK_REPOSITORY", "GITTRACK_RUN", "GITTRACK_EXPERIMENT"
"""The variables that name the repository (its git folder), the run and its experiment."""

_RUN_ID = re.compile(r"[0-9a-f]{20}")
_lock = threading.Lock()
_joined: set[str] = set()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A run that this process was started by, and where its journal lies."""

    run_id: str
    folder: Path

    def join(
        self,
        on_end: Callable[[ActiveRun], None],
        on_error: Callable[[RepositoryError], None],
    ) -> ActiveRun | None:
        """The run, to log to; its end here does not end it. `None` the second time, and where
        the run has ended already.

        Raises:
            RepositoryError: the repository cannot be written.
        """
        experiment = self._open_experiment()
        with _lock:
            if experiment is None or self.run_id in _joined:
                return None
            _joined.add(self.run_id)
        return ActiveRun(
            self.run_id, experiment, self.folder, on_end=on_end, on_error=on_error, helper=True
        )

    def _open_experiment(self) -> str | None:
        """The run's experiment as its journal says; `None` where it has ended."""
        path = self.folder / f"{self.run_id}{SUFFIX}"
        file = read_header(path)
        if file is None or is_closed(path):
            return None
        if life_of(path, file.owner, lambda: clock_of(self.folder)) == "dead":
            return None
        return str(file.header["experiment"])


def invitation_to(session: Session) -> Invitation | None:
    """The run that this process was started by, if it is one of this repository.

    Like the capture of surroundings, this looks at the process: the environment is how a run is
    handed on to a program, whatever lies between the two.
    """
    run_id, place = os.environ.get(RUN, ""), os.environ.get(REPOSITORY, "")
    if not _RUN_ID.fullmatch(run_id) or not place:
        return None
    try:
        is_ours = os.path.samefile(place, session.repository.common_dir)  # noqa: PTH121 - hostile
    except (OSError, ValueError):
        return None
    return Invitation(run_id, journal_folder(session)) if is_ours else None


def variables(session: Session, run: ActiveRun) -> Mapping[str, str]:
    """What the environment of a program says, so that it joins the run."""
    return {
        REPOSITORY: str(session.repository.common_dir),
        RUN: run.run_id,
        EXPERIMENT: run.experiment_name,
    }
