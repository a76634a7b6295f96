"""What the system refuses, in words: a full disk, a folder that may not be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gittrack.errors import RepositoryError


@contextmanager
def refused(action: str) -> Iterator[None]:
    """Turn the system's errors into one line that says what failed, and the way out.

    Raises:
        RepositoryError: in the place of every OSError of the block.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RepositoryError(
            f"{action}: {reason}",
            hint="what was logged before is kept; make room or make the repository writable",
        ) from error
