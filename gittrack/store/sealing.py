"""Sealing: finished journals become one commit on each experiment's ref, as a group.

Whoever gets the lock seals for every process of the machine. Where a run goes is written down
(`<journal>.place`) before it is published, so that doing it again after a crash writes the same
files to the same place. A journal is removed when its run is published, not before.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from gittrack.artifacts.pointers import pointer_text
from gittrack.dates import format_time
from gittrack.git.importer import Edit, Link, Put, PutFile
from gittrack.git.objects import blob_id
from gittrack.ids import ObjectId
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import JournalFile, journal_files, read_events, read_header
from gittrack.journal.writer import SUFFIX
from gittrack.runs.codec import encode_run
from gittrack.runs.events import RunState
from gittrack.runs.model import RUNNING, Run, Step
from gittrack.runs.series import HEADER, line, series_paths
from gittrack.runs.trials import trial_run
from gittrack.store.experiments import (
    RECORD,
    Experiment,
    Places,
    blob_at,
    clone_id,
    encode_experiment,
    experiment_ref,
    next_numbers,
    read_experiment,
)
from gittrack.store.layout import FORMAT_BYTES, FORMAT_PATH
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.session import Session, TreeView

PLACE = ".place"
_SPOOL = 32 << 20  # characters of metrics' histories kept in memory while a run is sealed
_GROUP = 2000  # runs in one commit


def journal_folder(session: Session) -> Path:
    """Where live runs' journals lie."""
    return session.repository.private_dir / "journal"


@dataclass(slots=True)
class Pending:
    """A run that can be sealed: its journals, the main one first, and what they say."""

    files: list[JournalFile]
    state: RunState
    dead: bool
    place: str = ""

    @property
    def main(self) -> JournalFile:
        """The journal of the process that started the run."""
        return self.files[0]


class Sealer:
    """Seals what can be sealed; one for each session."""

    def __init__(self, session: Session, publisher: Publisher) -> None:
        self._session = session
        self._publisher = publisher
        self._folder = journal_folder(session)

    def seal(self, only: str | None = None) -> int:
        """Seal the runs that have ended, here or in dead processes; returns how many.

        Nobody waits: where another process seals at this moment, it is told to look again when
        it is done. With `only`, that run is sealed as it is, ended or not.
        """
        if not self._folder.is_dir():
            return 0
        request = self._folder / ".again"
        sealed = 0
        while True:
            if only is None:
                with suppress(OSError):
                    request.touch()
            with _alone(self._folder / ".sealing") as alone:
                if not alone:
                    return sealed
                request.unlink(missing_ok=True)
                sealed += self._seal_all(only)
            if only is not None or not request.exists():
                return sealed

    def _seal_all(self, only: str | None) -> int:
        self._sweep()
        count = 0
        for experiment, files in self._by_experiment().items():
            runs = self._ready(experiment, files, only)
            count += sum(self._seal_trials(f) for f in files if f.header.get("trials") and not only)
            for start in range(0, len(runs), _GROUP):
                group = runs[start : start + _GROUP]
                self._publish(experiment, group)
                count += len(group)
        return count

    def _sweep(self) -> None:
        """Take away what killed processes left half done; nobody else seals at this moment."""
        for path in self._folder.iterdir():
            if path.name.startswith(".spool."):
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".new":
                if _is_old(path):  # a new one is a journal that just begins
                    path.unlink(missing_ok=True)
            elif path.suffix == PLACE and not path.with_suffix(SUFFIX).exists():
                path.unlink(missing_ok=True)

    def _seal_trials(self, file: JournalFile) -> int:
        """Seal what a journal of trials got since the last time; its process may go on writing."""
        name = file.header["experiment"]
        mark = place_file(file.path)
        progress = TrialProgress.read(mark, file.end)
        gone = life_of(file.path, file.owner, self._now) == "dead"
        count = 0
        while True:
            taken = list(islice(read_events(file.path, progress.done), _GROUP))
            if progress.to:  # a crash came between writing down and publishing: the same ones again
                taken = [(event, end) for event, end in taken if end <= progress.to]
            facts = [event[1] for event, _ in taken if event[0] == "trial"]
            if not taken:
                break
            end = taken[-1][1]
            if facts:
                self._publish_trials(name, facts, progress.reserved(end), mark)
            progress = TrialProgress(end)
            progress.write(mark)
            count += len(facts)
        if gone or _is_closed(file.path):
            file.path.unlink(missing_ok=True)
            mark.unlink(missing_ok=True)
        return count

    def write_trials(self, name: str, facts: Sequence[dict[str, Any]]) -> None:
        """Write trials in one commit, without a journal: all of them are there, or none."""
        self._publish_trials(name, facts, TrialProgress(0), None)

    def _publish_trials(
        self,
        name: str,
        facts: Sequence[dict[str, Any]],
        progress: TrialProgress,
        mark: Path | None,
    ) -> None:
        """Where the trials go is written down before: done again after a crash, it is the same."""
        ref = experiment_ref(name)

        def build() -> list[RefCommit]:
            view = self._session.view(ref)
            if progress.places is None:
                day = datetime.now(UTC).strftime("%Y-%m-%d")
                clone = clone_id(self._session.repository.private_dir)
                progress.places = Places.after(view, day, clone)
                progress.first_number = next_numbers(self._session, name, len(facts))
                if mark is not None:
                    progress.write(mark)
            places, number = replace(progress.places), progress.first_number
            written = []
            for n, one in enumerate(facts):
                run = trial_run(name, one, number + n)
                written.append((places.take(run.run_id), encode_run(run, logged={}), one))
            first = f"{written[0][0]}/run.yaml"
            known = blob_id(written[0][1], self._session.repository.hash_name)
            if blob_at(self._session, view.commit, first) == known:
                return []  # published just before a crash
            edits = [*self._experiment_edits(view, name, number + len(facts))]
            edits += [Put(f"{place}/run.yaml", data) for place, data, _ in written]
            edits += [Put(f"{p}/config.yaml", one["params"].encode()) for p, _, one in written]
            return [RefCommit(ref, view.commit, edits, f"Seal {len(facts)} trials of {name}")]

        self._publisher.transact(build)

    def _experiment_edits(self, view: TreeView, name: str, number: int) -> Iterator[Edit]:
        experiment = read_experiment(view)
        if experiment is None:
            yield Put(FORMAT_PATH, FORMAT_BYTES)
            experiment = Experiment(name, format_time(self._session.now()))
        number = max(experiment.next_number, number)
        yield Put(RECORD, encode_experiment(replace(experiment, next_number=number)))

    def _by_experiment(self) -> dict[str, list[JournalFile]]:
        found: dict[str, list[JournalFile]] = {}
        for path in journal_files(self._folder):
            file = read_header(path)
            if file is not None and isinstance(file.header.get("experiment"), str):
                found.setdefault(file.header["experiment"], []).append(file)
        return found

    def _ready(
        self, experiment: str, files: Sequence[JournalFile], only: str | None
    ) -> list[Pending]:
        by_run: dict[str, list[JournalFile]] = {}
        for file in files:
            if isinstance(file.header.get("run"), str):
                by_run.setdefault(file.header["run"], []).append(file)
        found = []
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
        lives = [life_of(file.path, file.owner, self._now) for file in files]
        closed = [_is_closed(file.path) for file in files]
        if not forced and not all(
            life == "dead" or done for life, done in zip(lives, closed, strict=True)
        ):
            return None
        state = read_state(run_id, experiment, files)
        return Pending(files, state, dead=lives[0] == "dead")

    def _now(self) -> float:
        return clock_of(self._folder)

    def _publish(self, name: str, group: Sequence[Pending]) -> None:
        spool = self._folder / f".spool.{os.urandom(4).hex()}"
        try:
            self._publisher.transact(lambda: self._commit(name, group, spool))
        finally:
            shutil.rmtree(spool, ignore_errors=True)
        for pending in group:
            if pending.state.status != RUNNING or pending.dead:
                for file in pending.files:
                    file.path.unlink(missing_ok=True)
                place_file(pending.main.path).unlink(missing_ok=True)

    def _commit(self, name: str, group: Sequence[Pending], spool: Path) -> list[RefCommit]:
        ref = experiment_ref(name)
        view = self._session.view(ref)
        self._find_places(view, group)
        number = max((pending.state.number or 0) + 1 for pending in group)
        runs = list(self._run_edits(view, group, spool))
        if not runs and view.commit is not None:
            return []

        edits = [*self._experiment_edits(view, name, number), *runs]
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
            temporary = path.with_name(f".{path.name}")
            temporary.write_text(json.dumps({"place": pending.place}), encoding="utf-8")
            temporary.rename(path)

    def _run_edits(self, view: TreeView, group: Sequence[Pending], spool: Path) -> Iterator[Edit]:
        """The files of runs, all of one kind together: git stores what is alike as differences."""
        hash_name = self._session.repository.hash_name
        environments: dict[str, ObjectId] = {}
        written = []
        for pending in group:
            run = pending.state.run(dead=pending.dead)
            data = encode_run(run, logged=pending.state.logged(), host=pending.state.host)
            path = f"{pending.place}/run.yaml"
            if blob_at(self._session, view.commit, path) != blob_id(data, hash_name):
                yield Put(path, data)
                written.append((pending, run))
        for pending, _ in written:
            config = pending.state.config_bytes()
            if config is not None:
                yield Put(f"{pending.place}/config.yaml", config)
        for pending, _ in written:
            text = pending.state.environment
            if text is None:
                continue
            path = f"{pending.place}/environment.yaml"
            known = environments.get(text)
            if known is None:
                environments[text] = blob_id(text.encode(), hash_name)
                yield Put(path, text.encode())
            else:
                yield Link(path, known)
        for pending, run in written:
            yield from self._series(pending, run, spool)
            yield from self._artifacts(pending, run)

    def _series(self, pending: Pending, run: Run, spool: Path) -> Iterator[Edit]:
        paths = series_paths(run.summaries)
        if not paths:
            return
        series = _Series(paths, pending.state.started, spool / run.run_id)
        again = RunState(run.run_id, run.experiment_name)
        again.fold(events_of(pending.files), series.add)
        for key, content in series.files():
            path = f"{pending.place}/{paths[key]}"
            yield PutFile(path, content) if isinstance(content, Path) else Put(path, content)

    def _artifacts(self, pending: Pending, run: Run) -> Iterator[Edit]:
        """Small files themselves, large ones in Git LFS as pointers; others are only named."""
        folder = self._session.repository.private_dir / "artifacts"
        for artifact in run.artifacts:
            path, digest = f"{pending.place}/artifacts/{artifact.path}", artifact.sha256
            if artifact.store == "git":
                yield PutFile(path, folder / digest[:2] / digest[2:4] / digest)
            elif artifact.store == "lfs":
                yield Put(path, pointer_text(digest, artifact.size))


@dataclass(slots=True)
class TrialProgress:
    """How far a journal of trials is sealed, and where the next ones up to `to` go."""

    done: int
    to: int = 0
    places: Places | None = None
    first_number: int = 0

    @classmethod
    def read(cls, mark: Path, start: int) -> TrialProgress:
        """What was written down; from the start of the journal, if nothing was."""
        try:
            data = json.loads(mark.read_text(encoding="utf-8"))
            places = data.get("places")
            return cls(
                data["done"],
                data.get("to", 0),
                None if places is None else Places(**places),
                data.get("number", 0),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return cls(start)

    def reserved(self, end: int) -> TrialProgress:
        """The places for what goes up to `end`; those written down, if it is the same."""
        return self if self.to == end else TrialProgress(self.done, end)

    def write(self, mark: Path) -> None:
        """Write it down."""
        data: dict[str, Any] = {"done": self.done}
        if self.places is not None:
            data |= {"to": self.to, "places": asdict(self.places), "number": self.first_number}
        temporary = mark.with_name(f".{mark.name}")
        temporary.write_text(json.dumps(data), encoding="utf-8")
        temporary.rename(mark)


class _Series:
    """The histories of a run's metrics as CSV; long ones go to disk as they grow."""

    def __init__(self, keys: Iterable[str], started: int, spool: Path) -> None:
        self._lines: dict[str, list[str]] = {key: [] for key in keys}
        self._files = {key: spool / str(number) for number, key in enumerate(self._lines)}
        self._started = started
        self._size = 0

    def add(self, key: str, step: Step, time: int, value: float) -> None:
        """Take a point."""
        lines = self._lines.get(key)
        if lines is not None:
            text = line(step, max(0, time - self._started), value)
            lines.append(text)
            self._size += len(text)
            if self._size > _SPOOL:
                self._spill()

    def files(self) -> Iterator[tuple[str, bytes | Path]]:
        """Each history as bytes, or as the file that holds it."""
        for key, path in self._files.items():
            if path.exists():
                self._spill()
                yield key, path
            else:
                yield key, HEADER + "".join(self._lines[key]).encode()

    def _spill(self) -> None:
        for key, lines in self._lines.items():
            if lines:
                path = self._files[key]
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("ab") as file:
                    if file.tell() == 0:
                        file.write(HEADER)
                    file.write("".join(lines).encode())
                lines.clear()
        self._size = 0


def read_state(run_id: str, experiment: str, files: Sequence[JournalFile]) -> RunState:
    """A run as its journals say."""
    return RunState(run_id, experiment).fold(events_of(files))


def events_of(files: Sequence[JournalFile]) -> Iterator[list[Any]]:
    """The events of a run's journals: those of the main one, then those of its helpers."""
    main, *helpers = files
    events = (event for event, _ in read_events(main.path, main.end))
    if not helpers:
        yield from events
        return
    last: list[list[Any]] = []
    for event in events:
        if event[0] == "end":
            last.append(event)
        else:
            yield event
    for helper in helpers:
        yield from (event for event, _ in read_events(helper.path, helper.end))
    yield from last


def _is_closed(path: Path) -> bool:
    """Whether a journal's last record says that nothing more comes."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 256))
            tail = file.read()
    except OSError:
        return False
    last = tail[:-1].rpartition(b"\n")[2][9:]
    return tail.endswith(b"\n") and last.startswith((b'["end",', b'["close",'))


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > 3600
    except OSError:
        return False


def place_file(path: Path) -> Path:
    """Where it is written down how far a journal is sealed, and to what place."""
    return path.with_suffix(PLACE)


def _message(name: str, group: Sequence[Pending]) -> str:
    runs = "1 run" if len(group) == 1 else f"{len(group)} runs"
    return f"Seal {runs} of {name}\n\n" + "\n".join(p.state.run_id for p in group[:100])


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone = True
    except BlockingIOError:
        alone = False
    except OSError:
        alone = True  # no locks here: places that are written down make twice the same as once
    try:
        yield alone
    finally:
        os.close(descriptor)
