"""Sealing: finished journals become one commit on each experiment's ref, as a group.

Whoever gets the lock seals for every process of the machine. Where a run goes is written down
(`<journal>.place`) before it is published, so that doing it again after a crash writes the same
files to the same place. A journal is removed when its run is published, not before.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gittrack.errors import ConflictError, RepositoryError
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import JournalFile, read_journals
from gittrack.runs.model import RUNNING
from gittrack.store.experiments import Places, clone_id, experiment_ref
from gittrack.store.journals import (
    is_closed,
    journal_folder,
    place_file,
    read_state,
    sealing_turn,
    sweep,
    write_down,
)
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.run_files import Pending, run_edits
from gittrack.store.session import Session, TreeView
from gittrack.store.trial_sealing import experiment_edits, seal_trials

_GROUP = 2000  # runs in one commit
_PATIENCE = 60.0  # seconds that a checkpoint waits for another process that seals


class Sealer:
    """Seals what can be sealed; one for each session."""

    def __init__(self, session: Session, publisher: Publisher) -> None:
        self._session = session
        self._publisher = publisher
        self._folder = journal_folder(session)

    def seal(self) -> int:
        """Seal the runs that have ended, here or in dead processes; returns how many.

        Nobody waits: where another process seals at this moment, it is told to look again when
        it is done.

        Raises:
            RepositoryError: an experiment could not be sealed; the others were, and its journals
                are kept.
        """
        if not self._folder.is_dir():
            return 0
        request = self._folder / ".again"
        sealed = 0
        while True:
            with suppress(OSError):
                request.touch()
            with sealing_turn(self._folder) as ours:
                if not ours:
                    return sealed
                request.unlink(missing_ok=True)
                sealed += self._seal_all()
            if not request.exists():
                return sealed

    def checkpoint(self, run_id: str) -> None:
        """Seal a run as it is now, ended or not.

        Raises:
            ConflictError: another process was sealing all the time.
        """
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with sealing_turn(self._folder) as ours:
                if ours:
                    for experiment, files in self._by_experiment().items():
                        self._publish(experiment, self._ready(experiment, files, run_id))
                    return
            time.sleep(0.01)
        raise ConflictError("another process seals and does not end", hint="run: git exp doctor")

    def _seal_all(self) -> int:
        sweep(self._folder)
        count = 0
        failed: RepositoryError | None = None
        for experiment, files in self._by_experiment().items():
            try:
                count += self._seal_experiment(experiment, files)
            except RepositoryError as error:  # one that is damaged must not stop the others
                failed = error
        if failed is not None:
            raise failed
        return count

    def _seal_experiment(self, experiment: str, files: Sequence[JournalFile]) -> int:
        count = 0
        for file in files:
            if file.header.get("trials"):
                dead = life_of(file.path, file.owner, self._now) == "dead"
                done = dead or is_closed(file.path)
                count += seal_trials(self._session, self._publisher, file)
                if done:
                    _remove(file.path)
        runs = self._ready(experiment, files, None)
        for start in range(0, len(runs), _GROUP):
            self._publish(experiment, runs[start : start + _GROUP])
        return count + len(runs)

    def _by_experiment(self) -> dict[str, list[JournalFile]]:
        found: dict[str, list[JournalFile]] = {}
        for file in read_journals(self._folder):
            if isinstance(file.header.get("experiment"), str):
                found.setdefault(file.header["experiment"], []).append(file)
        return found

    def _ready(
        self, experiment: str, files: Sequence[JournalFile], only: str | None
    ) -> list[Pending]:
        by_run: dict[str, list[JournalFile]] = {}
        for file in files:
            if isinstance(file.header.get("run"), str):
                by_run.setdefault(file.header["run"], []).append(file)
        found: list[Pending] = []
        for run_id, group in by_run.items():
            if only is None or only == run_id:
                pending = self._pending(experiment, run_id, group, forced=only is not None)
                if pending is not None:
                    found.append(pending)
        return sorted(found, key=lambda pending: (pending.state.started, pending.state.run_id))

    def _pending(
        self, experiment: str, run_id: str, files: list[JournalFile], *, forced: bool
    ) -> Pending | None:
        files = sorted(files, key=lambda file: file.header.get("role") != "main")
        if files[0].header.get("role") != "main":
            return None  # a helper that began to log when its run was sealed already
        lives = [life_of(file.path, file.owner, self._now) for file in files]
        closed = [is_closed(file.path) for file in files]
        if not forced and not all(
            life == "dead" or done for life, done in zip(lives, closed, strict=True)
        ):
            return None
        state = read_state(run_id, experiment, files)
        return Pending(files, state, dead=lives[0] == "dead")

    def _now(self) -> float:
        return clock_of(self._folder)

    def _publish(self, name: str, group: Sequence[Pending]) -> None:
        if not group:
            return
        spool = self._folder / f".spool.{os.urandom(4).hex()}"
        try:
            self._publisher.transact(lambda: self._commit(name, group, spool))
        finally:
            shutil.rmtree(spool, ignore_errors=True)
        for pending in group:
            if pending.state.status != RUNNING or pending.dead:
                for file in pending.files:
                    _remove(file.path)

    def _commit(self, name: str, group: Sequence[Pending], spool: Path) -> list[RefCommit]:
        ref = experiment_ref(name)
        view = self._session.view(ref)
        self._find_places(view, group)
        number = max((pending.state.number or 0) + 1 for pending in group)
        runs = list(run_edits(self._session, view, group, spool))
        if not runs and view.commit is not None:
            return []
        edits = [*experiment_edits(self._session, view, name, number), *runs]
        return [RefCommit(ref, view.commit, edits, _message(name, group))]

    def _find_places(self, view: TreeView, group: Sequence[Pending]) -> None:
        """A place once written down is kept: a crash may have come between it and now."""
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        places: Places | None = None
        for pending in group:
            path = place_file(pending.main.path)
            with suppress(OSError, ValueError):
                pending.place = str(json.loads(path.read_text(encoding="utf-8"))["place"])
                continue
            if places is None:
                places = Places.after(view, day, clone_id(self._session.repository.private_dir))
            pending.place = places.take(pending.state.run_id)
            write_down(path, {"place": pending.place})


def _remove(journal: Path) -> None:
    """The journal first: a place without a journal is swept away, a journal without its place
    would be sealed to another one."""
    journal.unlink(missing_ok=True)
    place_file(journal).unlink(missing_ok=True)


def _message(name: str, group: Sequence[Pending]) -> str:
    runs = "1 run" if len(group) == 1 else f"{len(group)} runs"
    return f"Seal {runs} of {name}\n\n" + "\n".join(p.state.run_id for p in group[:100])
