"""Deleting configs and bringing them back: a delete is one more commit, never lost history."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.errors import AmbiguousError, DataError, NotFoundError
from gittrack.git.history import LogEntry, log
from gittrack.git.importer import Edit, Remove
from gittrack.git.trees import parse_commit
from gittrack.ids import ConfigId, is_config_id, short
from gittrack.store.catalogue import (
    Outcome,
    Registration,
    WorkTreeUse,
    known_records,
    name_configs,
    register,
)
from gittrack.store.layout import CATALOGUE, meta_path, object_path, parse_path
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.session import Session, TreeView
from gittrack.store.tagging import tags_of, true_name
from gittrack.store.worktree import PlaneView

_TRAILER = "Tag: "


@dataclass(frozen=True, slots=True)
class Deleted:
    """A config that was deleted: what to register to have it back."""

    id: ConfigId
    commit: str
    tags: tuple[str, ...]


def delete(session: Session, publisher: Publisher, entries: Sequence[Registration]) -> None:
    """Take configs out of catalogue, tags and work tree, atomically in the refs.

    A config that only the work tree holds is put into the catalogue first: what is deleted can
    always be restored.
    """
    ids = [entry.id for entry in entries]
    register(session, publisher, entries, WorkTreeUse.LEAVE)

    def build() -> list[RefCommit]:
        view = session.view()
        bearing = tags_of(session, ids)
        names = {ref: true_name(session.view(ref)) or ref for ref in bearing}
        edits: list[Edit] = []
        for config_id in ids:
            if view.has_object(config_id):
                edits.append(Remove(object_path(config_id)))
            edits += [Remove(meta_path(config_id, n)) for n in view.record_names(config_id)]
        if not edits:
            return []
        commits = [RefCommit(CATALOGUE, view.commit, edits, _message(ids, bearing, names))]
        for ref, bearers in bearing.items():
            commits.append(
                RefCommit(
                    ref,
                    session.view(ref).commit,
                    [Remove(object_path(i)) for i in bearers],
                    f"untag {names[ref]}: {name_configs(bearers)}, deleted",
                )
            )
        return commits

    publisher.transact(build)
    if session.plane is not None:
        plane = session.plane
        view = TreeView(session.reader, None)
        for config_id in ids:
            records = known_records(config_id, view, PlaneView(plane))
            plane.remove([object_path(config_id)])
            plane.remove([meta_path(config_id, name) for name in records])


def _message(
    ids: Sequence[ConfigId], bearing: dict[str, list[ConfigId]], names: dict[str, str]
) -> str:
    trailers = [
        f"{_TRAILER}{config_id} {names[ref]}"
        for ref, bearers in sorted(bearing.items())
        for config_id in bearers
    ]
    title = f"delete {name_configs(ids)}"
    return "\n".join([title, "", *trailers]) if trailers else title


def find_deleted(session: Session, name: str) -> Deleted:
    """The deleted config of that id or prefix.

    Raises:
        NotFoundError: no config that starts so was deleted.
        AmbiguousError: several were.
    """
    candidates = _deletions(session, name)
    if not candidates:
        raise NotFoundError(
            f"no deleted config starts with {name!r}", hint="see what was deleted: git exp log"
        )
    if len(candidates) > 1:
        raise AmbiguousError(
            f"{name!r} is the start of {len(candidates)} deleted configs",
            candidates=sorted(candidates),
        )
    config_id, entry = next(iter(candidates.items()))
    return Deleted(config_id, entry.commit, _tags_in(entry, config_id))


def _deletions(session: Session, prefix: str) -> dict[ConfigId, LogEntry]:
    view = session.view()
    if view.commit is None:
        return {}
    rest = f"{prefix[2:]}*" if not is_config_id(prefix) else prefix[2:]
    paths = [f".exptrack/objects/{prefix[:2]}/{rest}.yaml"]
    found: dict[ConfigId, LogEntry] = {}
    # Newest first: the last that happened to a config decides. With the branches of merges, too:
    # another clone's deletion came by one.
    for entry in log(session.repository, [CATALOGUE], paths=paths, first_parent=False):
        for config_id in _removed_by(entry):
            if config_id in found or view.has_object(config_id) or _is_merge(session, entry):
                continue
            found[config_id] = entry
    return found


def _removed_by(entry: LogEntry) -> list[ConfigId]:
    places = [parse_path(change.path) for change in entry.changes if change.blob is None]
    return [place.id for place in places if place is not None and place.record is None]


def _is_merge(session: Session, entry: LogEntry) -> bool:
    """A merge only passes on what another commit removed, and knows no tags."""
    return len(parse_commit(session.reader.get(entry.commit)).parents) > 1


def _tags_in(entry: LogEntry, config_id: ConfigId) -> tuple[str, ...]:
    start = f"{_TRAILER}{config_id} "
    return tuple(
        line.removeprefix(start) for line in entry.message.splitlines() if line.startswith(start)
    )


def restore(session: Session, publisher: Publisher, deleted: Deleted, use: WorkTreeUse) -> Outcome:
    """Bring a deleted config back: object, records and tags.

    Raises:
        NotFoundError: the commit that removed it did not have it.
        DataError: what it removed is not that config.
    """
    before = TreeView(session.reader, session.reader.get(f"{deleted.commit}^1").id)
    data = before.blob(object_path(deleted.id))
    if data is None:
        raise NotFoundError(f"{short(deleted.id)} is not in the commit before {deleted.commit}")
    if hashlib.sha256(data).hexdigest() != deleted.id:  # refused when it came, so in history only
        raise DataError(
            f"{short(deleted.id)} was damaged when it was removed",
            hint="get it from a clone that has it: git exp pull",
        )
    records = known_records(deleted.id, before, before)
    entry = Registration(
        deleted.id, data, tags=deleted.tags, records=tuple(records[n] for n in sorted(records))
    )
    return register(session, publisher, [entry], use, "restore")
