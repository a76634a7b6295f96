"""Files that killed processes left behind: they take room, and some keep git from tidying up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote

from gittrack.artifacts import waiting_room
from gittrack.doctor.ailment import HOUR, Ailment, age_of, span
from gittrack.doctor.processes import imports_run, runs
from gittrack.git.repository import Repository
from gittrack.journal.owner import is_locked
from gittrack.store.journals import journal_folder, sealing_turn
from gittrack.store.layout import ROOT
from gittrack.store.session import Session

_SCRATCH = b"refs/exptrack-scratch/"
_CRASH = "fast_import_crash_"
_SPOOL = ".spool."


def crash_reports(session: Session) -> Iterator[Ailment]:
    """What fast-import wrote when it could not finish, in our service."""
    for path in _reports(session.repository):
        text = "git fast-import left a crash report; what was recorded is not touched by it"
        yield Ailment("crash-report", text, str(path), f"rm {quote(str(path))}", fixable=True)


def temporaries(session: Session) -> Iterator[Ailment]:
    """Temporary files that nobody has written to for an hour."""
    for path in _temporaries(session):
        text = f"a temporary file is {span(age_of(path))} old"
        yield Ailment("temporary", text, str(path), f"rm -r {quote(str(path))}", fixable=True)


def guarded_packs(session: Session) -> Iterator[Ailment]:
    """Packs that a killed fast-import still guards: `git gc` and `git repack` pass them by."""
    repository = session.repository
    kept = _guards(repository)
    if kept and not _imports_run(repository):
        for path in kept:
            text = "a pack is guarded by a fast-import that has ended"
            yield Ailment("guarded-pack", text, str(path), f"rm {quote(str(path))}", fixable=True)


def temporary_packs(session: Session) -> Iterator[Ailment]:
    """Packs that were never finished."""
    folder = session.repository.common_dir / "objects" / "pack"
    old = [path for path in folder.glob("tmp_*") if age_of(path) > HOUR]
    if old:
        text = f"{len(old):,} unfinished files of git's lie among the packs"
        mend = "git gc removes those older than two weeks"
        yield Ailment("temporary-packs", text, str(folder), mend, advice=True)


def remove_report(session: Session, ailment: Ailment) -> None:
    """Remove a crash report of ours."""
    for path in _reports(session.repository):
        if str(path) == ailment.place:
            path.unlink(missing_ok=True)


def remove_temporary(session: Session, ailment: Ailment) -> None:
    """Remove a temporary that is old still; what a seal writes, only when nobody seals."""
    for path in _temporaries(session):
        if str(path) != ailment.place:
            continue
        if not path.name.startswith(_SPOOL):
            path.unlink(missing_ok=True)
            continue
        with sealing_turn(path.parent) as alone:
            if alone:
                shutil.rmtree(path, ignore_errors=True)


def remove_guard(session: Session, ailment: Ailment) -> None:
    """Let a pack be an ordinary one, if still no fast-import runs."""
    if not _imports_run(session.repository):
        for path in _guards(session.repository):
            if str(path) == ailment.place:
                path.unlink(missing_ok=True)


def _reports(repository: Repository) -> Iterator[Path]:
    for path in sorted(repository.git_dir.glob(f"{_CRASH}*")):
        process = path.name.removeprefix(_CRASH)
        if process.isdigit() and not runs(int(process)):
            with suppress(OSError):
                if _SCRATCH in path.read_bytes():
                    yield path


def _temporaries(session: Session) -> list[Path]:
    private = session.repository.private_dir
    journals, artifacts = journal_folder(session), waiting_room(session.repository.common_dir).path
    found = [path for path in journals.glob(".*.new") if is_locked(path) is not True]
    for folder, pattern in (
        (journals, f"{_SPOOL}*"),
        (journals, ".clock.*"),
        (journals, ".*.place"),
        (journals / "aside", ".*.place"),
        (private, ".clone.*"),
        (private, "index.*.tmp"),
        (artifacts, "??/??/.freed.*"),
    ):
        found += folder.glob(pattern)
    if session.plane is not None:
        found += (Path(session.plane.root) / ROOT).rglob(".*.tmp")
    return sorted(path for path in found if age_of(path) > HOUR)


def _guards(repository: Repository) -> list[Path]:
    """git writes into the guard who made it; an older one than an hour is of no short command."""
    found = []
    for path in sorted((repository.common_dir / "objects" / "pack").glob("*.keep")):
        with suppress(OSError):
            if age_of(path) > HOUR and path.read_bytes().strip() == b"fast-import":
                found.append(path)
    return found


def _imports_run(repository: Repository) -> bool:
    folders = (repository.common_dir, repository.git_dir, repository.work_tree)
    return imports_run(tuple(folder for folder in folders if folder is not None))
