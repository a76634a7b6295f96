"""A new clone that has the records, too, and is ready to record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gittrack.capture.redaction import redact_url
from gittrack.errors import GitError, UsageError
from gittrack.git.configuration import remotes, set_value
from gittrack.git.refspecs import RECORDS, fetch_records
from gittrack.git.remotes import Gateway, clone
from gittrack.git.repository import discover
from gittrack.git.transfer import Listener
from gittrack.store.session import Session
from gittrack.sync.artifacts import Artifacts
from gittrack.sync.hosts import failure_of
from gittrack.sync.summary import Summary
from gittrack.sync.sync import Plan, sync

BRANCHES = "refs/heads/exptrack/"
"""Where records are on hosts that take branches only."""

_ENDING = re.compile(r"(?:/|\.git|\.bundle|/\.git)+$")


@dataclass(frozen=True, slots=True)
class Cloned:
    """A new clone: its folder, the files that were new in its work tree, the records that came."""

    folder: Path
    prepared: tuple[str, ...]
    summary: Summary


def clone_with_records(
    url: str,
    folder: Path | str | None = None,
    *,
    artifacts: str | None = None,
    listener: Listener | None = None,
) -> Cloned:
    """Clone a repository, have git fetch bring its records from now on, and take them in.

    Where the host keeps them as branches, `exptrack.refPrefix` is set. Without a folder, its name
    is the repository's. `artifacts` is `all` to fetch those in Git LFS, too.

    Raises:
        TransferError: it cannot be reached.
        UsageError: the folder is there already, or cannot be told from the URL.
    """
    which = Artifacts.chosen(artifacts, None)
    if url.startswith("-"):
        raise UsageError(f"not a URL: {url!r}")
    place = Path(folder) if folder is not None else Path(_folder_of(url))
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        raise UsageError(f"{place} is there already", hint="name another folder")
    try:
        clone(url, place, listener)
    except GitError as error:
        raise failure_of(redact_url(url), "clone", error.stderr) from error
    return _prepare(place, which, listener)


def _prepare(place: Path, artifacts: Artifacts, listener: Listener | None) -> Cloned:
    repository = discover(place)
    name = remotes(repository)[0]
    there = Gateway(repository, name, named=True).refs(f"{RECORDS}*", f"{BRANCHES}*")
    if there and not any(ref.startswith(RECORDS) for ref in there):
        set_value(repository, "exptrack.refPrefix", BRANCHES.rstrip("/"))
        repository = discover(place)  # with that setting
    fetch_records(repository, name)
    session = Session(repository)
    try:
        summary = sync(session, name, Plan(give=False, artifacts=artifacts), listener=listener)
        prepared = session.plane.prepare() if session.plane is not None else ()
    finally:
        session.close()
    return Cloned(place, tuple(prepared), summary)


def _folder_of(url: str) -> str:
    """The folder that git would choose."""
    last = re.split(r"[/:]", _ENDING.sub("", url.strip()))[-1]
    if not last or last in (".", ".."):
        raise UsageError(f"{redact_url(url)} does not say how to name the folder", hint="name it")
    return last
