"""Storing an artifact's content: in git with the run if it is small, else where the user wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from gittrack.artifacts import (
    DEFAULT_GIT_LIMIT,
    LFS,
    Place,
    check_artifact_path,
    choose,
    open_file,
    open_store,
    parse_place,
    parse_size,
    waiting_room,
)
from gittrack.errors import UsageError
from gittrack.git.repository import Repository

_T = TypeVar("_T")
_R = TypeVar("_R")

_AT_ONCE = 8
"""Files on their way at the same time, where that is another machine."""


def side_by_side(work: Callable[[_T], _R], items: Iterable[_T], *, far: bool) -> Iterator[_R]:
    """The results of work on each item, in their order; several at once where it is `far`.

    The first error is raised, and what was not begun by then is not.
    """
    if not far:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)


def is_far(repository: Repository) -> bool:
    """Whether large files go to another machine."""
    large = large_place(repository)
    return large is not None and large.kind == "url"


def large_place(repository: Repository) -> Place | None:
    """Where `exptrack.artifactStore` says that large files are kept, if it is set; `~` and
    `~name` stand for home folders, as in git's own settings.

    Raises:
        UsageError: it names no place, or nobody's home folder.
    """
    setting = repository.settings.config.get("exptrack.artifactstore")
    if setting is None:
        return None
    place = parse_place(setting)
    if place.kind != "folder" or not place.where.startswith("~"):
        return place
    try:
        return replace(place, where=str(Path(place.where).expanduser()))
    except RuntimeError as error:
        raise UsageError(
            f"exptrack.artifactStore is {setting!r}, and nobody's home folder is known by that",
            hint="write the folder out: git config exptrack.artifactStore /data/artifacts",
        ) from error


def keep(
    repository: Repository, name: str, file: Path, artifact_type: str | None
) -> dict[str, Any]:
    """Store a file's content and tell what the run's journal says of it.

    Raises:
        UsageError: the name leads out of the run's folder, or the file is no regular file.
        RepositoryError: the content cannot be stored.
    """
    path = check_artifact_path(name)
    config = repository.settings.config
    limit = config.get("exptrack.artifactlimit")
    large = large_place(repository)
    with open_file(file) as source:
        size = file.stat().st_size
        place = choose(
            size,
            git_limit=DEFAULT_GIT_LIMIT if limit is None else parse_size(limit),
            large=large or LFS,
        )
        if str(place) == "git":
            stored, store = waiting_room(repository.common_dir).put(source), "git"
        else:
            chosen = open_store(place, repository.common_dir, lfs_storage=config.get("lfs.storage"))
            stored, store = chosen.put(source, size_hint=size), chosen.name
    facts: dict[str, Any] = {
        "path": path,
        "size": stored.size,
        "sha256": stored.sha256,
        "store": store,
    }
    if artifact_type is not None:
        facts["type"] = artifact_type
    return facts
