"""Files that appear whole or not at all, with holes and shared blocks where the disk has them."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from gittrack.artifacts.store import Progress, Put
from gittrack.artifacts.streams import CHUNK, chunks_of, copy_hashed
from gittrack.errors import RepositoryError

T = TypeVar("T")

PREFIX = ".exptrack-"

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # never wait for a pipe's end
_FICLONE = 0x40049409  # linux/fs.h: shares all blocks of a file; Btrfs, XFS, bcachefs, overlay
_ZEROS = bytes(CHUNK)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Temporary:
    """A new file of our own that is not yet where it belongs."""

    def __init__(self, path: str, mode: int) -> None:
        self.path = path
        self.descriptor = os.open(path, _NEW, mode)

    def write(self, data: bytes) -> None:
        """Append the data; a whole chunk of zeros becomes a hole."""
        if len(data) == CHUNK and data == _ZEROS:
            os.lseek(self.descriptor, CHUNK, os.SEEK_CUR)
            return
        written = os.write(self.descriptor, data)
        while written < len(data):
            written += os.write(self.descriptor, data[written:])

    def fill(
        self, chunks: Iterable[bytes], *, size_hint: int | None, progress: Progress | None
    ) -> Put:
        """Write all chunks; returns their hash and size."""
        put = copy_hashed(chunks, self.write, size_hint=size_hint, progress=progress)
        os.ftruncate(self.descriptor, put.size)  # what comes last may be a hole
        return put

    def hashed(self, progress: Progress | None) -> Put:
        """Hash and size of what it has."""
        size = os.fstat(self.descriptor).st_size
        with open(self.descriptor, "rb", buffering=0, closefd=False) as reader:
            return copy_hashed(chunks_of(reader), _nowhere, size_hint=size, progress=progress)

    def move(self, target: str) -> None:
        """Put it where it belongs, in place of what may be there."""
        os.rename(self.path, target)  # noqa: PTH104 - for each small file of a run
        self.path = ""


@contextmanager
def temporary(folder: str, *, mode: int) -> Iterator[Temporary]:
    """A new file in a folder, which is made if need be; gone at the end unless it was moved."""
    path = f"{folder}/{PREFIX}{os.urandom(8).hex()}"
    file = in_folder(folder, lambda: Temporary(path, mode))
    try:
        yield file
    finally:
        os.close(file.descriptor)
        if file.path:
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108


def in_folder(folder: str, act: Callable[[], T]) -> T:
    """Do something that needs a folder, which is made if need be.

    Others may take folders away as soon as they are empty, so it may take several attempts.
    """
    for _ in range(50):
        try:
            return act()
        except FileNotFoundError:
            with suppress(FileNotFoundError, FileExistsError):  # gone again while it was made
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    return act()


@contextmanager
def explained(action: str) -> Iterator[None]:
    """Turn the system's errors into one line that says what failed, and the way out."""
    try:
        yield
    except OSError as error:
        raise RepositoryError(f"{action}: {error.strerror or error}", hint=_hint(error)) from error


def write_whole(target: Path, stream: BinaryIO, size: int, progress: Progress | None) -> None:
    """Write a checked stream to a file, which is whole or as it was before."""
    with explained(f"cannot write {target}"), temporary(str(target.parent), mode=0o666) as file:
        file.fill(chunks_of(stream), size_hint=size, progress=progress)
        file.move(str(target))


def open_regular(path: str | Path) -> io.FileIO | None:
    """A regular file, open for reading; `None` where none has that name.

    A symbolic link is never followed, a pipe never waited for.
    """
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return io.FileIO(descriptor, "rb")


def clone(source: BinaryIO, read: int, descriptor: int) -> bool:
    """Make an empty file share the blocks of a whole source, where the file system can do that.

    `read` is how many bytes were read so far: a source that stands elsewhere began in the middle.
    The copy is one of a single moment, and private: what is written to either file afterwards does
    not show in the other.
    """
    # A GzipFile, for one, has a `fileno` too, but of other bytes than it gives.
    raw = source.raw if isinstance(source, io.BufferedReader) else source
    if sys.platform != "linux" or type(raw) is not io.FileIO or source.tell() != read:
        return False
    try:
        fcntl.ioctl(descriptor, _FICLONE, raw.fileno())
    except OSError:
        return False
    return True


def sync_folder(folder: str) -> None:
    """Make sure that a folder's new names survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _nowhere(_: bytes) -> None:
    """The file has these bytes already."""


def _hint(error: OSError) -> str:
    if error.errno in _FULL:
        return "make room, or choose another store with exptrack.artifactStore"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "make the folder writable, or choose another store with exptrack.artifactStore"
    if error.errno in (errno.EISDIR, errno.ENOTEMPTY):
        return "a folder has that name: choose another"
    return "check that the folder is there and its disk is sound"
