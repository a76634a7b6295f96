"""What the work tree (or a bare repository's HEAD) holds and the catalogue lacks."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator

from gittrack.git.history import list_files
from gittrack.ids import ConfigId
from gittrack.index.ingest import Found, Ingest, path_of
from gittrack.index.staleness import moved, plane_number, plane_root
from gittrack.store.layout import HEAD, ROOT, SHARDS, Stored, parse_path
from gittrack.store.session import Session
from gittrack.store.worktree import WorkTreePlane

_SETTLED = 2_000_000_000  # ns: a folder may change again within one tick of its file system's clock


def refresh(connection: sqlite3.Connection, session: Session, ingest: Ingest) -> None:
    """Take in what changed in the plane; the catalogue is up to date already."""
    changed = moved(connection, session)
    if not changed:
        return
    connection.execute("INSERT OR IGNORE INTO plane (root) VALUES (?)", (plane_root(session),))
    number = plane_number(connection, session)
    plane = session.plane
    if plane is None:
        _refresh_head(connection, session, ingest, number, changed[""])
    else:
        for path in changed:
            # A file may have been replaced under its name: what the catalogue lacks is read again.
            held = _held(connection, number, path)
            ingest.take(number, [Found(stored, None) for stored in held])
            listed = _listed(plane, path)
            _replace(connection, ingest, number, path, listed, lambda s: plane.read(path_of(s)))
    now = time.time_ns()
    for path, stamp in changed.items():
        settled = plane is None or not stamp or now - int(stamp) > _SETTLED
        connection.execute("DELETE FROM folder WHERE plane = ? AND path = ?", (number, path))
        if stamp:  # an empty one is never up to date, and tells that the folder was there
            row = (number, path, stamp if settled else "")
            connection.execute("INSERT INTO folder VALUES (?, ?, ?)", row)


def _listed(plane: WorkTreePlane, path: str) -> set[Stored]:
    found = (parse_path(f"{ROOT}/{path}/{name}") for name in plane.names(f"{ROOT}/{path}"))
    return {stored for stored in found if stored is not None}


def _refresh_head(
    connection: sqlite3.Connection, session: Session, ingest: Ingest, number: int, tree: str
) -> None:
    session.view(HEAD)  # refuses a format that this version does not know
    blobs = {}
    for change in list_files(session.repository, tree) if tree else ():
        stored = parse_path(f"{ROOT}/{change.path}")
        if stored is not None and change.blob is not None:
            blobs[stored] = change.blob
    folders: dict[str, set[Stored]] = {
        f"{k}/{s}": set() for k in ("objects", "meta") for s in SHARDS
    }
    for stored in blobs:
        kind = "objects" if stored.record is None else "meta"
        folders[f"{kind}/{stored.id[:2]}"].add(stored)
    for path, listed in folders.items():
        _replace(
            connection, ingest, number, path, listed, lambda s: session.reader.get(blobs[s]).data
        )


def _replace(
    connection: sqlite3.Connection,
    ingest: Ingest,
    number: int,
    path: str,
    listed: set[Stored],
    data: Callable[[Stored], bytes | None],
) -> None:
    """Make the plane's folder hold just what is listed there and the catalogue lacks."""
    present = _held(connection, number, path)
    wanted = listed - _held(connection, 0, path)
    connection.execute(
        "DELETE FROM damaged WHERE plane = ? AND path GLOB ?", (number, f"{ROOT}/{path}/*")
    )
    ingest.take(number, (Found(stored, None) for stored in present - wanted))
    ingest.take(number, _read(sorted(wanted - present, key=path_of), data))


def _read(files: list[Stored], data: Callable[[Stored], bytes | None]) -> Iterator[Found]:
    for stored in files:
        found = data(stored)
        yield Found(stored, b"" if found is None else found)


def _held(connection: sqlite3.Connection, number: int, path: str) -> set[Stored]:
    kind, _, shard = path.partition("/")
    bounds = (number, shard, shard + "g")  # "g" comes after every hex digit
    if kind == "objects":
        rows = connection.execute(
            "SELECT c.id, NULL FROM config c JOIN object o ON o.config = c.n AND o.plane = ?"
            " WHERE c.id > ? AND c.id < ?",
            bounds,
        )
    else:
        rows = connection.execute(
            "SELECT c.id, r.name FROM config c JOIN record r ON r.config = c.n AND r.plane = ?"
            " WHERE c.id > ? AND c.id < ?",
            bounds,
        )
    return {Stored(ConfigId(config_id), name) for config_id, name in rows}
