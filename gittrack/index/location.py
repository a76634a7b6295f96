"""Where the files of the index lie: in the repository, or where `exptrack.indexPath` says."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gittrack.git.repository import Repository

SETTING = "exptrack.indexPath"


def index_file(repository: Repository, name: str) -> Path:
    """The path of an index file.

    git is asked for the setting only where there is no such file in the repository, or where the
    repository's own configuration speaks of it: most commands need no process more for it.
    """
    usual = repository.private_dir / name
    if usual.exists() and not _mentioned(repository):
        return usual
    return set_apart(repository, name) or usual


def set_apart(repository: Repository, name: str) -> Path | None:
    """The path that the setting gives; `None` where it is not set."""
    setting = repository.settings.config.get(SETTING.lower())
    if not setting:
        return None
    place = hashlib.sha256(str(repository.common_dir).encode("utf-8", "surrogateescape"))
    # Several repositories may be told the same folder.
    return Path(setting).expanduser() / f"gittrack-{place.hexdigest()[:16]}" / name


def _mentioned(repository: Repository) -> bool:
    try:
        return b"indexpath" in (repository.common_dir / "config").read_bytes().lower()
    except OSError:
        return False
