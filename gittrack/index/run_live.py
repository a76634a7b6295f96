"""What journals say goes into the index: from where it was read to the last time, and no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gittrack.index.run_ingest import RunIngest
from gittrack.index.run_staleness import Stamp, stamps
from gittrack.journal.reader import JournalFile, read_events, read_header
from gittrack.runs.events import RunState
from gittrack.runs.states import dump_state, load_state
from gittrack.runs.trials import trial_run
from gittrack.store.journals import journal_folder, read_state
from gittrack.store.session import Session
from gittrack.store.trial_sealing import TrialProgress


@dataclass(frozen=True, slots=True)
class _Known:
    """A journal as the index knows it: its stamp, its run, how far it was read, to what state."""

    stamp: Stamp
    run_id: str | None
    end: int
    state: str | None


class LiveIngest:
    """Brings the index up to date with the journals."""

    def __init__(self, connection: sqlite3.Connection, session: Session, ingest: RunIngest) -> None:
        self._db = connection
        self._ingest = ingest
        self._folder = journal_folder(session)
        self._known: dict[str, _Known] = {
            name: _Known((inode, size), run_id, end, state)
            for name, inode, size, run_id, end, state in connection.execute(
                "SELECT name, inode, size, run_id, end, state FROM journal"
            )
        }

    def refresh(self) -> tuple[set[str], list[str]]:
        """Take in what was logged; returns the ids of the runs that have a journal, and the
        places of sealed runs whose journal has gone, which are to be read again."""
        present = stamps(self._folder)
        changed = {n: s for n, s in present.items() if self._stamp(n) != s}
        gone = self._known.keys() - present.keys()
        runs: dict[str, dict[str, Stamp]] = {}
        for name, stamp in changed.items():
            file = read_header(self._folder / name)
            if file is None:
                continue
            if file.header.get("trials"):
                self._trials(file, stamp)
            elif isinstance(file.header.get("run"), str):
                runs.setdefault(file.header["run"], {})[name] = stamp
        for run_id, names in runs.items():
            with suppress(FileNotFoundError):  # sealed at this very moment
                self._run(run_id, names, present)
        again = [place for name in gone for place in self._forget(name)]
        live = {
            run_id
            for (run_id,) in self._db.execute("SELECT run_id FROM journal")
            if run_id is not None
        }
        return live, again

    def _stamp(self, name: str) -> Stamp | None:
        known = self._known.get(name)
        return None if known is None else known.stamp

    def _run(self, run_id: str, changed: Mapping[str, Stamp], present: Mapping[str, Stamp]) -> None:
        files = [
            file
            for name in present
            if name.startswith(f"{run_id}.")
            and (file := read_header(self._folder / name)) is not None
        ]
        files.sort(key=lambda file: file.header.get("role") != "main")
        if not files or files[0].header.get("role") != "main":
            return  # without the main one there is no run to show yet
        main = files[0]
        if len(files) == 1:
            state, end = self._folded(main, changed[main.path.name])
            text: str | None = dump_state(state)
        else:
            state, end = read_state(run_id, main.header["experiment"], files), 0
            text = None
        place = self._db.execute("SELECT place FROM run WHERE id = ?", (run_id,)).fetchone()
        self._ingest.add(
            state.run(), place=None if place is None else place[0], journal=main.path.name
        )
        for file in files:
            name = file.path.name
            stamp = changed.get(name) or present[name]
            self._note(name, stamp, run_id, end, text if file is main else None)

    def _folded(self, file: JournalFile, stamp: Stamp) -> tuple[RunState, int]:
        """The run as its one journal says, read on from where it was read to."""
        known = self._known.get(file.path.name)
        state, start = RunState(file.header["run"], file.header["experiment"]), file.end
        if known is not None and known.state and known.stamp[0] == stamp[0]:
            with suppress(ValueError, KeyError, TypeError):
                state, start = load_state(known.state), known.end
        end = start
        for event, behind in read_events(file.path, start):
            state.fold((event,))
            end = behind
        return state, end

    def _trials(self, file: JournalFile, stamp: Stamp) -> None:
        name = file.path.name
        known = self._known.get(name)
        start = TrialProgress.read(file).done
        if known is not None and known.stamp[0] == stamp[0]:
            start = max(start, known.end)
        end = start
        with suppress(FileNotFoundError):
            for event, behind in read_events(file.path, start):
                if event[0] == "trial":
                    self._ingest.add(trial_run(file.header["experiment"], event[1]), journal=name)
                end = behind
        self._note(name, stamp, None, end, None)

    def _note(
        self, name: str, stamp: Stamp, run_id: str | None, end: int, state: str | None
    ) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?)",
            (name, *stamp, run_id, end, state),
        )

    def _forget(self, name: str) -> Iterator[str]:
        """Drop a journal that has gone; what was only there is sealed, or was never to be."""
        self._ingest.write()
        self._db.execute("DELETE FROM journal WHERE name = ?", (name,))
        rows: Sequence[tuple[str, str | None, str, str]] = self._db.execute(
            "SELECT r.id, r.place, r.status, e.ref FROM run r JOIN experiment e"
            " ON e.n = r.experiment WHERE r.journal = ?",
            (name,),
        ).fetchall()
        for run_id, place, status, ref in rows:
            if place is None:
                self._ingest.remove(run_id)
            elif status == "RUNNING":
                yield f"{ref}:{place}"
        self._db.execute("UPDATE run SET journal = NULL WHERE journal = ?", (name,))
