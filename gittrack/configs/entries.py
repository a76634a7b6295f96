"""Which lines of a text belong to which key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.configs.json_nodes import json_nodes
from gittrack.configs.lines import begins_line, comments_start, line_end, line_start, next_line
from gittrack.configs.nodes import Entry, Node, entry_end, give_names, yaml_nodes
from gittrack.diff import Key, Path, Position


@dataclass(frozen=True, slots=True)
class Span:
    """Characters from `start` to `end`: whole lines."""

    start: int
    end: int


class Entries:
    """The entries of one document in a text, by their paths; `data` is what it was read as."""

    def __init__(self, text: str, data: Plain, *, name: str, index: int = 0) -> None:
        self.text = text
        nodes = json_nodes(text) if name.lower().endswith(".json") else yaml_nodes(text)
        self.root = nodes[index]
        give_names(self.root, data)

    def find(self, path: Path) -> Entry | None:
        """The entry at a path; `None` where the text has none of its own for it."""
        node, found = self.root, None
        for step in path:
            found = _entry_at(node, step)
            if found is None:
                return None
            node = found.value
        return found

    def lines(self, path: Path) -> Span | None:
        """The lines of an entry that shares none with others; no lines at the place where it
        would be written, where its mapping lacks it; else `None`."""
        holder = self._holder(path)
        if holder is None:
            return None
        entry = _entry_at(holder, path[-1])
        if entry is not None:
            return self._own_lines(holder, entry)
        if holder.flow or holder.kind != "mapping" or not holder.entries:
            return None
        at = next_line(self.text, entry_end(holder.entries[-1]))
        return Span(at, at)

    def comments(self, path: Path) -> Span | None:
        """The comment lines directly above an entry's lines."""
        entry, lines = self.find(path), self.lines(path)
        if entry is None or lines is None:
            return None
        return Span(comments_start(self.text, entry.start), lines.start)

    def leaves(self) -> Iterator[tuple[Path, Span]]:
        """The places of scalars, lists of scalars and empty collections, and the lines that they
        are on; in the text's order."""
        yield from self._leaves(self.root, ())

    def _leaves(self, node: Node, path: Path) -> Iterator[tuple[Path, Span]]:
        for entry in node.entries:
            if entry.merge or entry.name is None:
                continue
            step = _step(node, entry)
            inner = entry.value
            if _is_leaf(inner):
                start = line_start(self.text, entry.start)
                yield (*path, step), Span(start, line_end(self.text, entry_end(entry)))
            else:
                yield from self._leaves(inner, (*path, step))

    def _holder(self, path: Path) -> Node | None:
        if len(path) == 1:
            return self.root
        entry = self.find(path[:-1])
        return None if entry is None else entry.value

    def _own_lines(self, holder: Node, entry: Entry) -> Span | None:
        end = entry_end(entry)
        if not begins_line(self.text, entry.start) or (entry.mark is None and not holder.flow):
            return None
        if holder.flow:
            end = end if entry.comma is None else entry.comma + 1
            rest = self.text[end : line_end(self.text, end)].strip()
            if rest and not rest.startswith("#"):
                return None
        return Span(line_start(self.text, entry.start), next_line(self.text, end))


def _step(holder: Node, entry: Entry) -> Key | Position:
    assert entry.name is not None
    if holder.kind == "list" and isinstance(entry.name, int):
        return Position(entry.name)
    return Key(entry.name)


def _entry_at(node: Node, step: Key | Position) -> Entry | None:
    for entry in node.entries:
        if not entry.merge and entry.name is not None and _step(node, entry) == step:
            return entry
    return None


def _is_leaf(node: Node) -> bool:
    if node.kind == "list":
        return not any(entry.value.kind in ("mapping", "list") for entry in node.entries)
    return not node.entries
