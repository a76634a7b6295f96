"""Registering configs: into the work tree's `.exptrack/`, the catalogue and the tags at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from gittrack.codec import (
    decode_record,
    encode_record,
    encode_tag,
    fold,
    record_name,
)
from gittrack.dates import format_time
from gittrack.errors import GittrackError
from gittrack.git.importer import Edit, Link, Put
from gittrack.git.objects import blob_id
from gittrack.ids import ConfigId, short
from gittrack.model import MetaRecord
from gittrack.store.layout import (
    CATALOGUE,
    FORMAT_BYTES,
    FORMAT_PATH,
    TAG_PATH,
    meta_path,
    object_path,
    tag_ref,
)
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.session import Session, TreeView
from gittrack.store.tagging import check_true_name
from gittrack.store.worktree import PlaneView, WorkTreePlane


class WorkTreeUse(Enum):
    """What registering does to the files in the work tree."""

    WRITE = "write"
    KEEP_UP = "keep up"  # only where the work tree has the config already
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Registration:
    """A config to register: its id, canonical bytes, and what is said about it.

    `records` are meta records that are known already (an import brings them along).
    """

    id: ConfigId
    data: bytes
    description: str | None = None
    tags: tuple[str, ...] = ()
    parents: tuple[ConfigId, ...] = ()
    source: str | None = None
    records: tuple[MetaRecord, ...] = ()


@dataclass(slots=True)
class _Plan:
    """What one attempt would write."""

    edits: list[Edit] = field(default_factory=list)
    new_objects: set[ConfigId] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What a registration wrote: configs new to the catalogue, and files new in the work tree."""

    new: set[ConfigId] = field(default_factory=set)
    files: list[str] = field(default_factory=list)


def register(
    session: Session,
    publisher: Publisher,
    entries: Sequence[Registration],
    use: WorkTreeUse,
    verb: str = "register",
) -> Outcome:
    """Register the configs in one commit (and one for each tag).

    What is known already and says nothing new writes nothing. The work-tree files come first and
    are taken back if the refs cannot move: the refs are the commit point.
    """
    entries = _merged(entries)
    plane = session.plane if use is not WorkTreeUse.LEAVE else None
    first_time = session.now(len(entries) + 1)
    outcome = Outcome()

    def build() -> list[RefCommit]:
        view = session.view()
        plan = _plan(session, view, entries, first_time, plane, use)
        commits = _catalogue_commit(view, plan, entries, verb)
        commits += _tag_commits(session, entries)
        outcome.new = plan.new_objects
        if plane is not None and plan.files:
            outcome.files += plane.prepare()
            plane.write(plan.files, outcome.files)
        return commits

    publisher.transact(build, undo=lambda: _take_back(plane, outcome))
    return outcome


def _merged(entries: Sequence[Registration]) -> list[Registration]:
    """Each config once: the last description counts, tags, parents and records add up."""
    merged: dict[ConfigId, Registration] = {}
    for entry in entries:
        present = merged.get(entry.id)
        merged[entry.id] = entry if present is None else _both(present, entry)
    return list(merged.values())


def _both(one: Registration, other: Registration) -> Registration:
    return Registration(
        one.id,
        one.data,
        other.description if other.description is not None else one.description,
        tuple(dict.fromkeys(one.tags + other.tags)),
        tuple(dict.fromkeys(one.parents + other.parents)),
        one.source if one.source is not None else other.source,
        tuple(dict.fromkeys(one.records + other.records)),
    )


def known_records(
    config_id: ConfigId, view: TreeView, beside: PlaneView | TreeView
) -> dict[str, MetaRecord]:
    """A config's records in the catalogue and beside it, by name."""
    stored = _stored(view, config_id, beside)
    return {name: decode_record(data) for name, data in stored.items()}


def _plan(
    session: Session,
    view: TreeView,
    entries: Sequence[Registration],
    first_time: int,
    plane: WorkTreePlane | None,
    use: WorkTreeUse,
) -> _Plan:
    plan = _Plan()
    author = str(session.repository.settings.author)
    beside = session.beside()
    for number, entry in enumerate(entries):
        path = object_path(entry.id)
        records = _records_to_have(view, beside, entry, format_time(first_time + number), author)
        if not view.has_object(entry.id):
            plan.edits.append(Put(path, entry.data))
            plan.new_objects.add(entry.id)
        present = view.record_names(entry.id)
        plan.edits.extend(
            Put(meta_path(entry.id, name), data)
            for name, data in records.items()
            if name not in present
        )
        if plane is not None and (use is WorkTreeUse.WRITE or plane.has(path)):
            # Records first: whoever sees the object sees all that is known of it.
            plan.files.update({meta_path(entry.id, name): data for name, data in records.items()})
            plan.files[path] = entry.data
    return plan


def _records_to_have(
    view: TreeView, beside: PlaneView | TreeView, entry: Registration, time: str, author: str
) -> dict[str, bytes]:
    """All records that the config has after this registration, by name."""
    stored = _stored(view, entry.id, beside)
    for record in entry.records:
        data = encode_record(record)
        stored.setdefault(record_name(data), data)
    news = _news(entry, stored, time, author)
    if news is not None:
        data = encode_record(news)
        stored[record_name(data)] = data
    return stored


def _news(
    entry: Registration, stored: Mapping[str, bytes], time: str, author: str
) -> MetaRecord | None:
    if not stored:
        return MetaRecord(time, author, entry.description, entry.parents, entry.source)
    if entry.description is None and not entry.parents:
        return None
    present = fold((name, decode_record(data)) for name, data in stored.items())
    description = entry.description if entry.description != present.description else None
    parents = tuple(p for p in entry.parents if p not in present.parents)
    if description is None and not parents:
        return None
    return MetaRecord(max(time, present.created_at), author, description, parents)


def _stored(view: TreeView, config_id: ConfigId, beside: PlaneView | TreeView) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in view.record_names(config_id):
        data = view.blob(meta_path(config_id, name))
        if data is not None and record_name(data) == name:
            found[name] = data
    for name in beside.record_names(config_id):
        data = None if name in found else beside.record(config_id, name)
        if data is not None and record_name(data) == name and _is_record(data):
            found[name] = data
    return found


def _is_record(data: bytes) -> bool:
    try:
        decode_record(data)
    except GittrackError:
        return False
    return True


def _catalogue_commit(
    view: TreeView, plan: _Plan, entries: Sequence[Registration], verb: str
) -> list[RefCommit]:
    if not plan.edits:
        return []
    edits = plan.edits
    if view.commit is None or view.entry(FORMAT_PATH) is None:
        edits = [Put(FORMAT_PATH, FORMAT_BYTES), *edits]
    return [RefCommit(CATALOGUE, view.commit, edits, _message(plan, entries, verb))]


def _message(plan: _Plan, entries: Sequence[Registration], verb: str) -> str:
    action = verb if plan.new_objects else "describe"
    told = [entry for entry in entries if entry.id in plan.new_objects] or entries
    if len(told) > 4:
        return f"{action} {len(told)} configs"
    names = name_configs(entry.id for entry in told)
    text = (told[0].description or "").strip().partition("\n")[0][:200]
    # A description may hold what steers a terminal, and `git log` shows a message as it is.
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return f"{action} {names}: {shown}" if len(told) == 1 and shown else f"{action} {names}"


def _tag_commits(session: Session, entries: Sequence[Registration]) -> list[RefCommit]:
    members: dict[str, dict[ConfigId, bytes]] = {}
    for entry in entries:
        for tag in entry.tags:
            members.setdefault(tag, {})[entry.id] = entry.data
    commits = []
    for tag, configs in members.items():
        commit = _tag_commit(session, tag, configs)
        if commit is not None:
            commits.append(commit)
    return commits


def _tag_commit(session: Session, tag: str, configs: Mapping[ConfigId, bytes]) -> RefCommit | None:
    ref = tag_ref(tag)
    view = session.view(ref)
    check_true_name(view, tag)
    new = {i: data for i, data in configs.items() if not view.has_object(i)}
    if not new:
        return None
    hash_name = session.repository.hash_name
    edits: list[Edit] = [Link(object_path(i), blob_id(data, hash_name)) for i, data in new.items()]
    if view.commit is None:
        edits.append(Put(TAG_PATH, encode_tag(tag)))
    return RefCommit(ref, view.commit, edits, f"tag {tag}: {name_configs(new)}")


def name_configs(ids: Iterable[ConfigId]) -> str:
    """Short ids for a message: up to four, then how many more."""
    listed = list(ids)
    names = " ".join(short(i) for i in listed[:4])
    return names if len(listed) <= 4 else f"{names} and {len(listed) - 4} more"


def _take_back(plane: WorkTreePlane | None, outcome: Outcome) -> None:
    if plane is not None:
        plane.remove(outcome.files)
    outcome.files.clear()
