"""Whether the index is up to date: asked by every command, so it loads and starts little."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable

from gittrack.git.refs import read_refs
from gittrack.ids import ObjectId
from gittrack.store.layout import CATALOGUE, HEAD, ROOT, SHARDS, TAGS
from gittrack.store.session import Session
from gittrack.store.worktree import WorkTreePlane

Progress = Callable[[int, int], None]
"""Told how many of how many stored files are indexed."""

_SHARDS = frozenset(SHARDS)


def is_stale(connection: sqlite3.Connection, session: Session) -> bool:
    """Whether anything moved since the index was brought up to date; asks git one question."""
    if read_refs(session.repository, CATALOGUE, TAGS) != known_tips(connection):
        return True
    return bool(moved(connection, session))


def known_tips(connection: sqlite3.Connection) -> dict[str, ObjectId]:
    """Where the refs were when the index was brought up to date."""
    return {name: ObjectId(tip) for name, tip in connection.execute("SELECT name, tip FROM ref")}


def plane_root(session: Session) -> str:
    """What names this session's plane beside the catalogue."""
    return HEAD if session.plane is None else str(session.plane.root)


def plane_number(connection: sqlite3.Connection, session: Session) -> int:
    """The number of this session's plane; -1 while the index does not know it."""
    row = connection.execute(
        "SELECT n FROM plane WHERE root = ?", (plane_root(session),)
    ).fetchone()
    return -1 if row is None else int(row[0])


def moved(connection: sqlite3.Connection, session: Session) -> dict[str, str]:
    """The folders of the plane that changed since they were read, with their present stamps."""
    known: dict[str, str] = dict(
        connection.execute(
            "SELECT path, stamp FROM folder WHERE plane = ?", (plane_number(connection, session),)
        )
    )
    present = _head_stamp(session) if session.plane is None else _folder_stamps(session.plane)
    changed = {path: stamp for path, stamp in present.items() if known.get(path) != stamp}
    changed.update((path, "") for path in known.keys() - present.keys())
    return changed


def _folder_stamps(plane: WorkTreePlane) -> dict[str, str]:
    stamps = {}
    for kind in ("objects", "meta"):
        try:
            entries = list(os.scandir(f"{plane.root}/{ROOT}/{kind}"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            if entry.name in _SHARDS and entry.is_dir(follow_symlinks=False):
                stamps[f"{kind}/{entry.name}"] = str(entry.stat(follow_symlinks=False).st_mtime_ns)
    return stamps


def _head_stamp(session: Session) -> dict[str, str]:
    tree = session.reader.find(f"{HEAD}:{ROOT}")
    return {} if tree is None or tree.type != "tree" else {"": tree.id}
