"""Making a repository where there is none."""

from __future__ import annotations

import os
from pathlib import Path

from gittrack.errors import RepositoryError
from gittrack.git.environment import child_environment
from gittrack.git.process import Runner


def create(folder: Path) -> None:
    """Make a repository with a work tree in a folder, which is made if need be.

    Raises:
        RepositoryError: it cannot be made there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RepositoryError(f"cannot make a repository at {folder}: {reason}") from error
    Runner(folder, child_environment(os.environ)).run("init", "--quiet")
