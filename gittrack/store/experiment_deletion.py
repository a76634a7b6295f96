"""Deleting whole experiments and bringing them back: a deletion is one more commit.

    refs/exptrack/experiments/<slug>
        .exptrack/format
        deletions/<commit>.yaml

After a deletion an experiment's tree holds neither `experiment.yaml` nor `runs/`, so that nothing
of it is listed. `deletions/` names each last commit that had them. Two clones that delete the same
state write the same file, so that merging deletions is a union; what one clone records meanwhile
is an experiment that began anew.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gittrack.canonical import emit, read
from gittrack.errors import ConflictError, DataError, NotCanonicalError, NotFoundError, UsageError
from gittrack.git.history import list_files
from gittrack.git.importer import Edit, Link, Put, Remove
from gittrack.ids import ObjectId
from gittrack.journal.owner import clock_of, life_of
from gittrack.journal.reader import read_journals
from gittrack.slug import slug
from gittrack.store.experiments import (
    RECORD,
    RUNS,
    Experiment,
    decode_experiment,
    encode_experiment,
    experiment_ref,
    read_experiment,
    run_of_path,
)
from gittrack.store.journals import is_closed, journal_folder, sealing_turn
from gittrack.store.layout import FORMAT_BYTES, FORMAT_PATH
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.sealing import Sealer
from gittrack.store.session import Session, TreeView

DELETIONS = "deletions"
"""The folder that names what was deleted, and not brought back."""

_FILE = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\.yaml")
_PATIENCE = 60.0  # seconds that a deletion waits for another process that seals


@dataclass(frozen=True, slots=True)
class DeletedExperiment:
    """An experiment as it was before a deletion: its name, that commit, how many runs it had.

    `number` counts the deletions of one name.
    """

    name: str
    commit: ObjectId
    runs: int
    number: int = 1

    @property
    def path(self) -> str:
        """The file that tells of it."""
        return f"{DELETIONS}/{self.commit}.yaml"

    def encode(self) -> bytes:
        """The bytes of that file; the same ones, whoever deletes that state."""
        return emit({"name": self.name, "number": self.number, "runs": self.runs})


def delete_experiment(
    session: Session, publisher: Publisher, sealer: Sealer, name: str
) -> DeletedExperiment:
    """Take an experiment with all its runs out of every listing; its ref keeps the history.

    What waits to be sealed is sealed first, so that it can be brought back with the rest.

    Raises:
        NotFoundError: there is no experiment of that name or id.
        UsageError: a run of it is live.
        ConflictError: another process sealed, or recorded, all the time.
    """
    folder = journal_folder(session)
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _PATIENCE
    before: set[Path] = set()
    while time.monotonic() < deadline:
        sealer.seal()
        with sealing_turn(folder) as alone:
            waiting = _waiting(session, name) if alone else set()
            if alone and waiting <= before:  # what two seals left cannot be sealed
                return _delete(session, publisher, name)
            before = waiting
        time.sleep(0.01)
    raise ConflictError("another process seals and does not end", hint="run: git exp doctor")


def restore_experiment(session: Session, publisher: Publisher, name: str) -> Experiment:
    """Bring back what the last deletion of an experiment took away, with all its runs.

    Where an experiment of that name began anew, its runs stay, and what is said of it counts.

    Raises:
        NotFoundError: none of that name or id was deleted, or all is back.
        DataError: the commit that had it is missing.
    """
    restored: list[Experiment] = []

    def build() -> list[RefCommit]:
        view = session.view(experiment_ref(name))
        found = list(deletions(view))
        if not found:
            raise NotFoundError(
                f"no experiment {name!r} was deleted", hint="see all: git exp experiments list"
            )
        last = max(found, key=lambda one: (one.number, one.commit))
        record = _record_before(session, last)
        merged = _merged(record, read_experiment(view))
        restored[:] = [merged]
        edits: list[Edit] = [Remove(last.path), *_runs_before(session, last)]
        edits.append(Put(RECORD, encode_experiment(merged)))
        message = f"Restore the experiment {record.name}"
        return [RefCommit(experiment_ref(name), view.commit, edits, message)]

    publisher.transact(build)
    return restored[0]


def deletions(view: TreeView) -> Iterator[DeletedExperiment]:
    """What an experiment's tree says was deleted, and not brought back.

    Raises:
        DataError: a file there is damaged.
    """
    for file in view.folder(DELETIONS):
        match = _FILE.fullmatch(file)
        data = None if match is None else view.blob(f"{DELETIONS}/{file}")
        if match is not None and data is not None:
            yield _decode(ObjectId(match[1]), data)


def is_deleted(view: TreeView) -> bool:
    """Whether a ref holds nothing but deletions."""
    return view.entry(RECORD) is None and view.entry(RUNS) is None and bool(view.folder(DELETIONS))


def _waiting(session: Session, name: str) -> set[Path]:
    """The journals of what has ended and is not sealed yet.

    Raises:
        UsageError: a run, or a program that logs trials, is live.
    """
    wanted, folder = experiment_ref(name), journal_folder(session)
    waiting: set[Path] = set()
    for file in read_journals(folder):
        experiment = file.header.get("experiment")
        if not isinstance(experiment, str) or experiment_ref(experiment) != wanted:
            continue
        waiting.add(file.path)
        life = life_of(file.path, file.owner, lambda: clock_of(folder))
        if life != "dead" and not is_closed(file.path):
            what = "a program logs trials to it" if file.header.get("trials") else "a run is live"
            raise UsageError(
                f"cannot delete the experiment {experiment}: {what}",
                hint="wait for its end; see what lives: git exp runs list --status RUNNING",
            )
    return waiting


def _delete(session: Session, publisher: Publisher, name: str) -> DeletedExperiment:
    ref = experiment_ref(name)
    deleted: list[DeletedExperiment] = []

    def build() -> list[RefCommit]:
        view = session.view(ref)
        known = read_experiment(view)
        if known is None or view.commit is None:
            raise NotFoundError(
                f"there is no experiment {name!r}", hint="see them: git exp experiments list"
            )
        number = 1 + max((one.number for one in deletions(view)), default=0)
        one = DeletedExperiment(known.name, view.commit, _count(session, view.commit), number)
        deleted[:] = [one]
        edits: list[Edit] = [Put(FORMAT_PATH, FORMAT_BYTES), Put(one.path, one.encode())]
        edits += [Remove(entry) for entry in view.folder("") if entry in (RECORD, RUNS)]
        return [RefCommit(ref, view.commit, edits, f"Delete the experiment {known.name}")]

    publisher.transact(build)
    return deleted[0]


def _count(session: Session, commit: ObjectId) -> int:
    files = list_files(session.repository, commit, f"{RUNS}/")
    return sum(run_of_path(file.path) is not None for file in files)


def _record_before(session: Session, deleted: DeletedExperiment) -> Experiment:
    found = session.reader.get(f"{deleted.commit}:{RECORD}")
    record = decode_experiment(found.data)
    if slug(record.name) != slug(deleted.name):
        raise DataError(f"the commit {deleted.commit} holds the experiment {record.name!r}")
    return record


def _runs_before(session: Session, deleted: DeletedExperiment) -> Iterator[Edit]:
    for file in list_files(session.repository, deleted.commit, f"{RUNS}/"):
        if file.blob is not None:
            yield Link(file.path, file.blob)


def _merged(old: Experiment, new: Experiment | None) -> Experiment:
    """The restored record; what was said since counts more."""
    if new is None:
        return old
    return replace(
        old,
        description=new.description or old.description,
        tags={**old.tags, **new.tags},
        facts={**old.facts, **new.facts},
        summary={**old.summary, **new.summary},
        next_number=max(old.next_number, new.next_number),
    )


def _decode(commit: ObjectId, data: bytes) -> DeletedExperiment:
    try:
        found: Any = read(data)
        return DeletedExperiment(
            str(found["name"]), commit, int(found["runs"]), int(found["number"])
        )
    except (NotCanonicalError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{DELETIONS}/{commit}.yaml is damaged: {error}") from error
