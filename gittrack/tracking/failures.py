"""What becomes of a write that fails: the training script is told once, or it is stopped."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

from gittrack.errors import GittrackError, RepositoryError, UsageError

OnError = Literal["warn", "raise"]
"""What a failed write does to the training script: it is told once, or it is stopped."""


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

    def refused(self, error: GittrackError) -> None:
        """Something could not be recorded; each value that cannot be stored is told once, and
        once for all that the repository cannot be written.

        Raises:
            GittrackError: it, where failures are to stop the script.
        """
        if self._raises:
            raise error
        what = "" if isinstance(error, RepositoryError) else error.message
        if what not in self._told:
            self._told.add(what)
            hint = f" ({error.hint})" if error.hint else ""
            self.warn(f"{error.message}{hint}")


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=5)
