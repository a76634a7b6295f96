"""Journals of live runs: where they lie, what they say together, and whose turn it is to seal."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from gittrack.journal.reader import JournalFile, read_events
from gittrack.journal.writer import SUFFIX
from gittrack.locking import try_lock
from gittrack.runs.events import RunState
from gittrack.store.session import Session

PLACE = ".place"
_OLD = 3600.0  # seconds


def journal_folder(session: Session) -> Path:
    """Where live runs' journals lie."""
    return session.repository.private_dir / "journal"


def place_file(path: Path) -> Path:
    """Where it is written down how far a journal is sealed, and to what place."""
    return path.with_suffix(PLACE)


def read_state(run_id: str, experiment: str, files: Sequence[JournalFile]) -> RunState:
    """A run as its journals say."""
    events = events_of(files)
    state = RunState(run_id, experiment)
    first = next(events, None)
    if first is None:
        return state
    if len(first) > 1 and isinstance(first[1], int):
        state.started = first[1]  # unless its start says so: that may have met a full disk
    return state.fold(chain((first,), events))


def events_of(files: Sequence[JournalFile]) -> Iterator[list[Any]]:
    """The events of a run's journals: those of the main one, then those of its helpers."""
    main, *helpers = files
    events = (event for event, _ in read_events(main.path, main.end))
    if not helpers:
        yield from events
        return
    last: list[list[Any]] = []
    for event in events:
        if event[0] == "end":
            last.append(event)
        else:
            yield event
    for helper in helpers:
        yield from (event for event, _ in read_events(helper.path, helper.end))
    yield from last


def is_closed(path: Path) -> bool:
    """Whether a journal's last record says that nothing more comes."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 256))
            tail = file.read()
    except OSError:
        return False
    last = tail[:-1].rpartition(b"\n")[2][9:]
    return tail.endswith(b"\n") and last.startswith((b'["end",', b'["close"'))


def read_mark(journal: Path) -> dict[str, Any]:
    """What is written down about a journal; nothing, where nothing is or it cannot be read."""
    try:
        data = json.loads(place_file(journal).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def write_down(mark: Path, data: Mapping[str, Any]) -> None:
    """Write a place file whole, so that no crash leaves half of one."""
    temporary = mark.with_name(f".{mark.name}")
    temporary.write_text(json.dumps(data), encoding="utf-8")
    temporary.rename(mark)


def sweep(folder: Path) -> None:
    """Take away what killed processes left half done; nobody else may be sealing."""
    for path in folder.iterdir():
        if path.name.startswith(".spool."):
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix == ".new":
            if _is_old(path):  # a new one is a journal that just begins
                path.unlink(missing_ok=True)
        elif path.suffix == PLACE and not path.with_suffix(SUFFIX).exists():
            path.unlink(missing_ok=True)


@contextmanager
def sealing_turn(folder: Path) -> Iterator[bool]:
    """Whether nobody else seals now; until the end of the block, nobody else will."""
    descriptor = os.open(folder / ".sealing", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        # Where locks do not work, places that are written down make twice the same as once.
        yield try_lock(descriptor) is not False
    finally:
        os.close(descriptor)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _OLD
    except OSError:
        return False
