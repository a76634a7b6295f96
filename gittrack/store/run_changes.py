"""Changes to what is sealed already: experiments' descriptions, runs' tags and notes, deletion.

Each is a commit on the experiment's ref that says what was done; nothing leaves its history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gittrack.canonical import emit, read
from gittrack.dates import format_time
from gittrack.errors import AmbiguousError, DataError, NotFoundError
from gittrack.git.history import list_files, log
from gittrack.git.importer import Edit, Link, Put, Remove
from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.store.experiments import (
    EXPERIMENTS,
    RECORD,
    RUNS,
    Experiment,
    encode_experiment,
    experiment_ref,
    read_experiment,
    run_of_path,
)
from gittrack.store.layout import FORMAT_BYTES, FORMAT_PATH
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.runs import SealedRun
from gittrack.store.session import Session

_DELETED = re.compile(r"^Deleted-Run: (\S+)$", re.MULTILINE)
_RESTORED = re.compile(r"^Restored-Run: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A deleted run: its ref, its directory, and the last commit that had it."""

    ref: str
    place: str
    run_id: str
    commit: ObjectId


def change_experiment(
    session: Session,
    publisher: Publisher,
    name: str,
    change: Callable[[Experiment], Experiment],
    message: str,
) -> Experiment:
    """Change what is known about an experiment; one that does not exist is created.

    Raises:
        ConflictError: others changed it again and again.
    """
    changed: list[Experiment] = []

    def build() -> Sequence[RefCommit]:
        ref = experiment_ref(name)
        view = session.view(ref)
        known = read_experiment(view)
        new = change(known or Experiment(name, format_time(session.now())))
        changed[:] = [new]
        if new == known:
            return []
        edits: list[Edit] = [] if known else [Put(FORMAT_PATH, FORMAT_BYTES)]
        edits.append(Put(RECORD, encode_experiment(new)))
        return [RefCommit(ref, view.commit, edits, message)]

    publisher.transact(build)
    return changed[0]


def change_run(
    session: Session,
    publisher: Publisher,
    place: SealedRun,
    change: Callable[[dict[Any, Any]], None],
    message: str,
) -> None:
    """Change a sealed run's record.

    Raises:
        NotFoundError: it was deleted meanwhile.
        DataError: its record is damaged.
    """

    def build() -> Sequence[RefCommit]:
        view = session.view(place.ref)
        path = f"{place.place}/run.yaml"
        data = view.blob(path)
        if data is None:
            raise NotFoundError(f"the run {place.run_id} is not there any more")
        record: Any = read(data)
        if not isinstance(record, dict):
            raise DataError(f"the run {place.run_id} is damaged: its record is no mapping")
        change(record)
        new = emit({key: value for key, value in record.items() if value not in ("", [], {})})
        if new == data:
            return []
        return [RefCommit(place.ref, view.commit, [Put(path, new)], message)]

    publisher.transact(build)


def delete_runs(session: Session, publisher: Publisher, places: Sequence[SealedRun]) -> None:
    """Take runs out of their experiments; `restore_run` brings each back."""

    def build() -> Sequence[RefCommit]:
        commits = []
        for ref in sorted({place.ref for place in places}):
            here = [place for place in places if place.ref == ref]
            view = session.view(ref)
            runs = "1 run" if len(here) == 1 else f"{len(here)} runs"
            told = "\n".join(f"Deleted-Run: {place.run_id}" for place in here)
            edits = [Remove(place.place) for place in here]
            commits.append(RefCommit(ref, view.commit, edits, f"Delete {runs}\n\n{told}"))
        return commits

    publisher.transact(build)


def find_deleted(session: Session, prefix: str) -> DeletedRun:
    """The deleted run whose id starts so, as it was last.

    Raises:
        NotFoundError: none was deleted, or it was restored since.
        AmbiguousError: several ids start so.
    """
    found: dict[str, tuple[str, ObjectId]] = {}
    back: set[str] = set()
    for ref in sorted(read_refs(session.repository, EXPERIMENTS)):
        for entry in log(session.repository, [ref], changes=False):  # newest first
            back |= {i for i in _RESTORED.findall(entry.message) if i not in found}
            for run_id in _DELETED.findall(entry.message):
                if run_id.startswith(prefix) and run_id not in back:
                    found.setdefault(run_id, (ref, entry.commit))
    if len(found) > 1:
        raise AmbiguousError(
            f"{prefix!r} is the start of {len(found)} deleted runs", candidates=sorted(found)[:20]
        )
    for run_id, (ref, commit) in found.items():
        return _as_it_was(session, ref, run_id, commit)
    raise NotFoundError(f"no deleted run is called {prefix!r}")


def restore_run(session: Session, publisher: Publisher, deleted: DeletedRun) -> None:
    """Bring a deleted run back, with all its files, to where it was."""
    files = list(list_files(session.repository, deleted.commit, f"{deleted.place}/"))
    message = f"Restore 1 run\n\nRestored-Run: {deleted.run_id}"

    def build() -> Sequence[RefCommit]:
        view = session.view(deleted.ref)
        if view.entry(f"{deleted.place}/run.yaml") is not None:
            return []
        edits = [Link(file.path, file.blob) for file in files if file.blob is not None]
        return [RefCommit(deleted.ref, view.commit, edits, message)]

    publisher.transact(build)


def _as_it_was(session: Session, ref: str, run_id: str, deletion: ObjectId) -> DeletedRun:
    parent = session.reader.get(f"{deletion}^").id
    for file in list_files(session.repository, parent, f"{RUNS}/"):
        found = run_of_path(file.path)
        if found is not None and found[1] == run_id:
            return DeletedRun(ref, found[0], run_id, parent)
    raise DataError(f"the run {run_id} is not in the commit before its deletion")
