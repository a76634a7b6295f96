"""What becomes of a write that fails: the training script is told once, or it is stopped."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from gittrack.errors import DataError, GittrackError, RepositoryError, UsageError

OnError = Literal["warn", "raise"]
"""What a failed write does to the training script: it is told once, or it is stopped."""

_MOST = 100
"""Notices in all: a training that fails all night fills no log and no memory."""


class Failures:
    """Raises what cannot be recorded, or tells it once and lets the script go on.

    Args:
        on_error: `warn` or `raise`.
        warn: takes one-line notices; without it they become Python warnings.

    Raises:
        UsageError: `on_error` is neither.
    """

    def __init__(self, on_error: OnError, warn: Callable[[str], None] | None = None) -> None:
        if on_error not in ("warn", "raise"):
            raise UsageError(f"on_error is 'warn' or 'raise', not {on_error!r}")
        self.warn = warn or _warn
        self._raises = on_error == "raise"
        self._told: set[str] = set()

    def refused(self, error: GittrackError, lost: str = "") -> None:
        """Something could not be recorded; each value that cannot be stored is told once, and
        once for all that the repository cannot be written. After 100 notices there is no further.

        Args:
            error: why not.
            lost: what it was that no journal keeps for later, such as `the tags of run 12`; told
                once for each text.

        Raises:
            GittrackError: the error, where failures are to stop the script.
        """
        if self._raises:
            raise error
        what = lost or ("" if isinstance(error, RepositoryError) else error.message)
        if what in self._told or len(self._told) >= _MOST:
            return
        self._told.add(what)
        hint = f" ({error.hint})" if error.hint else ""
        self.warn(f"{f'not recorded: {lost}: ' if lost else ''}{error.message}{hint}")
        if len(self._told) == _MOST:
            self.warn(f"that was notice {_MOST}: what else cannot be recorded is not told")

    @contextmanager
    def recording(self, lost: str) -> Iterator[None]:
        """A block that writes to the repository and not to a journal; where that fails, what is
        `lost` is told, and the rest of the block left out.

        Raises:
            RepositoryError: where failures are to stop the script.
        """
        try:
            yield
        except DataError:
            raise
        except RepositoryError as error:
            self.refused(error, lost)


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=5)
