"""Files of the user's own as artifacts: what a folder holds, and where one is written back."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from gittrack.artifacts.model import check_artifact_path
from gittrack.errors import NotFoundError, RepositoryError, UsageError

Skipped = Callable[[str, str], object]
"""Told the name of what is left out, and why."""

_GITS_OWN = {".git", ".gitmodules", ".gitattributes"}
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # never wait for a pipe's end


def files_below(folder: Path, *, skipped: Skipped | None = None) -> Iterator[tuple[str, Path]]:
    """The regular files in a folder with their names as artifacts, sorted within each folder.

    Links are followed where they lead to something in the same folder; a link to a folder shows
    its files once more under the link's name, but not what further links in there lead to, so that
    loops end. What is left out is told to `skipped`: links that lead away or nowhere, devices,
    pipes, sockets, and git's own `.git`, `.gitmodules` and `.gitattributes`.

    Raises:
        NotFoundError: there is no such folder.
        UsageError: a file's name is none that an artifact can have; list first, then store.
        RepositoryError: a folder cannot be read.
    """
    try:
        root = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise NotFoundError(f"there is no folder {folder}") from error
    if not root.is_dir():
        raise UsageError(f"{folder} is no folder", hint="store it as a single file")
    yield from _Walk(root, skipped or _nobody).files(root, "", linked=False)


def open_file(path: Path) -> BinaryIO:
    """A regular file, open for reading; links are followed.

    Raises:
        NotFoundError: there is none.
        UsageError: it is a folder, a device, a pipe or a socket.
        RepositoryError: it cannot be read.
    """
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"there is no file {path}") from error
    except OSError as error:
        raise RepositoryError(f"cannot read {path}: {error.strerror}") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise UsageError(f"{path} is {_kind(mode)}, not a file", hint="name its files one by one")
    return os.fdopen(descriptor, "rb")


def target_below(folder: Path, path: str) -> Path:
    """Where an artifact of that name belongs below a folder; the folders between are made.

    Raises:
        UsageError: the name, or a link that lies in the way, would lead out of the folder.
        RepositoryError: a folder cannot be made.
    """
    check_artifact_path(path)
    *parents, name = path.split("/")
    current = folder
    try:
        current.mkdir(parents=True, exist_ok=True)
        for part in parents:
            current = current / part
            if current.is_symlink():
                raise UsageError(
                    f"{current} is a link: {path} would be written where it leads",
                    hint="remove the link, or choose another folder",
                )
            current.mkdir(exist_ok=True)
    except OSError as error:
        raise RepositoryError(f"cannot make the folder {current}: {error.strerror}") from error
    return current / name


class _Walk:
    """One walk through a folder."""

    def __init__(self, root: Path, skipped: Skipped) -> None:
        self._root = root
        self._skipped = skipped

    def files(self, folder: Path, prefix: str, *, linked: bool) -> Iterator[tuple[str, Path]]:
        """The files of one folder and those below it; `linked` where a link led here."""
        for entry in self._entries(folder):
            name = prefix + entry.name
            if entry.name in _GITS_OWN:
                self._skipped(name, "it is git's own")
            elif entry.is_symlink():
                yield from self._linked(Path(entry.path), name, linked=linked)
            elif entry.is_dir(follow_symlinks=False):
                yield from self.files(Path(entry.path), name + "/", linked=linked)
            elif entry.is_file(follow_symlinks=False):
                yield check_artifact_path(name), Path(entry.path)
            else:
                mode = entry.stat(follow_symlinks=False).st_mode
                self._skipped(name, f"it is {_kind(mode)}")

    def _linked(self, link: Path, name: str, *, linked: bool) -> Iterator[tuple[str, Path]]:
        try:
            real = link.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
            self._skipped(name, "it is a link that leads nowhere")
            return
        inside = real.is_relative_to(self._root)
        if not inside or _GITS_OWN.intersection(real.relative_to(self._root).parts):
            self._skipped(name, "it is a link that leads out of the folder")
        elif real.is_file():
            yield check_artifact_path(name), real
        elif not real.is_dir():
            self._skipped(name, f"it is {_kind(real.stat().st_mode)}")
        elif linked or link.is_relative_to(real):
            self._skipped(name, "it is a link to a folder that is listed already")
        else:
            yield from self.files(real, name + "/", linked=True)

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise RepositoryError(f"cannot list {folder}: {error.strerror}") from error


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "a special file")


def _nobody(_name: str, _reason: str) -> None:
    """Nobody asked what is left out."""
