"""What happened, and who did it: read from the history of the refs and from meta records."""

from __future__ import annotations

from collections.abc import Iterable

from gittrack.dates import format_time
from gittrack.git.history import LogEntry, log
from gittrack.ids import ConfigId, short
from gittrack.model import Event, MetaRecord
from gittrack.store.catalogue import known_records
from gittrack.store.layout import CATALOGUE, object_path
from gittrack.store.session import Session


def all_events(session: Session, limit: int | None = None) -> list[Event]:
    """Everything that was recorded in this repository, newest first."""
    starts = _refs(session)
    if not starts:
        return []
    entries = log(session.repository, starts, changes=False, limit=limit, by_date=True)
    return [_event(entry) for entry in entries]


def events_of(session: Session, config_id: ConfigId) -> list[Event]:
    """A config's life, newest first: registered, described, tagged, untagged, deleted, restored.

    Registrations and descriptions come from its meta records (which every clone has), the rest
    from the refs' history.
    """
    view = session.view()
    records = known_records(config_id, view, session.beside())
    events = [_record_event(config_id, name, record) for name, record in _ordered(records.items())]
    starts = _refs(session)
    entries = log(session.repository, starts, paths=[object_path(config_id)]) if starts else []
    seen_in_catalogue = False
    for entry in reversed(entries):
        added = any(change.blob is not None for change in entry.changes)
        if entry.start != CATALOGUE:
            events.append(_event(entry, config_id))
        elif not added:
            events.append(_event(entry, config_id, "delete"))
        elif seen_in_catalogue:
            events.append(_event(entry, config_id, "restore"))
        seen_in_catalogue |= entry.start == CATALOGUE
    # Commits know whole seconds: within one, keep the order in which things can have happened.
    events.sort(key=lambda event: event.time[:19])
    return events[::-1]


def _refs(session: Session) -> list[str]:
    starts = sorted(session.tag_refs())
    if session.view().commit is not None:
        starts.insert(0, CATALOGUE)
    return starts


def _ordered(records: Iterable[tuple[str, MetaRecord]]) -> list[tuple[int, MetaRecord]]:
    ordered = sorted(records, key=lambda item: (item[1].created_at, item[0]))
    return [(number, record) for number, (_, record) in enumerate(ordered)]


def _record_event(config_id: ConfigId, number: int, record: MetaRecord) -> Event:
    action = "describe" if number else "register"
    parts = [record.description or ""]
    parts += [f"from {record.source}"] if record.source else []
    parts += [f"parent {short(parent)}" for parent in record.parents]
    text = ", ".join(part for part in parts if part)
    return Event(record.created_at, record.author, action, text, "", (config_id,))


def _event(entry: LogEntry, config_id: ConfigId | None = None, action: str | None = None) -> Event:
    title, _, _ = entry.message.partition("\n")
    verb, _, text = title.partition(" ")
    if config_id is not None:  # the ids in the message are of no interest: it is this one
        text = text.partition(":")[0] if verb in ("tag", "untag") else ""
    return Event(
        format_time(entry.time * 1_000_000),
        entry.author,
        action or verb,
        text,
        entry.commit,
        () if config_id is None else (config_id,),
    )
