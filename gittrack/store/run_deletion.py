"""Runs deleted and brought back: nothing leaves the history of an experiment's ref."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from gittrack.errors import AmbiguousError, NotFoundError
from gittrack.git.history import LogEntry, list_files, log
from gittrack.git.importer import Edit, Link, Put, Remove
from gittrack.git.refs import read_refs
from gittrack.store.experiment_deletion import is_deleted
from gittrack.store.experiments import (
    EXPERIMENTS,
    RECORD,
    Experiment,
    encode_experiment,
    read_experiment,
    run_of_path,
)
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.runs import SealedRun
from gittrack.store.session import Session, TreeView

_TRAILER = "Deleted-Run: "


@dataclass(frozen=True, slots=True)
class Deletion:
    """A run that was deleted: its ref, where it lay in the last commit that had it, and who
    (`Name <mail>`) took it away when (seconds, UTC)."""

    ref: str
    was: SealedRun
    author: str
    time: int


def delete_runs(session: Session, publisher: Publisher, places: Sequence[SealedRun]) -> None:
    """Take runs out of their experiments; `restore_run` brings each back."""

    def build() -> Sequence[RefCommit]:
        commits = []
        for ref in sorted({place.ref for place in places}):
            here = [place for place in places if place.ref == ref]
            view = session.view(ref)
            runs = "1 run" if len(here) == 1 else f"{len(here)} runs"
            told = "\n".join(f"{_TRAILER}{place.run_id}" for place in here)
            edits = [Remove(place.place) for place in here]
            commits.append(RefCommit(ref, view.commit, edits, f"Delete {runs}\n\n{told}"))
        return commits

    publisher.transact(build)


def list_deletions(session: Session, present: Container[str]) -> list[Deletion]:
    """The runs that were deleted, the latest deletion first, each once as it was last.

    `present` are the ids of the runs that are there: they were brought back.
    """
    refs = sorted(read_refs(session.repository, EXPERIMENTS))
    if not refs:
        return []
    found: dict[str, Deletion] = {}
    # With the branches of merges, too: another clone's deletion came by one.
    for entry in log(session.repository, refs, grep=(f"^{_TRAILER}",), first_parent=False):
        for run in _taken_away(entry):
            if run.run_id not in present:
                found.setdefault(run.run_id, Deletion(entry.start, run, entry.author, entry.time))
    return sorted(found.values(), key=lambda deletion: deletion.time, reverse=True)


def find_deletion(deletions: Sequence[Deletion], prefix: str) -> Deletion:
    """The deleted run whose id starts so.

    Raises:
        NotFoundError: none was deleted, or it was restored since.
        AmbiguousError: several ids start so.
    """
    found = [deletion for deletion in deletions if deletion.was.run_id.startswith(prefix)]
    if len(found) > 1:
        raise AmbiguousError(
            f"{prefix!r} is the start of {len(found)} deleted runs",
            candidates=sorted(deletion.was.run_id for deletion in found)[:20],
            hint="write more digits",
        )
    if not found:
        raise NotFoundError(
            f"no deleted run is called {prefix!r}", hint="see them: git exp runs list --deleted"
        )
    return found[0]


def _numbers(view: TreeView, before: Experiment | None) -> list[Edit]:
    """An experiment that began anew since then counts on from what it had reached."""
    now = read_experiment(view)
    if now is None or before is None or now.next_number >= before.next_number:
        return []
    return [Put(RECORD, encode_experiment(replace(now, next_number=before.next_number)))]


def restore_run(session: Session, publisher: Publisher, deletion: Deletion) -> None:
    """Bring a deleted run back, with all its files, to where it was.

    Raises:
        NotFoundError: its experiment was deleted, too.
    """
    was = deletion.was
    files = list(list_files(session.repository, was.ref, f"{was.place}/"))
    message = f"Restore 1 run\n\nRestored-Run: {was.run_id}"
    before = read_experiment(TreeView(session.reader, session.reader.get(was.ref).id))

    def build() -> Sequence[RefCommit]:
        view = session.view(deletion.ref)
        if view.entry(f"{was.place}/run.yaml") is not None:
            return []
        if is_deleted(view):
            name = deletion.ref.removeprefix(EXPERIMENTS)
            raise NotFoundError(
                f"the experiment {name} was deleted, too",
                hint=f"bring it back first: git exp experiments restore {name}",
            )
        edits: list[Edit] = [Link(file.path, file.blob) for file in files if file.blob is not None]
        edits += _numbers(view, before)
        return [RefCommit(deletion.ref, view.commit, edits, message)]

    publisher.transact(build)


def _taken_away(entry: LogEntry) -> list[SealedRun]:
    """The runs whose records a commit removed, in the commit before it."""
    gone = [run_of_path(change.path) for change in entry.changes if change.blob is None]
    return [SealedRun(f"{entry.commit}^", *run) for run in gone if run is not None]
