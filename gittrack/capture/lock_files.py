"""The files that pin what a project is installed from, known by their SHA-256."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

LOCK_FILES = (
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pixi.lock",
    "pylock.toml",
    "conda-lock.yml",
    "environment.yml",
)
"""Names of lock files at the top of a repository; `requirements*.txt` count, too."""

_REQUIREMENTS = re.compile(r"requirements[\w.-]*\.txt")
_MOST = 64  # files


def lock_files(top: Path) -> dict[str, str]:
    """The lock files at the top of a work tree, each with the SHA-256 of its bytes."""
    try:
        names = [path.name for path in top.iterdir()]
    except OSError:
        return {}
    chosen = [name for name in names if name in LOCK_FILES or _REQUIREMENTS.fullmatch(name)]
    found = {}
    for name in sorted(chosen)[:_MOST]:
        digest = _sha256(top / name)
        if digest is not None:
            found[name] = digest
    return found


def _sha256(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
