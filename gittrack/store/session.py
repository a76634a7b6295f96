"""One open repository, and the way every ref of ours moves: read, build, publish, or try again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gittrack.errors import ConflictError
from gittrack.git.importer import Edit, Importer, NewCommit
from gittrack.git.objects import ObjectReader, TreeEntry
from gittrack.git.packs import fold_small_packs
from gittrack.git.refs import RefRaceError, RefUpdate, RefWriter, read_refs
from gittrack.git.repository import Repository
from gittrack.ids import ConfigId, ObjectId
from gittrack.store.layout import (
    CATALOGUE,
    FORMAT_PATH,
    ROOT,
    TAGS,
    check_format,
    object_path,
    records_by_config,
)
from gittrack.store.lock import writers_turn
from gittrack.store.worktree import WorkTreePlane

_ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class RefCommit:
    """A commit to publish on a ref, on top of what the ref pointed to when it was built."""

    ref: str
    old: ObjectId | None
    edits: Iterable[Edit]
    message: str


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
        self._importer = Importer(repository)
        self._refs: RefWriter | None = None
        self._last_time = 0
        if self.plane is not None:
            self.plane.check_format()

    def now(self, count: int = 1) -> int:
        """Microseconds since the epoch for the first of `count` events; never the same twice."""
        first = max(time.time_ns() // 1000, self._last_time + 1)
        self._last_time = first + count - 1
        return first

    def view(self, ref: str = CATALOGUE) -> TreeView:
        """The tree that a ref points to now."""
        found = self.reader.find(ref)
        if found is None:
            return TreeView(self.reader, None)
        view = TreeView(self.reader, found.id)
        data = view.blob(FORMAT_PATH) if ref == CATALOGUE else None
        if data is not None:
            check_format(data, ref)
        return view

    def tag_refs(self) -> dict[str, ObjectId]:
        """All tag refs and what they point to."""
        return read_refs(self.repository, TAGS)

    def transact(self, build: Callable[[], Sequence[RefCommit]]) -> list[ObjectId]:
        """Publish what `build` asks for, atomically; build anew when another writer was faster.

        `build` reads the refs' present state and returns the commits to put on them, or none.

        Raises:
            ConflictError: others were faster every time.
            GitError: git cannot write here.
        """
        for attempt in range(_ATTEMPTS):
            with writers_turn(self.repository.private_dir):
                commits = build()
                if not commits:
                    return []
                try:
                    return self._publish(commits)
                except RefRaceError as error:
                    last = error
            time.sleep(random.uniform(0, 0.002 * 1.2**attempt))  # noqa: S311 - jitter
        raise ConflictError(
            f"other writers moved {CATALOGUE} {_ATTEMPTS} times in a row: {last.message}",
            hint=last.hint or "run the command again",
        ) from last

    def _publish(self, commits: Sequence[RefCommit]) -> list[ObjectId]:
        new = [NewCommit(c.old, c.edits, c.message) for c in commits]
        author = self.repository.settings.author
        ids = self._importer.write(new, author, self.now() // 1_000_000)
        if self._refs is None:
            self._refs = RefWriter(self.repository)
        self._refs.update([RefUpdate(c.ref, c.old, i) for c, i in zip(commits, ids, strict=True)])
        if self._importer.release():
            fold_small_packs(self.repository)
        return ids

    def close(self) -> None:
        """End the git processes; small packs are folded if there are many."""
        if self._importer.release(at_once=True):
            fold_small_packs(self.repository)
        if self._refs is not None:
            self._refs.close()
        self.reader.close()
