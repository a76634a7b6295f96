"""Streams of bytes: copied with their hash, or checked while they are read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol

from gittrack.artifacts.store import Progress, Put
from gittrack.errors import DataError, RepositoryError, UsageError

CHUNK = 256 * 1024  # bytes; stays in the processor's cache between reading, hashing and writing


class Readable(Protocol):
    """What a checked stream reads from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer, or a part of it; 0 at the end."""
        ...

    def close(self) -> None:
        """Let go of what it reads from."""
        ...


def copy_hashed(
    chunks: Iterable[bytes],
    write: Callable[[bytes], object],
    *,
    size_hint: int | None = None,
    progress: Progress | None = None,
) -> Put:
    """Give all chunks to `write`, one by one; returns hash and size."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        write(chunk)
        size += len(chunk)
        if progress is not None:
            progress(size, size_hint)
    return Put(digest.hexdigest(), size)


def chunks_of(source: BinaryIO) -> Iterator[bytes]:
    """What a source has from where it stands to its end, in chunks.

    Raises:
        RepositoryError: it cannot be read.
        UsageError: it gives text, or nothing for now.
    """
    while chunk := read_chunk(source):
        yield chunk


def read_head(source: BinaryIO) -> tuple[list[bytes], bool]:
    """The first chunks of a source, a quarter MiB or more; and whether that was all it had."""
    head: list[bytes] = []
    while sum(map(len, head)) < CHUNK:
        chunk = read_chunk(source)
        if not chunk:
            return head, True
        head.append(chunk)
    return head, False


def read_chunk(source: BinaryIO, size: int = CHUNK) -> bytes:
    """Up to so many bytes of a source; none at its end.

    Raises:
        RepositoryError: it cannot be read.
        UsageError: it gives text, or nothing for now.
    """
    try:
        chunk = source.read(size)
    except OSError as error:
        name = getattr(source, "name", None) or "the stream"
        raise RepositoryError(
            f"cannot read {name}: {error.strerror or error}", hint="nothing was stored"
        ) from error
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise UsageError(
            f"an artifact's content must be bytes, not {type(chunk).__name__}",
            hint="open the file with mode 'rb', and blocking",
        )
    return bytes(chunk)


def checked(raw: Readable, sha256: str, size: int, place: str) -> BinaryIO:
    """A stream that gives its last bytes only if length and hash are right.

    Raises:
        DataError: from reading, where the content is not what its name promises.
    """
    return io.BufferedReader(_CheckedStream(raw, sha256, size, place), CHUNK)


def damaged(sha256: str, place: str, reason: str) -> DataError:
    """The error for content that is not what its name promises."""
    return DataError(
        f"artifact content {sha256[:12]} in {place} is damaged: {reason}",
        hint="delete it there and put the file again, or take it from another copy",
    )


class _CheckedStream(io.RawIOBase):
    def __init__(self, raw: Readable, sha256: str, size: int, place: str) -> None:
        self._raw, self._sha256, self._size, self._place = raw, sha256, size, place
        self._digest, self._done, self._passed = hashlib.sha256(), 0, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self._passed or not buffer:
            return 0
        view = memoryview(buffer).cast("B")[: self._size - self._done]
        count = self._fill(view) if view else 0
        self._digest.update(view[:count])
        self._done += count
        if self._done == self._size:
            self._check_end()
        elif not count:
            raise self._damaged(f"it ends after {self._done:,} of {self._size:,} bytes")
        return count

    def readall(self) -> bytes:
        content = bytearray()
        while chunk := self.read(CHUNK):
            content += chunk
        return bytes(content)

    def close(self) -> None:
        self._raw.close()
        super().close()

    def _fill(self, view: memoryview) -> int:
        try:
            return self._raw.readinto(view) or 0
        except OSError as error:
            raise RepositoryError(
                f"cannot read artifact content {self._sha256[:12]} in {self._place}: "
                f"{error.strerror or error}",
                hint="check the disk, or take it from another copy",
            ) from error

    def _check_end(self) -> None:
        if self._fill(memoryview(bytearray(1))):
            raise self._damaged(f"it goes on after {self._size:,} bytes")
        found = self._digest.hexdigest()
        if found != self._sha256:
            raise self._damaged(f"its SHA-256 is {found[:12]}...")
        self._passed = True

    def _damaged(self, reason: str) -> DataError:
        return damaged(self._sha256, self._place, reason)
