"""Every error that gittrack raises on purpose: one root, a handful of kinds, each with a hint."""

from __future__ import annotations

from collections.abc import Sequence


class GittrackError(Exception):
    """Root of all errors that gittrack raises on purpose.

    `str(error)` is one line that names the thing; `hint`, where there is one, is the next step.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(GittrackError):
    """The call itself makes no sense: a bad option, name or combination."""


class NotFoundError(GittrackError, LookupError):
    """What was asked for does not exist: a config, a tag, a file."""


class AmbiguousError(GittrackError, LookupError):
    """A short name stands for several things; `candidates` lists them."""

    def __init__(
        self, message: str, *, candidates: Sequence[str] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.candidates = tuple(candidates)


class ValueRefusedError(GittrackError, ValueError):
    """A value cannot be part of a config; `path` leads to it, as in `model.layers[2].units`."""

    def __init__(self, message: str, *, path: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class SourceError(GittrackError, ValueError):
    """A user's file cannot be read as a config; line and column count from 1, where known."""

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        place = file if line is None else f"{file}:{line}:{column}"
        super().__init__(f"{place}: {message}", hint=hint)
        self.file = file
        self.line = line
        self.column = column


class NotCanonicalError(GittrackError, ValueError):
    """Bytes are not in canonical form; `line` counts from 1."""

    def __init__(self, message: str, *, line: int = 0, hint: str | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message, hint=hint)
        self.line = line


class QueryError(GittrackError, ValueError):
    """A query cannot be understood; `column` (from 1) is where reading stopped."""

    def __init__(self, message: str, *, query: str, column: int, hint: str | None = None) -> None:
        super().__init__(f"column {column}: {message}", hint=hint)
        self.query = query
        self.column = column


class RepositoryError(GittrackError):
    """The repository cannot be used: there is none, it is not ours, it is damaged or read-only."""


class DataError(RepositoryError):
    """Something stored is damaged: its bytes are not what its name promises."""


class ConflictError(RepositoryError):
    """Others changed the same ref again and again, and the retries are used up."""


class GitError(RepositoryError):
    """A git command failed; carries its arguments, exit status and message."""

    def __init__(
        self,
        message: str,
        *,
        argv: Sequence[str],
        status: int,
        stderr: str,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.argv = tuple(argv)
        self.status = status
        self.stderr = stderr
