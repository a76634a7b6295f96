"""Room on the disk, the number of packs, and the state of the indexes."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from gittrack.doctor.ailment import Ailment, size
from gittrack.index.configs import CONFIGS
from gittrack.index.database import Derived, Index
from gittrack.index.runs import RUNS
from gittrack.store.session import Session

_INDEXES = (CONFIGS, RUNS)
_LOW = 1 << 30  # bytes
_MANY_PACKS = 50  # git's own gc.autoPackLimit


def disk(session: Session) -> Iterator[Ailment]:
    """Whether the disk is nearly full."""
    folder = session.repository.common_dir
    free = shutil.disk_usage(folder).free
    if free < _LOW:
        text = f"only {size(free)} are free on this disk"
        yield Ailment("disk", text, str(folder), "make room", advice=True)


def packs(session: Session) -> Iterator[Ailment]:
    """Whether reading is slowed by many packs."""
    folder = session.repository.common_dir / "objects" / "pack"
    count = sum(1 for _ in folder.glob("*.pack"))
    if count > _MANY_PACKS:
        yield Ailment("packs", f"there are {count:,} packs", str(folder), "git gc", advice=True)


def index(session: Session) -> Iterator[Ailment]:
    """Whether the indexes of configs and of runs can be read, and are of this version."""
    for derived in _INDEXES:
        yield from _index(session, derived)


def rebuild(session: Session, ailment: Ailment) -> None:
    """Make that index anew."""
    for derived in _INDEXES:
        made = Index(session, derived)
        if str(made.path) == ailment.place:
            made.connection()
            made.close()


def _index(session: Session, derived: Derived) -> Iterator[Ailment]:
    path = Index(session, derived).path
    if not path.exists():
        return
    text = None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            if not derived.is_current(connection):
                text = "the index was made by another version; the next command makes it anew"
    except sqlite3.OperationalError:
        return  # another process brings it up to date at this moment
    except sqlite3.DatabaseError as error:
        text = f"the index cannot be read ({error}); the next command makes it anew"
    if text is not None:
        yield Ailment("index", text, str(path), "git exp reindex", fixable=True, advice=True)
