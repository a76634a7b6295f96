"""One large blob as a stream: from a git process of its own, so that memory does not grow."""

from __future__ import annotations

import subprocess
from typing import Self

from gittrack.errors import DataError
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId


class BlobStream:
    """Reads a blob piece by piece; `close` ends its process, read to the end or not."""

    def __init__(self, repository: Repository, blob: ObjectId) -> None:
        self._blob = blob
        self._process: subprocess.Popen[bytes] = repository.runner.open("cat-file", "blob", blob)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.stdin = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a part of the buffer; 0 at the end.

        Raises:
            DataError: git cannot read the blob.
        """
        assert self._process.stdout is not None
        data = self._process.stdout.read(len(buffer))
        buffer[: len(data)] = data
        if not data and self._process.wait():
            raise DataError(f"git object {self._blob} cannot be read", hint="run: git fsck")
        return len(data)

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
