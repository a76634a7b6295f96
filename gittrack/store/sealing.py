"""Sealing: finished journals become one commit on each experiment's ref, as a group.

Whoever gets the lock seals for every process of the machine. Where a run goes is written down
(`<journal>.place`) before it is published, so that doing it again after a crash writes the same
files to the same place. A journal is removed when its run is published, not before; one whose
writer may live after all is put aside.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gittrack.errors import ConflictError, RepositoryError
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import JournalFile, read_journals
from gittrack.runs.model import RUNNING
from gittrack.store.aside import has_journals, is_certain, put_aside, take_up
from gittrack.store.experiments import Places, clone_id, experiment_ref
from gittrack.store.journals import (
    is_closed,
    journal_folder,
    place_file,
    read_mark,
    read_state,
    sealing_turn,
    sweep,
    write_down,
)
from gittrack.store.late import add_late
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.refusal import refused
from gittrack.store.resealing import Pending
from gittrack.store.run_files import run_edits
from gittrack.store.session import Session, TreeView
from gittrack.store.study_log import remove_if_spent
from gittrack.store.trial_sealing import experiment_edits, seal_trials
from gittrack.store.waiting import WaitingContents

_GROUP = 2000  # runs in one commit
_PATIENCE = 60.0  # seconds that a checkpoint waits for another process that seals


class Sealer:
    """Seals what can be sealed; one for each session."""

    def __init__(self, session: Session, publisher: Publisher) -> None:
        self._session = session
        self._publisher = publisher
        self._folder = journal_folder(session)
        self._waiting = WaitingContents(session)
        self._back: frozenset[str] = frozenset()

    def seal(self) -> int:
        """Seal the runs that have ended, here or in dead processes; returns how many.

        Nobody waits: where another process seals at this moment, it is told to look again when
        it is done.

        Raises:
            RepositoryError: an experiment could not be sealed; the others were, and its journals
                are kept.
        """
        if not has_journals(self._folder) or not os.access(self._folder, os.W_OK):
            return 0  # one who may only read leaves it to those who may write
        with refused("what has ended cannot be sealed"):
            return self._seal()

    def _seal(self) -> int:
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

    def is_settled(self) -> bool:
        """Whether nobody seals at this moment, and nobody is yet to look again."""
        if not has_journals(self._folder) or not os.access(self._folder, os.W_OK):
            return True
        with sealing_turn(self._folder) as ours:
            return ours and not (self._folder / ".again").exists()

    def checkpoint(self, run_id: str) -> None:
        """Seal a run as it is now, ended or not.

        Raises:
            ConflictError: another process was sealing all the time.
        """
        self._seal_one(run_id, forced=True)

    def settle(self, run_id: str) -> None:
        """Seal a run if it has ended; waits for whoever seals at this moment.

        Raises:
            ConflictError: another process was sealing all the time.
        """
        self._seal_one(run_id, forced=False)

    def _seal_one(self, run_id: str, *, forced: bool) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with refused(f"the run {run_id} cannot be sealed"), sealing_turn(self._folder) as ours:
                if ours:
                    for experiment, files in self._by_experiment(f"{run_id}.").items():
                        self._publish(experiment, self._ready(experiment, files, forced=forced))
                    return
            time.sleep(0.01)
        raise ConflictError("another process seals and does not end", hint="run: git exp doctor")

    def _seal_all(self) -> int:
        sweep(self._folder)
        self._back = take_up(self._folder)
        count = 0
        failed: Exception | None = None
        for experiment, files in self._by_experiment().items():
            try:
                count += self._seal_experiment(experiment, files)
            # One that is damaged must not stop the others.
            except (RepositoryError, OSError) as error:
                failed = error
        if failed is not None:
            raise failed
        return count

    def _seal_experiment(self, experiment: str, files: Sequence[JournalFile]) -> int:
        count = 0
        for file in files:
            if file.header.get("trials"):
                count += self._seal_trials(file)
        runs = self._ready(experiment, files)
        for start in range(0, len(runs), _GROUP):
            self._publish(experiment, runs[start : start + _GROUP])
        for late in self._late(files):
            count += self._add_late(experiment, late)
        return count + len(runs)

    def _seal_trials(self, file: JournalFile) -> int:
        size = file.path.stat().st_size
        done = self._is_done(file)
        count = seal_trials(self._session, self._publisher, file)
        if done and "study" in file.header:
            remove_if_spent(self._session, file)  # it may have unfinished trials, too
        elif done:
            self._retire([file], [size], certain=self._is_certain([file]))
        return count

    def _is_done(self, file: JournalFile) -> bool:
        return is_closed(file.path) or life_of(file.path, file.owner, self._now) == "dead"

    def _late(self, files: Sequence[JournalFile]) -> list[list[JournalFile]]:
        """Journals of helpers that ended after their run was sealed and its own journal went."""
        return [
            group
            for group in _by_run(files).values()
            if group[0].header.get("role") != "main" and all(map(self._is_done, group))
        ]

    def _add_late(self, experiment: str, files: list[JournalFile]) -> int:
        sizes = [file.path.stat().st_size for file in files]
        certain = self._is_certain(files)
        added = add_late(self._session, self._publisher, experiment_ref(experiment), files)
        if added is None:
            return 0  # its run is not here: it was deleted, and may come back
        self._retire(files, sizes, certain=certain)
        self._waiting.free(dict.fromkeys(added.contents, added.last))
        return 1

    def _by_experiment(self, prefix: str = "") -> dict[str, list[JournalFile]]:
        found: dict[str, list[JournalFile]] = {}
        for file in read_journals(self._folder, prefix):
            if isinstance(file.header.get("experiment"), str):
                found.setdefault(file.header["experiment"], []).append(file)
        return found

    def _ready(
        self, experiment: str, files: Sequence[JournalFile], *, forced: bool = False
    ) -> list[Pending]:
        found: list[Pending] = []
        for run_id, group in _by_run(files).items():
            # One that was taken for dead and is not: its record says so from now on.
            at_once = forced or run_id in self._back
            pending = self._pending(experiment, run_id, group, forced=at_once)
            if pending is None:
                continue
            if pending.state.last or at_once:
                found.append(pending)
            else:  # its process died before `start_run` returned
                self._retire(group, pending.sizes, certain=self._is_certain(group))
        return sorted(found, key=lambda pending: (pending.state.started, pending.state.run_id))

    def _pending(
        self, experiment: str, run_id: str, files: list[JournalFile], *, forced: bool
    ) -> Pending | None:
        if files[0].header.get("role") != "main":
            return None  # a helper that began to log when its run was sealed already: see _late
        sizes = [file.path.stat().st_size for file in files]
        lives = [life_of(file.path, file.owner, self._now) for file in files]
        closed = [is_closed(file.path) for file in files]
        if not forced and not all(
            life == "dead" or done for life, done in zip(lives, closed, strict=True)
        ):
            return None
        state = read_state(run_id, experiment, files)
        return Pending(files, state, lives[0] == "dead", sizes)

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
        contents: dict[str, int] = {}
        for pending in group:
            if pending.state.status == RUNNING and not pending.dead:
                write_down(place_file(pending.main.path), pending.mark())
                continue
            certain = self._is_certain(pending.files)
            self._retire(pending.files, pending.sizes, pending.mark(), certain=certain)
            for one in pending.state.artifacts.values():
                contents[one.sha256] = max(pending.state.last, contents.get(one.sha256, 0))
        self._waiting.free(contents)

    def _is_certain(self, files: Sequence[JournalFile]) -> bool:
        return all(is_certain(file.path, file.owner) for file in files)

    def _retire(
        self,
        files: Sequence[JournalFile],
        sizes: Sequence[int],
        mark: Mapping[str, Any] | None = None,
        *,
        certain: bool,
    ) -> None:
        """Take journals away whose runs are published, or aside, where more may come."""
        for file, size in zip(files, sizes, strict=True):
            if certain:
                _remove(file.path)
            else:
                put_aside(file.path, size, read_mark(file.path) if mark is None else mark)

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
            if pending.place:
                continue
            mark = read_mark(pending.main.path)
            if isinstance(mark.get("place"), str):
                pending.place, pending.known = mark["place"], True
                pending.record, pending.own = mark.get("record"), mark.get("own")
                continue
            if places is None:
                places = Places.after(view, day, clone_id(self._session.repository.private_dir))
            pending.place = places.take(pending.state.run_id)
            write_down(place_file(pending.main.path), {"place": pending.place})


def _by_run(files: Sequence[JournalFile]) -> dict[str, list[JournalFile]]:
    """Journals by the id of their run, the main one first."""
    found: dict[str, list[JournalFile]] = {}
    for file in files:
        if isinstance(file.header.get("run"), str):
            found.setdefault(file.header["run"], []).append(file)
    for group in found.values():
        group.sort(key=lambda file: file.header.get("role") != "main")
    return found


def _remove(journal: Path) -> None:
    """The journal first: a place without a journal is swept away, a journal without its place
    would be sealed to another one."""
    journal.unlink(missing_ok=True)
    place_file(journal).unlink(missing_ok=True)


def _message(name: str, group: Sequence[Pending]) -> str:
    runs = "1 run" if len(group) == 1 else f"{len(group)} runs"
    return f"Seal {runs} of {name}"
