"""What happened, and who did it: read from the history of the refs and from meta records."""

from __future__ import annotations

from collections.abc import Iterable

from gittrack.codec import decode_record
from gittrack.dates import format_time
from gittrack.git.history import LogEntry, log
from gittrack.git.refs import read_refs
from gittrack.ids import ConfigId, short
from gittrack.model import Event, MetaRecord
from gittrack.store.catalogue import known_records
from gittrack.store.layout import CATALOGUE, TAGS, meta_glob, object_path, parse_path
from gittrack.store.models import MODELS
from gittrack.store.session import Session


def all_events(session: Session, limit: int | None = None) -> list[Event]:
    """Everything that was said of configs and models in this repository, newest first."""
    starts = _refs(session, MODELS)
    if not starts:
        return []
    entries = log(session.repository, starts, changes=False, limit=limit, by_date=True)
    return [_event(entry) for entry in entries]


def events_of(session: Session, config_id: ConfigId) -> list[Event]:
    """A config's life, newest first: registered, described, tagged, untagged, deleted, restored.

    Registrations and descriptions come from its meta records (which every clone has, and whose
    history a deletion leaves), the rest from the refs' history.
    """
    starts = _refs(session)
    paths = [object_path(config_id), meta_glob(config_id)]
    entries = log(session.repository, starts, paths=paths) if starts else []
    records = known_records(config_id, session.view(), session.beside())
    records |= _recorded(session, entries)
    events = [_record_event(number, record) for number, record in _ordered(records.items())]
    seen_in_catalogue = False
    for entry in reversed(entries):
        touched = [change for change in entry.changes if change.path == paths[0]]
        if not touched:
            continue
        if entry.start != CATALOGUE:
            events.append(_event(entry, alone=True))
        elif touched[0].blob is None:
            events.append(_event(entry, "delete", alone=True))
        elif seen_in_catalogue:
            events.append(_event(entry, "restore", alone=True))
        seen_in_catalogue |= entry.start == CATALOGUE
    # Commits know whole seconds: within one, the order in which things usually happen.
    events.sort(key=lambda event: (event.time[:19], _USUAL_ORDER.index(event.action)))
    return events[::-1]


_USUAL_ORDER = ("register", "describe", "tag", "untag", "delete", "restore")


def _recorded(session: Session, entries: Iterable[LogEntry]) -> dict[str, MetaRecord]:
    """The records that the catalogue ever had of a config, by name."""
    blobs = {
        stored.record: change.blob
        for entry in entries
        for change in entry.changes
        if change.blob is not None
        and (stored := parse_path(change.path)) is not None
        and stored.record is not None
    }
    return {name: decode_record(session.reader.get(blob).data) for name, blob in blobs.items()}


def _refs(session: Session, *more: str) -> list[str]:
    """The refs that tell of configs, and those below `more`."""
    starts = sorted(read_refs(session.repository, TAGS, *more))
    if session.view().commit is not None:
        starts.insert(0, CATALOGUE)
    return starts


def _ordered(records: Iterable[tuple[str, MetaRecord]]) -> list[tuple[int, MetaRecord]]:
    ordered = sorted(records, key=lambda item: (item[1].created_at, item[0]))
    return [(number, record) for number, (_, record) in enumerate(ordered)]


def _record_event(number: int, record: MetaRecord) -> Event:
    action = "describe" if number else "register"
    parts = [record.description or ""]
    parts += [f"from {record.source}"] if record.source else []
    parts += [f"parent {short(parent)}" for parent in record.parents]
    text = ", ".join(part for part in parts if part)
    return Event(record.created_at, record.author, action, text, "")


def _event(entry: LogEntry, action: str | None = None, *, alone: bool = False) -> Event:
    title, _, _ = entry.message.partition("\n")
    verb, _, text = title.partition(" ")
    if entry.start.startswith(MODELS):
        text = f"model {text}"
    if alone:  # the ids in the message are of no interest: all is about one config
        text = text.rpartition(":")[0] if verb in ("tag", "untag") else ""
    time = format_time(entry.time * 1_000_000)
    return Event(time, entry.author, action or verb, text, entry.commit)
