"""Artifacts' contents in a folder: `aa/bb/<sha256>`, as in Git LFS's own local layout."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from time import time
from typing import BinaryIO

from gittrack.artifacts.disk import (
    PREFIX,
    Temporary,
    clone,
    explained,
    in_folder,
    open_regular,
    sync_folder,
    temporary,
)
from gittrack.artifacts.model import check_sha256
from gittrack.artifacts.store import DAY, Progress, Put, Stored
from gittrack.artifacts.streams import checked, chunks_of, damaged, read_head
from gittrack.errors import NotFoundError

_TEMPORARIES = "tmp"


class FolderStore:
    """A store in a folder, on this machine or on a file system that several share.

    What is put is with the kernel when `put` returns, so a killed process loses none of it; with
    `sync` it is on the disk, so a power cut does not either, and each call takes as long as the
    disk needs. Putting content again mends a damaged copy of it.
    """

    _MODE = 0o444
    _ABSENT_HINT = "fetch it from where the run was made, or put the file again"

    def __init__(
        self,
        path: str | Path,
        *,
        sync: bool = False,
        name: str | None = None,
        temporaries: str | Path | None = None,
    ) -> None:
        self.path = Path(path)
        self._name = str(path) if name is None else name
        self._sync = sync
        self._root = str(path)
        self._temporaries = str(temporaries or self.path / _TEMPORARIES)

    @property
    def name(self) -> str:
        """What records call this store: its path, unless it was given another name."""
        return self._name

    def put(
        self, source: BinaryIO, *, size_hint: int | None = None, progress: Progress | None = None
    ) -> Put:
        """Store what the source has; a large file on the same Btrfs or XFS shares its blocks."""
        head, ended = read_head(source)
        with explained(f"cannot store an artifact in {self._root}"):
            if ended:
                return self._put_small(b"".join(head), progress)
            with temporary(self._temporaries, mode=self._MODE) as file:
                if clone(source, sum(map(len, head)), file.descriptor):
                    source.seek(0, os.SEEK_END)
                    put = file.hashed(progress)
                else:
                    chunks = chain(head, chunks_of(source))
                    put = file.fill(chunks, size_hint=size_hint, progress=progress)
                self._publish(file, put.sha256)
            return put

    def open(self, sha256: str, size: int) -> BinaryIO:
        """A stream of the content, checked while it is read."""
        return checked(self._raw(sha256, size), sha256, size, self._name)

    def has(self, sha256: str, size: int) -> bool:
        """Whether content of that name and length is there."""
        path = self._object(sha256)
        with explained(f"cannot look into {self._root}"):
            try:
                status = os.stat(path, follow_symlinks=False)  # noqa: PTH116
            except (FileNotFoundError, NotADirectoryError):
                return False
        return stat.S_ISREG(status.st_mode) and status.st_size == size

    def fetch(
        self, sha256: str, size: int, target: Path, *, progress: Progress | None = None
    ) -> None:
        """Write the content to a file, which is whole and checked or as it was before."""
        raw = self._raw(sha256, size)
        with (
            checked(raw, sha256, size, self._name) as stream,
            explained(f"cannot write {target}"),
            temporary(str(target.parent), mode=0o666) as file,
        ):
            if isinstance(raw, io.FileIO) and clone(raw, 0, file.descriptor):
                self._check(file.hashed(progress), Put(sha256, size))
            else:
                file.fill(chunks_of(stream), size_hint=size, progress=progress)
            file.move(str(target))

    def delete(self, sha256: str) -> bool:
        """Take content away; tells whether it was there."""
        path = self._object(sha256)
        with explained(f"cannot delete {path}"):
            try:
                os.unlink(path)  # noqa: PTH108
            except (FileNotFoundError, NotADirectoryError):
                return False
        with suppress(OSError):  # others may lie there, too
            Path(path).parent.rmdir()
            Path(path).parent.parent.rmdir()
        return True

    def list(self) -> Iterator[Stored]:
        """All that is there, by hash."""
        for first, second in self._folders():
            for name in sorted(_names(f"{self._root}/{first}/{second}")):
                if _is_hex(name, 64) and name.startswith(first + second):
                    yield from self._stored(name)

    def clean(self, *, older_than: float = DAY) -> int:
        """Remove temporaries that nobody has written to for so many seconds; tells how many."""
        removed, oldest = 0, time() - older_than
        folders = (f"{self._root}/{first}/{second}" for first, second in self._folders())
        for folder in (self._temporaries, *folders):
            with explained(f"cannot clean {folder}"):
                for path in (Path(folder, n) for n in _names(folder) if n.startswith(PREFIX)):
                    with suppress(FileNotFoundError):
                        if path.lstat().st_mtime <= oldest:
                            path.unlink()
                            removed += 1
        return removed

    def _object(self, sha256: str) -> str:
        check_sha256(sha256)
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _raw(self, sha256: str, size: int) -> io.RawIOBase:
        """The content's file.

        Raises:
            NotFoundError: there is none.
            DataError: its length is wrong.
        """
        with explained(f"cannot read from {self._root}"):
            raw = open_regular(self._object(sha256))
            if raw is None:
                raise NotFoundError(
                    f"artifact content {sha256[:12]} is not in {self._name}", hint=self._ABSENT_HINT
                )
            found = os.fstat(raw.fileno()).st_size
        if found != size:
            raw.close()
            raise damaged(sha256, self._name, f"it has {found:,} bytes instead of {size:,}")
        return raw

    def _put_small(self, data: bytes, progress: Progress | None) -> Put:
        """Store what fits into memory.

        Its temporary lies beside the object, not in one folder for all: ext4 takes three times as
        long to find an inode near a folder whose files come and go.
        """
        put = Put(hashlib.sha256(data).hexdigest(), len(data))
        target = self._object(put.sha256)
        if not self._renewed(target, data):
            with temporary(os.path.dirname(target), mode=self._MODE) as file:  # noqa: PTH120
                file.write(data)
                self._publish(file, put.sha256)
        if progress is not None:
            progress(put.size, put.size)
        return put

    def _renewed(self, target: str, data: bytes) -> bool:
        """Whether the object has these bytes already; then it counts as put now."""
        file = open_regular(target)
        if file is None:
            return False
        with file:
            if os.fstat(file.fileno()).st_size != len(data) or file.readall() != data:
                return False
            if self._sync:
                os.fsync(file.fileno())
        try:
            os.utime(target)
        except OSError:
            return False  # taken away meanwhile, or somebody else's
        return True

    def _publish(self, file: Temporary, sha256: str) -> None:
        target = self._object(sha256)
        folder = os.path.dirname(target)  # noqa: PTH120
        if self._sync:
            os.fsync(file.descriptor)
        in_folder(folder, lambda: file.move(target))
        if self._sync:
            for changed in (folder, os.path.dirname(folder), self._root):  # noqa: PTH120
                sync_folder(changed)

    def _check(self, found: Put, expected: Put) -> None:
        if found != expected:
            raise damaged(expected.sha256, self._name, f"its SHA-256 is {found.sha256[:12]}...")

    def _folders(self) -> Iterator[tuple[str, str]]:
        """The folders that objects lie in, by their two names."""
        for first in sorted(_names(self._root)):
            if _is_hex(first, 2):
                seconds = sorted(_names(f"{self._root}/{first}"))
                yield from ((first, second) for second in seconds if _is_hex(second, 2))

    def _stored(self, sha256: str) -> Iterator[Stored]:
        try:
            status = os.stat(self._object(sha256), follow_symlinks=False)  # noqa: PTH116
        except FileNotFoundError:
            return  # taken away meanwhile
        if stat.S_ISREG(status.st_mode):
            yield Stored(sha256, status.st_size, status.st_mtime)


def _names(folder: str) -> list[str]:
    """The names in a folder; none where there is no such folder."""
    with explained(f"cannot list {folder}"):
        try:
            return os.listdir(folder)  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            return []


def _is_hex(name: str, length: int) -> bool:
    return len(name) == length and not name.strip("0123456789abcdef")
