"""One open repository: its long-lived reader, its planes, its clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from gittrack.git.objects import ObjectReader, TreeEntry
from gittrack.git.refs import read_refs
from gittrack.git.repository import Repository
from gittrack.ids import ConfigId, ObjectId
from gittrack.store.layout import (
    CATALOGUE,
    FORMAT_PATH,
    HEAD,
    ROOT,
    TAGS,
    check_format,
    meta_path,
    object_path,
    records_by_config,
)
from gittrack.store.worktree import PlaneView, WorkTreePlane


class TreeView:
    """The `.exptrack/` tree of one commit, folder by folder, each read once."""

    def __init__(self, reader: ObjectReader, commit: ObjectId | None) -> None:
        self.commit = commit
        self._reader = reader
        self._folders: dict[str, dict[str, TreeEntry]] = {}
        self._records: dict[str, dict[str, list[str]]] = {}

    def folder(self, path: str) -> dict[str, TreeEntry]:
        """The entries of a folder; empty where there is none."""
        if self.commit is None:
            return {}
        entries = self._folders.get(path)
        if entries is None:
            entries = self._folders[path] = self._reader.tree(f"{self.commit}:{path}")
        return entries

    def entry(self, path: str) -> TreeEntry | None:
        """What lies at a path."""
        folder, _, name = path.rpartition("/")
        return self.folder(folder).get(name)

    def has_object(self, config_id: ConfigId) -> bool:
        """Whether the tree holds that config."""
        return self.entry(object_path(config_id)) is not None

    def record_names(self, config_id: ConfigId) -> list[str]:
        """The names (twelve hex digits) of a config's meta records."""
        shard = config_id[:2]
        by_config = self._records.get(shard)
        if by_config is None:
            files = self.folder(f"{ROOT}/meta/{shard}")
            by_config = self._records[shard] = records_by_config(files)
        return by_config.get(config_id[2:], [])

    def record(self, config_id: ConfigId, name: str) -> bytes | None:
        """The bytes of a record."""
        return self.blob(meta_path(config_id, name))

    def blob(self, path: str) -> bytes | None:
        """The bytes of the file at a path."""
        entry = self.entry(path)
        return None if entry is None else self._reader.get(entry.id).data


class Session:
    """An open repository with its long-lived git processes; close it, or let it end with you."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.reader = ObjectReader(repository)
        self.plane = WorkTreePlane(repository.work_tree) if repository.work_tree else None
        self._closers: list[Callable[[], None]] = []
        self._last_time = 0
        if self.plane is not None:
            self.plane.check_format()

    def now(self, count: int = 1) -> int:
        """Microseconds since the epoch for the first of `count` events; never the same twice."""
        first = max(time.time_ns() // 1000, self._last_time + 1)
        self._last_time = first + count - 1
        return first

    def view(self, ref: str = CATALOGUE) -> TreeView:
        """The tree that a ref points to now.

        Raises:
            RepositoryError: it has a format that this version does not know.
        """
        found = self.reader.find(ref)
        if found is None:
            return TreeView(self.reader, None)
        view = TreeView(self.reader, found.id)
        data = view.blob(FORMAT_PATH)
        if data is not None:
            check_format(data, ref)
        return view

    def beside(self) -> PlaneView | TreeView:
        """The records beside the catalogue's: the work tree's, or those of a bare HEAD."""
        return self.view(HEAD) if self.plane is None else PlaneView(self.plane)

    def trees(self) -> list[str]:
        """The refs whose trees hold configs: the catalogue, and HEAD where no work tree is.

        Raises:
            RepositoryError: one has a format that this version does not know.
        """
        names = [CATALOGUE] if self.plane else [CATALOGUE, HEAD]
        return [name for name in names if self.view(name).commit is not None]

    def tag_refs(self) -> dict[str, ObjectId]:
        """All tag refs and what they point to."""
        return read_refs(self.repository, TAGS)

    def on_close(self, close: Callable[[], None]) -> None:
        """Have something closed with the session."""
        self._closers.append(close)

    def close(self) -> None:
        """End the git processes; they start again when the session is used again."""
        for close in self._closers:
            close()
        self.reader.close()
