"""The index of runs: what it holds, and how it follows refs and journals."""

from __future__ import annotations

import sqlite3

from gittrack.index.database import Derived
from gittrack.index.run_schema import INDEXES, TABLES, VERSION
from gittrack.index.run_staleness import is_stale
from gittrack.index.staleness import Progress
from gittrack.store.session import Session


def _refresh(connection: sqlite3.Connection, session: Session, progress: Progress | None) -> None:
    from gittrack.index.run_refresh import refresh  # most commands find nothing moved

    refresh(connection, session, progress)


RUNS = Derived("runs.db", VERSION, TABLES, INDEXES, is_stale, _refresh)
