"""Files that runs log: each stored at once, and told as the run's journal says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gittrack.errors import GittrackError, RepositoryError
from gittrack.git.repository import Repository

Facts = dict[str, Any]


class ArtifactKeeper:
    """Stores the artifacts of one repository's live runs.

    What cannot be stored is told to `refused`, which raises where failures are to stop the script.
    """

    def __init__(self, repository: Repository, refused: Callable[[GittrackError], None]) -> None:
        self._repository = repository
        self._refused = refused

    def file(self, name: str, file: Path, artifact_type: str | None) -> Facts | None:
        """Store a file's content; what the run says of it, `None` where it could not be stored.

        Raises:
            UsageError: the name leads out of the run's folder, or the file is no regular file.
        """
        from gittrack.tracking.keeping import keep  # costs 30 ms

        try:
            return keep(self._repository, name, file, artifact_type)
        except OSError as error:
            self._refused(RepositoryError(f"cannot store {file}: {error.strerror or error}"))
        except RepositoryError as error:
            self._refused(error)
        return None

    def folder(
        self, folder: Path, name: str | None, artifact_type: str | None
    ) -> Iterator[Facts | None]:
        """Store all files below a folder, in their order; several at once where they go far.

        Raises:
            As `file`.
        """
        from gittrack.artifacts import files_below  # costs 30 ms
        from gittrack.tracking.keeping import is_far, side_by_side

        found = [(f"{name}/{p}" if name else p, file) for p, file in files_below(folder)]
        far = is_far(self._repository)
        return side_by_side(lambda one: self.file(*one, artifact_type), found, far=far)
