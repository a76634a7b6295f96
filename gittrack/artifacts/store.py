"""The contract of every place that keeps the contents of artifacts by their SHA-256."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

Progress = Callable[[int, int | None], object]
"""Told the bytes done so far and, where it is known, how many there are in all."""

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Put:
    """What was stored: the content's SHA-256 and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in a store; `modified` (seconds since 1970) is when it was last put, if known."""

    sha256: str
    size: int
    modified: float | None


class Store(Protocol):
    """Keeps contents by SHA-256; safe for many threads, processes and machines at once.

    Every method raises RepositoryError, with a hint, where the store cannot be read or written,
    and UsageError for what is no SHA-256.
    """

    @property
    def name(self) -> str:
        """What records call this store; it holds no password."""
        ...

    def put(
        self, source: BinaryIO, *, size_hint: int | None = None, progress: Progress | None = None
    ) -> Put:
        """Store what the source has from where it stands to its end.

        When it returns, the content is there, whole, under its hash. Until then nobody sees any of
        it, and if it fails or the process dies, at most a temporary is left for `clean`. What is
        there already stays and counts as put now. Memory does not grow with the content.
        `size_hint` (bytes) is for progress alone; it may be wrong.
        """
        ...

    def open(self, sha256: str, size: int) -> BinaryIO:
        """A stream of the content, not seekable, checked while it is read.

        The last bytes are given only if length and hash are right: who has read `size` bytes, or
        to the end, has the right ones.

        Raises:
            NotFoundError: the store does not have it.
            DataError: what it has is damaged; raised here, or by the last read at the latest.
        """
        ...

    def has(self, sha256: str, size: int) -> bool:
        """Whether content of that name and length is there; its bytes are not read."""
        ...

    def fetch(
        self, sha256: str, size: int, target: Path, *, progress: Progress | None = None
    ) -> None:
        """Write the content to a file, which is whole and checked or as it was before.

        Missing folders are made. A symbolic link at the target is replaced, not followed.

        Raises:
            NotFoundError: the store does not have it.
            DataError: what it has is damaged.
        """
        ...

    def delete(self, sha256: str) -> bool:
        """Take content away; tells whether it was there."""
        ...

    def list(self) -> Iterator[Stored]:
        """All that is there, by hash. Files that are not the store's own are left out."""
        ...

    def clean(self, *, older_than: float = DAY) -> int:
        """Remove temporaries that nobody has written to for so many seconds; tells how many."""
        ...
