"""Whether the index of runs is up to date: asked by every command, so it does little."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from gittrack.git.refs import read_refs
from gittrack.index.staleness import known_tips
from gittrack.journal.writer import SUFFIX
from gittrack.store.experiments import EXPERIMENTS
from gittrack.store.journals import journal_folder
from gittrack.store.models import MODELS
from gittrack.store.session import Session

Stamp = tuple[int, int]
"""A file's inode and its size in bytes."""


def stamps(folder: Path) -> dict[str, Stamp]:
    """The journals in a folder, as they are now."""
    found = {}
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX):
                with suppress(FileNotFoundError):
                    status = entry.stat()
                    found[entry.name] = (status.st_ino, status.st_size)
    return found


def known_stamps(connection: sqlite3.Connection) -> dict[str, Stamp]:
    """The journals that the index has read, as they were then."""
    return {
        name: (inode, size)
        for name, inode, size in connection.execute("SELECT name, inode, size FROM journal")
    }


def is_stale(connection: sqlite3.Connection, session: Session) -> bool:
    """Whether anything moved since the index was brought up to date; asks git one question."""
    if stamps(journal_folder(session)) != known_stamps(connection):
        return True
    return read_refs(session.repository, EXPERIMENTS, MODELS) != known_tips(connection)
