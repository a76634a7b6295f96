"""Contents of artifacts that are in git by now, and still wait beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gittrack.artifacts import waiting_room
from gittrack.artifacts.folder import FolderStore
from gittrack.doctor.ailment import HOUR, Ailment, age_of, size
from gittrack.git.history import list_files
from gittrack.git.refs import read_refs
from gittrack.git.repository import Repository
from gittrack.journal.reader import journal_files, read_events, read_header
from gittrack.store.experiments import EXPERIMENTS, RUNS
from gittrack.store.journals import journal_folder
from gittrack.store.session import Session

_CHUNK = 1 << 20


def waiting_artifacts(session: Session) -> Iterator[Ailment]:
    """Contents older than an hour that no journal names, and that sealed runs have in git."""
    room = waiting_room(session.repository.common_dir)
    found = _sealed(session, room)
    if found:
        room_taken = size(sum(path.lstat().st_size for path in found))
        count = "1 content" if len(found) == 1 else f"{len(found):,} contents"
        text = f"{count} of sealed artifacts ({room_taken}) are kept twice"
        mend = "git exp doctor --fix"
        yield Ailment("waiting-artifacts", text, str(room.path), mend, fixable=True, advice=True)


def free(session: Session, _: Ailment) -> None:
    """Remove contents that git has, unless somebody stores one anew at this moment."""
    room = waiting_room(session.repository.common_dir)
    for path in _sealed(session, room):
        # Whoever stores the same content renews its time, or finds nothing under the name and
        # writes it: so the name goes first, and the time is looked at afterwards.
        aside = path.with_name(f".freed.{path.name}")
        with suppress(FileNotFoundError):
            path.rename(aside)
            if age_of(aside) > HOUR or path.exists():
                aside.unlink()
            else:
                aside.rename(path)


def _sealed(session: Session, room: FolderStore) -> list[Path]:
    named = _named(session)
    paths = [
        room.path / one.sha256[:2] / one.sha256[2:4] / one.sha256
        for one in room.list()
        if one.sha256 not in named
    ]
    old = [path for path in paths if age_of(path) > HOUR]
    if not old:
        return []
    blobs = {_blob(session.repository, path): path for path in old}
    in_git = {
        change.blob
        for ref in read_refs(session.repository, EXPERIMENTS)
        for change in list_files(session.repository, ref, f"{RUNS}/")
        if change.blob in blobs
    }
    return [path for blob, path in blobs.items() if blob in in_git]


def _named(session: Session) -> set[str]:
    """The contents that journals name: their runs are not sealed yet."""
    found: set[str] = set()
    for path in journal_files(journal_folder(session)):
        with suppress(FileNotFoundError):
            file = read_header(path)
            for event, _ in read_events(path, 0 if file is None else file.end):
                if len(event) == 3 and event[0] == "artifact" and isinstance(event[2], dict):
                    found.add(str(event[2].get("sha256")))
    return found


def _blob(repository: Repository, path: Path) -> str:
    """The id that git gives to a file, which is never in memory as a whole."""
    digest = hashlib.new(repository.hash_name, usedforsecurity=False)
    digest.update(b"blob %d\0" % path.lstat().st_size)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()
