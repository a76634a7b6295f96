"""What a check looks at: a place, and the base that it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gittrack.errors import UsageError
from gittrack.git.listing import Difference, find_commit, is_shallow, merge_base
from gittrack.ids import ObjectId
from gittrack.store.layout import HEAD, ROOT
from gittrack.store.session import Session
from gittrack.store.snapshots import (
    CommitSnapshot,
    Entry,
    IndexSnapshot,
    Snapshot,
    branch_plane,
    check_snapshot_format,
)

OBJECTS = f"{ROOT}/objects"
RECORDS = f"{ROOT}/meta"
SCHEMAS = f"{ROOT}/schema"


@dataclass(frozen=True)
class Scope:
    """A place, and perhaps the commit that it is held against.

    With a base, configs and records that did not change since then are taken as checked.
    """

    session: Session
    snapshot: Snapshot
    base: ObjectId | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def differences(self) -> dict[str, Difference]:
        """What differs, or may differ, from the base below `.exptrack/`, by path."""
        if self.base is None:
            return {}
        return {found.path: found for found in self.snapshot.differences(self.base, ROOT)}

    def changed(self, folder: str) -> list[Difference]:
        """What differs from the base below a folder."""
        return [d for path, d in self.differences.items() if path.startswith(f"{folder}/")]

    def to_check(self, folder: str) -> list[Entry]:
        """What must be checked below a folder: all, or what is not as in the base."""
        if self.base is None:
            return self.snapshot.below(folder)
        paths = sorted(d.path for d in self.changed(folder) if d.present)
        return list(self.snapshot.at(paths).values())


def open_scope(session: Session, at: str | None, staged: bool, base: str | None) -> Scope:
    """The place that is meant: a commit, the index, or the work tree (HEAD, where none is).

    A base stands for the commit at which the two histories parted, so that what the base got
    since then is not missed here; where no such commit is known, for itself.

    Raises:
        UsageError: both a commit and the index were asked for, or there is no index.
        NotFoundError: a revision names no commit.
        RepositoryError: a commit is not in this shallow clone, or the format is unknown.
    """
    snapshot = _snapshot(session, at, staged)
    check_snapshot_format(snapshot)
    if base is None:
        return Scope(session, snapshot)
    repository = session.repository
    commit = find_commit(repository, base)
    tip = snapshot.commit if isinstance(snapshot, CommitSnapshot) else _head(session)
    parted = merge_base(repository, commit, tip) if tip is not None else None
    notes: tuple[str, ...] = ()
    if parted is None and tip is not None:
        why = "in this shallow clone" if is_shallow(repository) else "here"
        notes = (f"no common history with {base} is known {why}: held against {base} itself",)
    return Scope(session, snapshot, parted or commit, notes)


def _snapshot(session: Session, at: str | None, staged: bool) -> Snapshot:
    repository, reader = session.repository, session.reader
    if staged and at is not None:
        raise UsageError("a commit and the index cannot be checked at once: leave out one of them")
    if repository.work_tree is None and staged:
        raise UsageError("a bare repository has no index", hint="check a commit: --at REV")
    if staged:
        return IndexSnapshot(repository, reader)
    if at is None:
        return branch_plane(session)
    return CommitSnapshot(repository, reader, find_commit(repository, at))


def _head(session: Session) -> ObjectId | None:
    found = session.reader.find(HEAD)
    return None if found is None else found.id
