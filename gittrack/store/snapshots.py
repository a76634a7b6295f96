"""The branch plane as it stands somewhere: in a commit, in the index, in the work tree.

All three answer alike, without `refs/exptrack` and without following a symbolic link.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gittrack.canonical import MAX_BYTES
from gittrack.git.listing import (
    Difference,
    ListedFile,
    find_commit,
    index_differences,
    index_files,
    known_files,
    tree_differences,
    tree_files,
    work_tree_differences,
)
from gittrack.git.objects import ObjectReader
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId
from gittrack.store.layout import FORMAT_PATH, HEAD, check_format
from gittrack.store.session import Session

EntryKind = Literal["file", "link", "other", "unmerged"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that lies at a path: a regular file, or what is none.

    `blob` is its object in git where that is known.
    """

    path: str
    kind: EntryKind
    blob: ObjectId | None = None


class Snapshot(Protocol):
    """What a place holds. Paths are those within the repository, with slashes."""

    @property
    def place(self) -> str:
        """The place in words."""

    def below(self, *folders: str) -> list[Entry]:
        """Everything below some folders, in the order of paths."""

    def read_many(self, entries: Sequence[Entry], most: int = MAX_BYTES) -> Iterator[bytes | None]:
        """The bytes of entries, in their order; `None` for what is no regular file, is larger
        than `most` or has gone."""

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at a path; `None` as `read_many` says, or where none is."""

    def size(self, entry: Entry) -> int | None:
        """The bytes of an entry, if it is a file that could be read."""

    def at(self, paths: Sequence[str]) -> dict[str, Entry]:
        """What lies at those paths, by path; nothing where a folder on the way is a link."""

    def files(self) -> list[str]:
        """The paths of all files of the repository there, without those that git ignores."""

    def differences(self, base: str, folder: str) -> Iterator[Difference]:
        """What differs, or may differ, from a commit below a folder."""


def check_snapshot_format(snapshot: Snapshot) -> None:
    """Refuse a place whose format this version does not know.

    Raises:
        RepositoryError: it has another format.
    """
    data = snapshot.read(FORMAT_PATH)
    if data is not None:
        check_format(data, f"{FORMAT_PATH} in {snapshot.place}")


def branch_plane(session: Session) -> Snapshot:
    """The branch plane that people work on: the work tree, or HEAD where there is none.

    Raises:
        RepositoryError: there is neither: a bare repository without a commit.
    """
    repository = session.repository
    if repository.work_tree is not None:
        return WorkTreeSnapshot(repository, repository.work_tree)
    return CommitSnapshot(repository, session.reader, find_commit(repository, HEAD))


class CommitSnapshot:
    """What a commit holds."""

    def __init__(self, repository: Repository, reader: ObjectReader, commit: ObjectId) -> None:
        self.commit = commit
        self.place = f"commit {commit[:12]}"
        self._repository = repository
        self._reader = reader

    def below(self, *folders: str) -> list[Entry]:
        """Everything below some folders."""
        return [_entry(file) for file in self._list(*(f"{folder}/" for folder in folders))]

    def read_many(self, entries: Sequence[Entry], most: int = MAX_BYTES) -> Iterator[bytes | None]:
        """The bytes of entries."""
        return _read_blobs(self._reader, entries, most)

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at a path."""
        found = self._reader.find(f"{self.commit}:{path}")
        return None if found is None or found.type != "blob" else found.data

    def size(self, entry: Entry) -> int | None:
        """The bytes of an entry."""
        return None if entry.blob is None else self._reader.sizes([entry.blob])[0]

    def at(self, paths: Sequence[str]) -> dict[str, Entry]:
        """What lies at those paths."""
        wanted = set(paths)
        found = (f for some in _batches(paths) for f in self._list(*some))
        return {file.path: _entry(file) for file in found if file.path in wanted}

    def files(self) -> list[str]:
        """The paths of all files."""
        return [file.path for file in self._list()]

    def differences(self, base: str, folder: str) -> Iterator[Difference]:
        """What differs from another commit."""
        return tree_differences(self._repository, base, self.commit, f"{folder}/")

    def _list(self, *paths: str) -> list[ListedFile]:
        return tree_files(self._repository, self.commit, *paths)


class IndexSnapshot:
    """What the next commit would hold."""

    place = "the index"

    def __init__(self, repository: Repository, reader: ObjectReader) -> None:
        self._repository = repository
        self._reader = reader

    def below(self, *folders: str) -> list[Entry]:
        """Everything below some folders."""
        where = (f"{folder}/" for folder in folders)
        return [_entry(file) for file in index_files(self._repository, *where)]

    def read_many(self, entries: Sequence[Entry], most: int = MAX_BYTES) -> Iterator[bytes | None]:
        """The bytes of entries."""
        return _read_blobs(self._reader, entries, most)

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at a path."""
        return next(self.read_many(list(self.at([path]).values())), None)

    def size(self, entry: Entry) -> int | None:
        """The bytes of an entry."""
        return None if entry.blob is None else self._reader.sizes([entry.blob])[0]

    def at(self, paths: Sequence[str]) -> dict[str, Entry]:
        """What lies at those paths."""
        wanted = set(paths)
        found = (f for some in _batches(paths) for f in index_files(self._repository, *some))
        return {file.path: _entry(file) for file in found if file.path in wanted}

    def files(self) -> list[str]:
        """The paths of all files."""
        return [file.path for file in index_files(self._repository)]

    def differences(self, base: str, folder: str) -> Iterator[Difference]:
        """What differs from a commit."""
        return index_differences(self._repository, base, f"{folder}/")


class WorkTreeSnapshot:
    """What lies in the work tree now, committed or not."""

    place = "the work tree"

    def __init__(self, repository: Repository, root: Path) -> None:
        self._repository = repository
        self._root = os.fspath(root)

    def below(self, *folders: str) -> list[Entry]:
        """Everything below some folders."""
        found: list[Entry] = []
        for folder in folders:
            if self._is_folder(folder):
                self._walk(folder, found)
        return found

    def read_many(self, entries: Sequence[Entry], most: int = MAX_BYTES) -> Iterator[bytes | None]:
        """The bytes of entries."""
        return (_read_file(f"{self._root}/{entry.path}", most) for entry in entries)

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at a path."""
        return None if self._at(path) is None else _read_file(f"{self._root}/{path}", MAX_BYTES)

    def size(self, entry: Entry) -> int | None:
        """The bytes of an entry."""
        try:
            return os.lstat(f"{self._root}/{entry.path}").st_size
        except OSError:
            return None

    def at(self, paths: Sequence[str]) -> dict[str, Entry]:
        """What lies at those paths."""
        return {path: entry for path in paths if (entry := self._at(path)) is not None}

    def files(self) -> list[str]:
        """The paths of all files that git tracks or would add."""
        return list(self.at(known_files(self._repository)))

    def differences(self, base: str, folder: str) -> Iterator[Difference]:
        """What may differ from a commit."""
        return work_tree_differences(self._repository, base, f"{folder}/")

    def _at(self, path: str) -> Entry | None:
        folder = path.rpartition("/")[0]
        if folder and not self._is_folder(folder):
            return None
        try:
            status = os.lstat(f"{self._root}/{path}")
        except (OSError, ValueError):
            return None
        return Entry(path, _kind(status.st_mode))

    def _walk(self, folder: str, found: list[Entry]) -> None:
        with os.scandir(f"{self._root}/{folder}") as scan:
            items = sorted(scan, key=lambda item: item.name)
        for item in items:
            path = f"{folder}/{item.name}"
            if item.is_dir(follow_symlinks=False):
                self._walk(path, found)
            else:
                found.append(Entry(path, _item_kind(item)))

    def _is_folder(self, folder: str) -> bool:
        """Whether a folder is there, and no part of its path is a symbolic link."""
        current = self._root
        for part in folder.split("/"):
            current = f"{current}/{part}"
            try:
                if not stat.S_ISDIR(os.lstat(current).st_mode):
                    return False
            except (OSError, ValueError):
                return False
        return True


_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def _read_file(path: str, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, _OPEN)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        data = os.read(descriptor, status.st_size + 1)
        while len(data) < status.st_size and (more := os.read(descriptor, MAX_BYTES)):
            data += more
        return data
    except OSError:
        return None
    finally:
        with suppress(OSError):
            os.close(descriptor)


def _read_blobs(
    reader: ObjectReader, entries: Sequence[Entry], most: int
) -> Iterator[bytes | None]:
    blobs = reader.find_many((entry.blob for entry in entries if entry.blob), most=most)
    for entry in entries:
        found = next(blobs) if entry.blob else None
        yield None if found is None else found.data


def _entry(file: ListedFile) -> Entry:
    if not file.merged:
        return Entry(file.path, "unmerged")
    if file.is_regular:
        return Entry(file.path, "file", file.id)
    return Entry(file.path, "link" if file.mode == "120000" else "other")


def _kind(mode: int) -> EntryKind:
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"


def _item_kind(item: os.DirEntry[str]) -> EntryKind:
    if item.is_file(follow_symlinks=False):
        return "file"
    return "link" if item.is_symlink() else "other"


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough paths at a time for one command line."""
    return (paths[start : start + 1000] for start in range(0, len(paths), 1000))
