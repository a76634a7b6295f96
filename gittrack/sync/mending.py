"""What no ref's merge can see by itself: configs deleted on one machine and tagged on another."""

from __future__ import annotations

from gittrack.codec import decode_record, record_name
from gittrack.errors import DataError
from gittrack.git.history import list_files, log
from gittrack.ids import ConfigId, ObjectId
from gittrack.model import MetaRecord
from gittrack.store.catalogue import Registration, WorkTreeUse, register
from gittrack.store.layout import CATALOGUE, ROOT, meta_glob, parse_path
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session


def restore_tagged(session: Session, publisher: Publisher) -> list[ConfigId]:
    """Register again what bears a tag and is not in the catalogue, with all its records.

    Run it when merges have moved the catalogue or a tag: whoever tagged a config did not know that
    somebody else deleted it. Every clone that does so writes the same files.

    Raises:
        ConflictError: other writers were faster every time.
        GitError: git cannot write here.
    """
    missing = _missing(session)
    if not missing:
        return []
    blobs = session.reader.find_many(missing.values())
    entries = [
        Registration(config_id, blob.data, records=_records(session, config_id))
        for config_id, blob in zip(missing, blobs, strict=True)
        if blob is not None
    ]
    register(session, publisher, entries, WorkTreeUse.LEAVE, "restore")
    return [entry.id for entry in entries]


def _missing(session: Session) -> dict[ConfigId, ObjectId]:
    """The configs that tags name and the catalogue lacks, with their blobs."""
    view = session.view()
    found: dict[ConfigId, ObjectId] = {}
    for tip in session.tag_refs().values():
        for file in list_files(session.repository, tip, f"{ROOT}/objects/"):
            stored = parse_path(file.path)
            if stored is not None and file.blob is not None and not view.has_object(stored.id):
                found[stored.id] = file.blob
    return found


def _records(session: Session, config_id: ConfigId) -> tuple[MetaRecord, ...]:
    """All that was ever said of a config in the catalogue's history."""
    if session.view().commit is None:
        return ()
    paths = [meta_glob(config_id)]
    entries = log(session.repository, [CATALOGUE], paths=paths, first_parent=False)
    changes = {change for entry in entries for change in entry.changes}
    named = {(c.path, c.blob) for c in changes if c.blob is not None}
    found: dict[str, MetaRecord] = {}
    for path, blob in named:
        stored, data = parse_path(path), session.reader.get(blob).data
        if stored is not None and stored.record == record_name(data):
            try:
                found[stored.record] = decode_record(data)
            except DataError:
                continue  # it was refused when it came, and is in history only
    return tuple(found[name] for name in sorted(found))
