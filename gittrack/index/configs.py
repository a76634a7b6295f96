"""The index of configs: what it holds, and how it follows git."""

from __future__ import annotations

import sqlite3

from gittrack.index.database import Derived
from gittrack.index.schema import INDEXES, TABLES, VERSION
from gittrack.index.staleness import Progress, is_stale
from gittrack.store.session import Session


def _refresh(connection: sqlite3.Connection, session: Session, progress: Progress | None) -> None:
    from gittrack.index.refresh import refresh  # most commands find nothing moved

    refresh(connection, session, progress)


CONFIGS = Derived("index.db", VERSION, TABLES, INDEXES, is_stale, _refresh)
