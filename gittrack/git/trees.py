"""Commits taken apart, and the id that a tree has after some edits, without writing anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from gittrack.errors import DataError
from gittrack.git.importer import Link, Put, Remove
from gittrack.git.objects import GitObject, ObjectReader, TreeEntry, blob_id
from gittrack.ids import ObjectId

TreeEdit = Put | Link | Remove
"""The edits whose result is known before they are written."""

_FOLDER = "40000"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its tree, its parents in their order, the first line of its message."""

    id: ObjectId
    tree: ObjectId
    parents: tuple[ObjectId, ...]
    subject: str


def parse_commit(found: GitObject) -> Commit:
    """The commit in an object.

    Raises:
        DataError: the object is no commit.
    """
    if found.type != "commit":
        raise DataError(f"git object {found.id} is a {found.type}, not a commit")
    header, _, message = found.data.partition(b"\n\n")
    fields = [line.split(b" ", 1) for line in header.splitlines()]
    tree = next(value for name, value in fields if name == b"tree")
    parents = tuple(ObjectId(value.decode()) for name, value in fields if name == b"parent")
    subject = message.partition(b"\n")[0].decode("utf-8", "replace")
    return Commit(found.id, ObjectId(tree.decode()), parents, subject)


def edited_tree(
    reader: ObjectReader, base: ObjectId | None, edits: Iterable[TreeEdit], hash_name: str
) -> ObjectId:
    """The id of the tree that edits make of `base` (`None`: of nothing), one after another.

    Only the folders on the way to what is edited are read.
    """
    root = _Folder(reader, {} if base is None else reader.tree(base))
    for edit in edits:
        steps = edit.path.split("/")
        if isinstance(edit, Remove):
            root.remove(steps)
        elif isinstance(edit, Put):
            root.put(steps, TreeEntry(edit.mode, blob_id(edit.data, hash_name)))
        else:
            root.put(steps, TreeEntry(edit.mode, edit.blob))
    return root.id(hash_name)


class _Folder:
    """A folder that is being edited; those in it are read when an edit leads there."""

    def __init__(self, reader: ObjectReader, entries: dict[str, TreeEntry]) -> None:
        self._reader = reader
        self._entries: dict[str, TreeEntry | _Folder] = dict(entries)

    def put(self, steps: list[str], entry: TreeEntry) -> None:
        name, *rest = steps
        if not rest:
            self._entries[name] = entry
            return
        folder = self._folder(name)
        if folder is None:
            folder = self._entries[name] = _Folder(self._reader, {})
        folder.put(rest, entry)

    def remove(self, steps: list[str]) -> None:
        name, *rest = steps
        if not rest:
            self._entries.pop(name, None)
            return
        folder = self._folder(name)
        if folder is not None:
            folder.remove(rest)
            if not folder._entries:
                del self._entries[name]

    def id(self, hash_name: str) -> ObjectId:
        lines = []
        for name, entry in self._entries.items():
            if isinstance(entry, _Folder):
                entry = TreeEntry(_FOLDER, entry.id(hash_name))
            raw = name.encode("utf-8", "surrogateescape")
            # git sorts a folder as if its name ended with a slash.
            order = raw + b"/" if entry.mode == _FOLDER else raw
            line = b"%s %s\0%s" % (entry.mode.encode(), raw, bytes.fromhex(entry.id))
            lines.append((order, line))
        data = b"".join(line for _, line in sorted(lines))
        whole = b"tree %d\0%s" % (len(data), data)
        return ObjectId(hashlib.new(hash_name, whole, usedforsecurity=False).hexdigest())

    def _folder(self, name: str) -> _Folder | None:
        entry = self._entries.get(name)
        if isinstance(entry, TreeEntry):
            if entry.mode != _FOLDER:
                return None
            entry = self._entries[name] = _Folder(self._reader, self._reader.tree(entry.id))
        return entry
