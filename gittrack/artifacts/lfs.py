"""Artifacts' contents in Git LFS's local store, where `git lfs push` and `fsck` see them."""

from __future__ import annotations

import heapq
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from gittrack.artifacts.disk import PREFIX, in_folder
from gittrack.artifacts.folder import FolderStore
from gittrack.artifacts.model import EMPTY_SHA256
from gittrack.artifacts.store import DAY, Progress, Put, Stored
from gittrack.errors import NotFoundError

NAME = "lfs"
_EMPTY = (EMPTY_SHA256, 0)


class LfsStore(FolderStore):
    """Git LFS's folder of objects: what one of the two writes, the other reads.

    `git lfs prune` knows nothing of runs: it deletes what no branch needs, sent anywhere or not. So
    what is put is held in a folder of our own, and Git LFS's has hard links to it, which cost
    nothing. What Git LFS deletes is still here; `expose` shows it to Git LFS again, and
    `release` ends our hold.

    Git LFS never stores the empty file, so it is always there.
    """

    _ABSENT_HINT = "get it with: git lfs fetch"

    def __init__(
        self,
        common_dir: str | Path,
        *,
        storage: str | Path | None = None,
        sync: bool = False,
        bring: Callable[[str, int], None] | None = None,
    ) -> None:
        """Open the store of a repository.

        Args:
            common_dir: the repository's common git folder.
            storage: the value of `lfs.storage`, if it is set; relative to `common_dir`.
            sync: whether each `put` waits for the disk.
            bring: fetches content, by SHA-256 and size, that is opened and not here; raises
                NotFoundError where it is nowhere.
        """
        super().__init__(Path(common_dir, "exptrack", "lfs"), sync=sync, name=NAME)
        self._theirs = lfs_folder(Path(common_dir), storage, sync=sync)
        self._bring = bring

    def put(
        self, source: BinaryIO, *, size_hint: int | None = None, progress: Progress | None = None
    ) -> Put:
        """Store what the source has; an empty one needs nothing."""
        put = super().put(source, size_hint=size_hint, progress=progress)
        if put.size == 0:
            self.delete(put.sha256)
        else:
            # Also where they have it: theirs may be damaged, or a second copy on the disk.
            if not self._link(put.sha256):
                self.expose(put.sha256, put.size)
        return put

    def receive(self, source: BinaryIO) -> Put:
        """Store what came from a remote: it is Git LFS's alone, which may delete it again."""
        return self._theirs.put(source)

    def expose(self, sha256: str, size: int) -> None:
        """Make sure that Git LFS has the content, as before `git lfs push --object-id`.

        Raises:
            NotFoundError: neither Git LFS nor we have it.
        """
        if (sha256, size) == _EMPTY or self._theirs.has(sha256, size):
            return
        if not self._link(sha256):
            with self.open(sha256, size) as stream:
                self._theirs.put(stream)

    def release(self, sha256: str, size: int) -> bool:
        """End our hold on content that is safe elsewhere; from now on it is Git LFS's alone.

        Tells whether there was one. Content that Git LFS lacks is kept.
        """
        return self._theirs.has(sha256, size) and super().delete(sha256)

    def has(self, sha256: str, size: int) -> bool:
        """Whether content of that name and length is there."""
        known = (sha256, size) == _EMPTY or super().has(sha256, size)
        return known or self._theirs.has(sha256, size)

    def delete(self, sha256: str) -> bool:
        """Take content away, from Git LFS's folder as well; tells whether it was there."""
        theirs = self._theirs.delete(sha256)
        return super().delete(sha256) or theirs

    def list(self) -> Iterator[Stored]:
        """All that is there, by hash, whoever put it there."""
        both = heapq.merge(super().list(), self._theirs.list(), key=_sha256)
        for _, same in groupby(both, key=_sha256):
            yield next(same)

    def clean(self, *, older_than: float = DAY) -> int:
        """Remove temporaries that nobody has written to for so many seconds; tells how many."""
        return super().clean(older_than=older_than) + self._theirs.clean(older_than=older_than)

    def _raw(self, sha256: str, size: int) -> io.RawIOBase:
        if (sha256, size) == _EMPTY:
            return _Empty()
        with suppress(NotFoundError):
            return super()._raw(sha256, size)
        try:
            return self._theirs._raw(sha256, size)
        except NotFoundError as error:
            if self._bring is None:
                raise NotFoundError(error.message, hint=self._ABSENT_HINT) from None
        self._bring(sha256, size)
        return self._theirs._raw(sha256, size)

    def _link(self, sha256: str) -> bool:
        """Make their object a name of ours; tells whether the two folders can have such names."""
        target = self._theirs._object(sha256)
        fresh = f"{os.path.dirname(target)}/{PREFIX}{os.urandom(8).hex()}"  # noqa: PTH120
        try:
            in_folder(os.path.dirname(target), lambda: os.link(self._object(sha256), fresh))  # noqa: PTH120
            os.rename(fresh, target)  # noqa: PTH104
        except OSError:  # another file system, one without links, or we do not hold it
            return False
        finally:
            with suppress(OSError):  # of two names of one file, `rename` leaves both
                os.unlink(fresh)  # noqa: PTH108
        return True


def lfs_folder(
    common_dir: Path, storage: str | Path | None = None, *, sync: bool = False
) -> FolderStore:
    """Git LFS's own folder of a repository; `storage` is the value of `lfs.storage`, if set."""
    root = Path(common_dir, storage or "lfs")
    return FolderStore(root / "objects", sync=sync, name=NAME, temporaries=root / "tmp")


class _Empty(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, _: memoryview, /) -> int:  # type: ignore[override]
        return 0


def _sha256(entry: Stored) -> str:
    return entry.sha256
