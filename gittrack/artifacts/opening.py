"""From the user's choice of a place to the store that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gittrack.artifacts.choice import Place
from gittrack.artifacts.folder import FolderStore
from gittrack.artifacts.lfs import LfsStore
from gittrack.artifacts.store import Store
from gittrack.errors import UsageError


def open_store(
    place: Place,
    common_dir: Path,
    *,
    lfs_storage: str | None = None,
    options: Mapping[str, Any] | None = None,
    sync: bool = False,
) -> Store:
    """The store at a place; nothing is made before something is put.

    Args:
        place: what the user chose; a relative folder counts from `common_dir`.
        common_dir: the repository's common git folder.
        lfs_storage: the value of `lfs.storage`, if it is set.
        options: for a URL, what fsspec passes on to the file system.
        sync: whether each `put` waits for the disk; not for URLs.

    Raises:
        UsageError: what the URL needs is not installed, or there is no such kind of URL; or a
            folder begins with `~`, which whoever reads the setting has to expand.
    """
    if place.kind == "git":
        return waiting_room(common_dir, sync=sync)
    if place.kind == "lfs":
        return LfsStore(common_dir, storage=lfs_storage, sync=sync)
    if place.kind == "folder":
        if place.where.startswith("~"):
            raise UsageError(f"not a full path: {place.where}", hint="write the home folder out")
        return FolderStore(common_dir / place.where, name=place.where, sync=sync)
    from gittrack.artifacts.fsspec_ import FsspecStore

    return FsspecStore(place.where, **(options or {}))


def waiting_room(common_dir: Path, *, sync: bool = False) -> FolderStore:
    """Where contents that belong into git wait until their run is sealed."""
    return FolderStore(common_dir / "exptrack" / "artifacts", name="git", sync=sync)
