"""What no ref's merge can see by itself: configs deleted on one machine and tagged on another."""

from __future__ import annotations

from collections.abc import Iterator

from gittrack.codec import decode_record, encode_record, record_name
from gittrack.dates import format_time
from gittrack.errors import DataError
from gittrack.git.history import log
from gittrack.git.importer import Edit, Importer, Link, NewCommit, Put
from gittrack.git.refs import read_refs
from gittrack.ids import ConfigId, ObjectId
from gittrack.model import MetaRecord
from gittrack.store.catalogue import name_configs
from gittrack.store.layout import (
    CATALOGUE,
    ROOT,
    TAGS,
    meta_glob,
    meta_path,
    object_path,
    parse_path,
)
from gittrack.store.session import Session, TreeView
from gittrack.sync.histories import MERGER, time_of

_OBJECTS = f"{ROOT}/objects"


def restore_tagged(session: Session, importer: Importer) -> ObjectId | None:
    """A commit on top of the catalogue, which no ref names yet, in which all that bears a tag is
    registered, with all that was ever said of it; `None` where nothing is missing.

    For when merges have moved the catalogue or a tag: whoever tagged a config did not know that
    somebody else deleted it. Clones that do so with the same catalogue and tags make the same
    commit. Without a catalogue there is nothing to restore into.

    Raises:
        GitError: git cannot write here.
    """
    view = session.view()
    if view.commit is None:
        return None
    missing = dict(_missing(session, view))
    if not missing:
        return None
    time = time_of(session.reader, [view.commit])
    edits = [edit for one in sorted(missing) for edit in _edits(session, one, missing[one], time)]
    message = f"restore {name_configs(sorted(missing))}, tagged"
    [made] = importer.write([NewCommit(view.commit, edits, message)], MERGER, time)
    return made


def _missing(session: Session, view: TreeView) -> Iterator[tuple[ConfigId, ObjectId]]:
    """The configs that tags name and the catalogue lacks, with their blobs.

    Folders that a tag and the catalogue have alike are not looked into.
    """
    shards = view.folder(_OBJECTS)
    for tip in read_refs(session.repository, TAGS).values():
        for shard, folder in session.reader.tree(f"{tip}:{_OBJECTS}").items():
            if shard in shards and shards[shard].id == folder.id:
                continue
            known = view.folder(f"{_OBJECTS}/{shard}")
            for name, entry in session.reader.tree(folder.id).items():
                stored = parse_path(f"{_OBJECTS}/{shard}/{name}")
                if stored is not None and name not in known:
                    yield stored.id, entry.id


def _edits(session: Session, config_id: ConfigId, blob: ObjectId, time: int) -> list[Edit]:
    """The config and its records; of one that nothing is known of, that it was restored."""
    records = _records(session, config_id)
    if not records:
        data = encode_record(MetaRecord(format_time(time * 1_000_000), str(MERGER)))
        records = {record_name(data): data}
    paths = {meta_path(config_id, name): data for name, data in records.items()}
    return [
        Link(object_path(config_id), blob),
        *(Put(path, data) for path, data in sorted(paths.items())),
    ]


def _records(session: Session, config_id: ConfigId) -> dict[str, bytes]:
    """All that was ever said of a config in the catalogue's history, by name."""
    paths = [meta_glob(config_id)]
    entries = log(session.repository, [CATALOGUE], paths=paths, first_parent=False)
    changes = {change for entry in entries for change in entry.changes}
    found: dict[str, bytes] = {}
    for path, blob in {(c.path, c.blob) for c in changes if c.blob is not None}:
        stored, data = parse_path(path), session.reader.get(blob).data
        if stored is not None and stored.record == record_name(data) and _is_sound(data):
            found[stored.record] = data
    return found


def _is_sound(data: bytes) -> bool:
    try:
        decode_record(data)
    except DataError:
        return False  # it was refused when it came, and is in history only
    return True
