"""Journals of writers that only silence tells are dead: kept aside when sealed, taken up if they
grow.

A machine that was cut off, or one that the user declared gone, may live after all. It goes on
writing to its file, whatever the name; what it wrote after the seal is found by the file's size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gittrack.journal.owner import Owner, clock_of, is_of_this_kernel
from gittrack.journal.reader import journal_files
from gittrack.store.journals import PLACE, is_closed, place_file, read_mark, write_down

KEPT = 30 * 24 * 3600.0
"""Seconds without a sign of life after which a journal that was put aside is removed."""

_SIZE = "size"


def has_journals(folder: Path) -> bool:
    """Whether there is anything to seal, now or later."""
    return any(journal_files(place) for place in (folder, folder / "aside"))


def is_certain(path: Path, owner: Owner) -> bool:
    """Whether nothing more can come into the journal of a writer that is taken for dead."""
    return is_of_this_kernel(owner) or is_closed(path)


def put_aside(journal: Path, size: int, mark: Mapping[str, Any]) -> None:
    """Keep a journal of which so many bytes are sealed, with what is to be known to seal it anew.

    The mark comes first, the name changes last: a crash in between leaves a journal that is
    sealed again to the same place.
    """
    target = journal.parent / "aside" / journal.name
    target.parent.mkdir(exist_ok=True)
    write_down(place_file(target), {**mark, _SIZE: size})
    with suppress(FileNotFoundError):
        journal.rename(target)
    place_file(journal).unlink(missing_ok=True)


def take_up(folder: Path) -> frozenset[str]:
    """Bring back the journals of a run, all of them, if one has grown or a new one has come.

    Returns the ids of these runs. Nobody else may be sealing.
    """
    aside = folder / "aside"
    groups: dict[str, list[Path]] = {}
    for path in journal_files(aside):
        groups.setdefault(_run_of(path), []).append(path)
    if aside.is_dir():
        _sweep(aside)
    if not groups:
        return frozenset()
    back: set[str] = set()
    here = {_run_of(path) for path in journal_files(folder)}
    now = clock_of(folder)
    for run, paths in groups.items():
        if run in here or any(_has_grown(path) for path in paths):
            for path in paths:
                _bring_back(path, folder)
            back.add(run)
        elif all(now - path.stat().st_mtime > KEPT for path in paths):
            _remove(paths)
    return frozenset(back)


def _run_of(path: Path) -> str:
    """The start of the name that the journals of a run share; one of trials is on its own."""
    run = path.name.partition(".")[0]
    return path.name if run == "trials" else run


def _has_grown(path: Path) -> bool:
    size = read_mark(path).get(_SIZE)
    return not isinstance(size, int) or path.stat().st_size > size


def _bring_back(path: Path, folder: Path) -> None:
    """The mark stays until the journal has its name again: without it, the place is not known."""
    target = folder / path.name
    write_down(place_file(target), read_mark(path))
    path.rename(target)
    place_file(path).unlink(missing_ok=True)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
        place_file(path).unlink(missing_ok=True)


def _sweep(aside: Path) -> None:
    kept = {place_file(path) for path in journal_files(aside)}
    for path in aside.glob(f"*{PLACE}"):
        if path not in kept:
            path.unlink(missing_ok=True)
