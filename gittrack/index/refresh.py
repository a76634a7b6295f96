"""Bringing the index up to date from what moved: refs by their tips, work trees by folder times."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gittrack.codec import decode_tag
from gittrack.errors import GittrackError
from gittrack.git.history import LogEntry, PathChange, diff_files, list_files, log
from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.index import planes
from gittrack.index.ingest import CATALOGUE_PLANE, Found, Ingest
from gittrack.index.staleness import Progress, known_tips
from gittrack.store.layout import CATALOGUE, TAG_PATH, TAGS, parse_path
from gittrack.store.session import Session


def refresh(
    connection: sqlite3.Connection, session: Session, progress: Progress | None = None
) -> None:
    """Take in everything that moved; the caller holds a transaction.

    Raises:
        GitError: git no longer has what the index was derived from: rebuild it.
    """
    tips = read_refs(session.repository, CATALOGUE, TAGS)
    known = known_tips(connection)
    ingest = Ingest(connection)
    _catalogue(
        connection, session, ingest, known.pop(CATALOGUE, None), tips.get(CATALOGUE), progress
    )
    planes.refresh(connection, session, ingest)
    ingest.finish()
    _tags(connection, session, known, {r: t for r, t in tips.items() if r != CATALOGUE})
    connection.execute("DELETE FROM ref")
    connection.executemany("INSERT INTO ref VALUES (?, ?)", tips.items())


def _catalogue(
    connection: sqlite3.Connection,
    session: Session,
    ingest: Ingest,
    old: ObjectId | None,
    new: ObjectId | None,
    progress: Progress | None,
) -> None:
    if old == new:
        return
    session.view()  # refuses a format that this version does not know
    if old is None:
        changes: Iterable[PathChange] = list_files(session.repository, str(new))
    elif new is None:
        changes = (PathChange(c.path, None) for c in list_files(session.repository, old))
    else:
        changes = diff_files(session.repository, old, new)
    lost = ingest.take(CATALOGUE_PLANE, _files(session, list(changes), progress))
    for shard in {config_id[:2] for config_id in lost}:  # a work tree may still have it: look again
        connection.execute(
            "UPDATE folder SET stamp = '' WHERE path IN ('', ?, ?)",
            (f"objects/{shard}", f"meta/{shard}"),
        )


def _files(
    session: Session, changes: Sequence[PathChange], progress: Progress | None
) -> Iterator[Found]:
    ours = [(stored, c.blob) for c in changes if (stored := parse_path(c.path)) is not None]
    # Objects before records: a config gets its row complete.
    ours.sort(key=lambda item: item[0].record is not None)
    yield from (Found(stored, None) for stored, blob in ours if blob is None)
    present = [(stored, blob) for stored, blob in ours if blob is not None]
    blobs = session.reader.find_many(blob for _, blob in present)
    for number, ((stored, _), found) in enumerate(zip(present, blobs, strict=True)):
        if progress is not None and number % 1000 == 0:
            progress(number, len(present))
        yield Found(stored, b"" if found is None else found.data)


def _tags(
    connection: sqlite3.Connection,
    session: Session,
    known: Mapping[str, ObjectId],
    tips: Mapping[str, ObjectId],
) -> None:
    moved = {ref: tip for ref, tip in tips.items() if known.get(ref) != tip}
    for ref in known.keys() - tips.keys():
        _forget_tag(connection, ref)
    if not moved:
        return
    histories = _histories(session, moved, known)
    for ref, tip in moved.items():
        entries = histories.get(ref)
        if entries is None:  # rewound or rewritten: its old tip is not in its history
            _forget_tag(connection, ref)
            entries = log(session.repository, [tip])
        _apply_history(connection, session, ref, tip, entries)


def _histories(
    session: Session, moved: Mapping[str, ObjectId], known: Mapping[str, ObjectId]
) -> dict[str, list[LogEntry]]:
    """The new commits of each moved tag, newest first; a ref that did not grow is left out."""
    entries = log(
        session.repository, list(moved.values()), exclude=[known[r] for r in moved if r in known]
    )
    by_start: dict[str, list[LogEntry]] = {}
    for entry in entries:
        by_start.setdefault(entry.start, []).append(entry)
    return {
        ref: by_start[tip]
        for ref, tip in moved.items()
        if tip in by_start and (ref not in known or _grew(session, by_start[tip][-1], known[ref]))
    }


def _grew(session: Session, oldest_new: LogEntry, old_tip: ObjectId) -> bool:
    parent = session.reader.find(f"{oldest_new.commit}^1")
    return parent is not None and parent.id == old_tip


def _apply_history(
    connection: sqlite3.Connection,
    session: Session,
    ref: str,
    tip: ObjectId,
    entries: Sequence[LogEntry],
) -> None:
    name = _true_name(session, tip)
    if name is None:
        return  # somebody else's ref
    connection.execute("INSERT OR IGNORE INTO tag (ref, name) VALUES (?, ?)", (ref, name))
    (tag,) = connection.execute("SELECT n FROM tag WHERE ref = ?", (ref,)).fetchone()
    (number,) = connection.execute(
        "SELECT coalesce(max(number), 0) FROM tagged WHERE tag = ?", (tag,)
    ).fetchone()
    for entry in reversed(entries):
        for change in entry.changes:
            stored = parse_path(change.path)
            if stored is None or stored.record is not None:
                continue
            if change.blob is None:
                connection.execute(
                    "DELETE FROM tagged WHERE tag = ? AND config_id = ?", (tag, stored.id)
                )
            else:
                number += 1
                connection.execute(
                    "INSERT OR REPLACE INTO tagged VALUES (?, ?, ?, ?, ?)",
                    (tag, stored.id, number, entry.time, entry.author),
                )


def _true_name(session: Session, tip: ObjectId) -> str | None:
    found = session.reader.find(f"{tip}:{TAG_PATH}")
    try:
        return None if found is None else decode_tag(found.data)
    except GittrackError:
        return None


def _forget_tag(connection: sqlite3.Connection, ref: str) -> None:
    connection.execute("DELETE FROM tagged WHERE tag IN (SELECT n FROM tag WHERE ref = ?)", (ref,))
    connection.execute("DELETE FROM tag WHERE ref = ?", (ref,))
