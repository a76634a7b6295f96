"""Changes of values in the text of a YAML or JSON file, the rest of which stays as it is; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from gittrack.canonical import Plain
from gittrack.configs.json_nodes import json_nodes
from gittrack.configs.nodes import Alias, Node, Slot, give_names, yaml_nodes
from gittrack.configs.plan import Plan
from gittrack.configs.splices import CannotError, Splice, applied, compatible
from gittrack.diff import Key, Path, Position, path_text, same
from gittrack.errors import NotFoundError, SourceError, UsageError
from gittrack.sources import Document, parse_documents

_ROUNDS = 100
_BY_HAND = "edit the file by hand"


class Removed(Enum):
    """The type of `REMOVED`."""

    REMOVED = "removed"


REMOVED = Removed.REMOVED
"""In place of a value: the key, or the element of a list, goes."""

Edit = tuple[Path, Plain | Removed]
"""A place, and the value that it gets."""


def apply_changes(text: str, changes: Sequence[Edit], *, name: str, index: int = 0) -> str:
    """The text with these values changed, one after another, in its document `index` (from 0).

    All else stays character by character: comments, order, quotes, indentation, line ends. A scalar
    keeps its quotes where they fit. Missing mappings on the way are made, new keys come last in
    their mapping, a list's position that is its length appends. Comments directly above a removed
    key go with it. An alias or merge key gives way to its meaning where a change needs that.
    `name` is what messages call the file; JSON is meant if it ends in .json.

    The result has been read again and says exactly what was asked.

    Raises:
        SourceError: the text is not a config, or a place is written in a way that is not edited.
        NotFoundError: what is to be removed is not there.
        UsageError: a path goes through a scalar or beyond a list's end, or there is no such
            document.
        ValueRefusedError: a value that no config can hold.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    editor = _Editor(text.removeprefix(mark), name, index)
    for stage in _stages(changes):
        editor.make(stage)
    return mark + editor.text


def changed(data: Plain, path: Path, value: Plain | Removed) -> Plain:
    """A copy of `data` with one value changed, as `apply_changes` understands it.

    Raises:
        NotFoundError, UsageError: see `apply_changes`.
    """
    return _changed(data, path, 0, value)


def _changed(data: Plain, path: Path, depth: int, value: Plain | Removed) -> Plain:
    if depth == len(path):
        if isinstance(value, Removed):
            raise UsageError("a whole document cannot be removed", hint="remove its keys")
        return value
    step = path[depth]
    if data is None and not isinstance(value, Removed):
        data = {} if isinstance(step, Key) else []
    if isinstance(step, Key) and isinstance(data, dict):
        return _changed_mapping(data, step.name, path, depth, value)
    if isinstance(step, Position) and isinstance(data, list):
        return _changed_list(data, step.index, path, depth, value)
    here = path_text(path[:depth]) or "the document"
    what = "a mapping" if isinstance(step, Key) else "a list"
    raise UsageError(f"{path_text(path)}: {here} is not {what}", hint=f"change {here} as a whole")


def _changed_mapping(
    data: dict[str | int, Plain], key: str | int, path: Path, depth: int, value: Plain | Removed
) -> Plain:
    last = depth + 1 == len(path)
    if isinstance(value, Removed) and key not in data:
        raise NotFoundError(f"there is no {path_text(path[: depth + 1])} to remove")
    if isinstance(value, Removed) and last:
        return {name: item for name, item in data.items() if name != key}
    return {**data, key: _changed(data.get(key), path, depth + 1, value)}


def _changed_list(
    data: list[Plain], index: int, path: Path, depth: int, value: Plain | Removed
) -> Plain:
    last = depth + 1 == len(path)
    here = path_text(path[: depth + 1])
    if isinstance(value, Removed):
        if not 0 <= index < len(data):
            raise NotFoundError(f"there is no {here} to remove")
        if last:
            return data[:index] + data[index + 1 :]
    if not 0 <= index <= len(data):
        message = f"{here}: the list has {len(data)} elements"
        raise UsageError(message, hint=f"position {len(data)} appends")
    before = data[index] if index < len(data) else None
    return [*data[:index], _changed(before, path, depth + 1, value), *data[index + 1 :]]


def _stages(changes: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Changes that can be made at once; a list's element is removed alone, so that the comments of
    the others stay with them."""
    stage: list[Edit] = []
    for change in changes:
        path, value = change
        if isinstance(value, Removed) and path and isinstance(path[-1], Position):
            if stage:
                yield stage
            yield [change]
            stage = []
        else:
            stage.append(change)
    if stage:
        yield stage


class _Editor:
    """A text on its way from what it says to what it shall say."""

    def __init__(self, text: str, name: str, index: int) -> None:
        self.text = text
        self._name = name
        self._is_json = name.lower().endswith(".json")
        self._index = index
        self._documents = self._read(text)
        if not 0 <= index < len(self._documents):
            count = len(self._documents)
            raise UsageError(f"{name} has {count} documents, so there is no number {index}")

    def make(self, changes: Sequence[Edit]) -> None:
        """Make changes; the text is as before if one is impossible."""
        wanted: Plain = self._documents[self._index].data
        for path, value in changes:
            wanted = changed(wanted, path, value)
        try:
            self.text, self._documents = self._reached(wanted)
        except (CannotError, SourceError):
            raise self._refusal(changes[0][0]) from None

    def _reached(self, wanted: Plain) -> tuple[str, list[Document]]:
        """The text that says what is wanted, and its documents; the others say what they did."""
        text, documents = self.text, self._documents
        goal = [
            document.data if document.index != self._index else wanted for document in documents
        ]
        for _ in range(_ROUNDS):
            if same([document.data for document in documents], goal):
                return text, documents
            after = self._step(text, documents[self._index].data, wanted)
            if after == text:
                break
            text, documents = after, self._read(after)
            if len(documents) != len(goal):
                break
        raise CannotError

    def _step(self, text: str, data: Plain, wanted: Plain) -> str:
        """The text a step nearer to what it shall say."""
        root = self._root(text)
        aliases = give_names(root, data)
        plan = Plan(text, root, json=self._is_json)
        plan.revise(Slot(), root, data, wanted)
        splices = compatible(plan.operations)
        orphans = [alias for alias in aliases if _is_orphan(alias, splices)]
        if orphans:
            plan = Plan(text, root, json=self._is_json)
            for alias in orphans:
                plan.expand(alias.slot, alias.meaning)
            splices = compatible(plan.operations)
        return applied(text, splices)

    def _root(self, text: str) -> Node:
        return (json_nodes(text) if self._is_json else yaml_nodes(text))[self._index]

    def _read(self, text: str) -> list[Document]:
        return parse_documents(text.encode("utf-8", "surrogatepass"), self._name)

    def _refusal(self, path: Path) -> SourceError:
        """The error for a place that cannot be edited, with where it is, or would be."""
        node = self._root(self.text)
        give_names(node, self._documents[self._index].data)
        offset = node.start
        for step in path:
            name = step.name if isinstance(step, Key) else step.index
            found = [entry for entry in node.entries if entry.name == name and not entry.merge]
            if not found:
                break
            node, offset = found[0].value, found[0].start
        before = self.text[:offset]
        return SourceError(
            f"{path_text(path)} cannot be changed in place: this way of writing is not edited",
            file=self._name,
            line=before.count("\n") + 1,
            column=len(before) - before.rfind("\n"),
            hint=_BY_HAND,
        )


def _is_orphan(alias: Alias, splices: Sequence[Splice]) -> bool:
    """Whether an alias stays while its anchor goes."""
    target = alias.node.target
    if target is None or any(_covers(splice, alias.node) for splice in splices):
        return False
    kept = f"&{target.anchor} "
    return any(_covers(splice, target) and not splice.text.startswith(kept) for splice in splices)


def _covers(splice: Splice, node: Node) -> bool:
    return splice.start <= node.start < splice.end
