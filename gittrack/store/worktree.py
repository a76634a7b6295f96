"""The branch plane: the files below `.exptrack/` in the work tree that people commit and review."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from gittrack.errors import RepositoryError
from gittrack.ids import ConfigId
from gittrack.store.layout import (
    ATTRIBUTES_BYTES,
    ATTRIBUTES_PATH,
    FORMAT_BYTES,
    FORMAT_PATH,
    ROOT,
    check_format,
    meta_path,
    records_by_config,
)

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # never wait for a pipe's end


class WorkTreePlane:
    """Reads and writes `.exptrack/` files of one work tree; files are whole or absent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._safe_folders: set[str] = set()

    def check_format(self) -> None:
        """Refuse to touch a plane of another format.

        Raises:
            RepositoryError: `.exptrack/format` is not ours, or `.exptrack` leads elsewhere.
        """
        folder = self.root / ROOT
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise RepositoryError(f"{ROOT} must be a folder of this work tree: {folder}")
        data = self.read(FORMAT_PATH)
        if data is not None:
            check_format(data, FORMAT_PATH)

    def prepare(self) -> list[str]:
        """Make sure that the format number and line-ending rules are there; returns new paths."""
        written: list[str] = []
        self.write({FORMAT_PATH: FORMAT_BYTES, ATTRIBUTES_PATH: ATTRIBUTES_BYTES}, written)
        return written

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or `None` where there is no such regular file.

        A symbolic link is never followed: what it shows may lie outside the repository.
        """
        try:
            descriptor = os.open(self.root / path, _READ)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise RepositoryError(f"cannot read {path}: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def has(self, path: str) -> bool:
        """Whether something lies at the path."""
        return os.path.lexists(self.root / path)

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in no order; none where there is no such folder."""
        try:
            return os.listdir(f"{self.root}/{folder}")  # noqa: PTH208 - 512 of these in a listing
        except (FileNotFoundError, NotADirectoryError):
            return []

    def write(self, files: Mapping[str, bytes], written: list[str]) -> None:
        """Write the files that are missing, each whole or not at all; adds them to `written`.

        Raises:
            RepositoryError: the folder cannot be written; what is in `written` is gone again.
        """
        self._safe_folders.clear()  # a checkout may have taken them away since
        try:
            for path, data in files.items():
                if not self.has(path):
                    written.append(path)  # before it is there: Ctrl-C may come at any moment
                    self._write(path, data)
        except OSError as error:
            self.remove(written)
            raise RepositoryError(
                f"cannot write below {self.root / ROOT}: {error.strerror}",
                hint="nothing was registered; make room or make the folder writable, "
                "or leave the work tree alone with --no-worktree",
            ) from error
        except BaseException:
            self.remove(written)
            raise

    def replace(self, path: str, data: bytes) -> None:
        """Write a file, in the place of one that may be there; whole or not at all.

        Raises:
            RepositoryError: it cannot be written; what was there is still there.
        """
        self._safe_folders.clear()
        try:
            self._write(path, data)
        except OSError as error:
            raise RepositoryError(f"cannot write {path}: {error.strerror}") from error

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, and the shard folders that became empty."""
        for path in paths:
            full = self.root / path
            try:
                full.unlink(missing_ok=True)
                full.parent.rmdir()
            except OSError:
                continue  # the folder is not empty; or the file stays, and the listing shows it
            self._safe_folders.discard(str(full.parent))

    def _write(self, path: str, data: bytes) -> None:
        full = f"{self.root}/{path}"
        folder, _, name = full.rpartition("/")
        self._make_folder(folder)
        # Random: a killed process may have left one behind, and containers share process ids.
        temporary = f"{folder}/.{name[:40]}.{os.urandom(4).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(temporary, flags, 0o666)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
            finally:
                os.close(descriptor)
            Path(temporary).replace(full)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _make_folder(self, folder: str) -> None:
        if folder in self._safe_folders:
            return
        relative = Path(folder).relative_to(self.root)
        current = self.root
        for part in relative.parts:
            current = current / part
            if current.is_symlink():
                raise RepositoryError(f"{current} is a symbolic link; it must be a folder")
            current.mkdir(exist_ok=True)
        self._safe_folders.add(folder)


class PlaneView:
    """The records in a work tree by config, each shard folder listed once."""

    def __init__(self, plane: WorkTreePlane) -> None:
        self._plane = plane
        self._records: dict[str, dict[str, list[str]]] = {}

    def record_names(self, config_id: ConfigId) -> list[str]:
        """The names (twelve hex digits) of a config's meta records."""
        shard = config_id[:2]
        by_config = self._records.get(shard)
        if by_config is None:
            files = self._plane.names(f"{ROOT}/meta/{shard}")
            by_config = self._records[shard] = records_by_config(files)
        return by_config.get(config_id[2:], [])

    def record(self, config_id: ConfigId, name: str) -> bytes | None:
        """The bytes of a record."""
        return self._plane.read(meta_path(config_id, name))
