"""Where everything stands in a YAML or JSON text: its values, keys, marks and commas."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gittrack.canonical import Plain
from gittrack.configs.lines import BREAKS, line_start

Kind = Literal["scalar", "mapping", "list", "alias"]


@dataclass(slots=True, eq=False)
class Node:
    """One value in a text; offsets count characters from 0.

    `start` is where it begins with its anchor and tag, `content` without them, `end` where its last
    character has been. `column` is that of a block collection's keys or dashes. `style` is a
    scalar's quote, `|` or `>`. An alias has a `target`; `merge` is true of the key `<<`.
    """

    kind: Kind
    start: int
    content: int
    end: int
    flow: bool = False
    column: int = 0
    style: str | None = None
    anchor: str | None = None
    target: Node | None = None
    merge: bool = False
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entry:
    """One key with its value, or one element of a list.

    `start` is where the key or the dash begins, `mark` where the colon or dash has been (`None`
    where there is none, or after a `?` key), `comma` is a flow entry's comma. `name` is the key, or
    the position; a merge key (`<<`) has none.
    """

    start: int
    mark: int | None
    value: Node
    key: Node | None = None
    comma: int | None = None
    name: str | int | None = None
    merge: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """Where a node stands: in an entry of a collection, or alone at the top."""

    holder: Node | None = None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Alias:
    """An alias, the entry that it stands in, and what that entry means: its value, or for a merge
    key the keys that it adds."""

    slot: Slot
    node: Node
    meaning: Plain


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a text has its marks: after keys, before elements of block lists, and commas."""

    colons: Sequence[int]
    dashes: Sequence[tuple[int, int]]
    """Column and offset, in that order, so that the last dash of a column is found at once."""
    commas: Sequence[int]


_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|$))*")


def yaml_nodes(text: str) -> list[Node]:
    """The documents of a YAML text that is known to be readable."""
    from ruamel.yaml import YAML

    marks = _yaml_marks(text, YAML(typ="safe", pure=True).scan(text))
    return TreeBuilder(text, marks).build(YAML(typ="safe", pure=True).parse(text))


def _yaml_marks(text: str, tokens: Iterator[Any]) -> Marks:
    from ruamel.yaml.tokens import BlockEntryToken, FlowEntryToken, ValueToken

    colons: list[int] = []
    dashes: list[tuple[int, int]] = []
    commas: list[int] = []
    for token in tokens:
        kind, mark = type(token), token.start_mark
        if kind is ValueToken:
            colons.append(mark.index)
        elif kind is BlockEntryToken:
            dashes.append((mark.index - line_start(text, mark.index), mark.index))
        elif kind is FlowEntryToken:
            commas.append(mark.index)
    return Marks(colons, sorted(dashes), commas)


@dataclass(slots=True)
class _Frame:
    node: Node
    key: Node | None = None


class TreeBuilder:
    """Builds the nodes of a text from ruamel.yaml's events, without recursion."""

    def __init__(self, text: str, marks: Marks) -> None:
        self._text = text
        self._marks = marks
        self._frames: list[_Frame] = []
        self._anchors: dict[str, Node] = {}
        self._roots: list[Node] = []

    def build(self, events: Iterator[Any]) -> list[Node]:
        """The root of each document."""
        from ruamel.yaml import events as kinds

        for event in events:
            kind = type(event)
            if kind is kinds.ScalarEvent:
                self._put(self._scalar(event))
            elif kind is kinds.AliasEvent:
                start, end = event.start_mark.index, event.end_mark.index
                self._put(Node("alias", start, start, end, target=self._anchors[event.anchor]))
            elif kind is kinds.MappingStartEvent:
                self._open("mapping", event)
            elif kind is kinds.SequenceStartEvent:
                self._open("list", event)
            elif kind in (kinds.MappingEndEvent, kinds.SequenceEndEvent):
                self._close(event)
            elif kind is kinds.DocumentStartEvent:
                self._anchors.clear()
        return self._roots

    def _scalar(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        content = self._content(event, end)
        if event.style in ("|", ">"):
            end = self._block_scalar_end(content, end)
        node = Node("scalar", start, content, end, style=event.style, anchor=event.anchor)
        node.merge = event.value == "<<" and event.style is None and event.tag is None
        self._remember(node)
        return node

    def _content(self, event: Any, end: int) -> int:
        start: int = event.start_mark.index
        if event.anchor is None and event.tag is None:
            return start
        match = _PROPERTIES.match(self._text, start, end)
        return start if match is None else match.end()

    def _block_scalar_end(self, content: int, end: int) -> int:
        text = self._text[content:end]
        if "+" in re.split(r"[\r\n#]", text, maxsplit=1)[0]:
            kept = text.removesuffix("\n").removesuffix("\r")
        else:
            kept = text.rstrip(BREAKS + " ")
        return content + len(kept)

    def _open(self, kind: Kind, event: Any) -> None:
        start = event.start_mark.index
        flow = bool(event.flow_style)
        content = self._content(event, event.end_mark.index) if flow else start
        node = Node(kind, start, content, start, flow=flow, anchor=event.anchor)
        self._remember(node)
        self._frames.append(_Frame(node))

    def _remember(self, node: Node) -> None:
        if node.anchor is not None:
            self._anchors[node.anchor] = node

    def _close(self, event: Any) -> None:
        node = self._frames.pop().node
        if node.flow:
            node.end = event.end_mark.index
            set_commas(node, self._marks.commas)
        else:
            node.end = max(entry_end(entry) for entry in node.entries)
            node.content = node.entries[0].start
            node.column = node.content - line_start(self._text, node.content)
        self._put(node)

    def _put(self, node: Node) -> None:
        if not self._frames:
            self._roots.append(node)
            return
        frame = self._frames[-1]
        if frame.node.kind == "list":
            frame.node.entries.append(self._element(frame.node, node))
        elif frame.key is None:
            frame.key = node
        else:
            mark = self._colon(frame.key, flow=frame.node.flow)
            if node.start == node.end and mark is not None:
                # ruamel.yaml places a value that is not there where the next token begins.
                node.start = node.content = node.end = mark
            entry = Entry(frame.key.start, mark, node, frame.key, merge=frame.key.merge)
            frame.node.entries.append(entry)
            frame.key = None

    def _element(self, holder: Node, node: Node) -> Entry:
        if holder.flow:
            return Entry(node.start, node.start, node)
        dashes = self._marks.dashes
        if not holder.entries:
            first = min(at for _, at in dashes if at >= holder.start)
            holder.column = first - line_start(self._text, first)
        _, dash = dashes[bisect_right(dashes, (holder.column, node.start)) - 1]
        return Entry(dash, dash + 1, node)

    def _colon(self, key: Node, *, flow: bool) -> int | None:
        colons = self._marks.colons
        found = bisect_left(colons, key.end)
        if found == len(colons):
            return None
        between = self._text[key.end : colons[found]]
        if between.strip() or (between.strip(" \t") and not flow):
            return None
        return colons[found] + 1


def entry_end(entry: Entry) -> int:
    """Where the last character of an entry has been."""
    return max(entry.value.end, entry.mark or 0)


def set_commas(node: Node, commas: Sequence[int]) -> None:
    """Give the entries of a flow collection that is complete their commas."""
    for index, entry in enumerate(node.entries):
        last = index == len(node.entries) - 1
        limit = node.end if last else node.entries[index + 1].start
        found = bisect_left(commas, entry_end(entry))
        if found < len(commas) and commas[found] < limit:
            entry.comma = commas[found]


def give_names(root: Node, data: Plain) -> list[Alias]:
    """Give all entries their names, and return the aliases.

    `data` is what the text was read as: mappings have their own keys first, in the text's order.
    """
    aliases: list[Alias] = []
    waiting: list[tuple[Slot, Node, Plain]] = [(Slot(), root, data)]
    while waiting:
        slot, node, value = waiting.pop()
        if node.kind == "alias":
            aliases.append(Alias(slot, node, value))
        elif isinstance(value, list):
            for index, entry in enumerate(node.entries):
                entry.name = index
                waiting.append((Slot(node, entry), entry.value, value[index]))
        elif isinstance(value, dict):
            waiting += _named(node, value, aliases)
    return aliases


def _named(
    node: Node, value: dict[str | int, Plain], aliases: list[Alias]
) -> Iterator[tuple[Slot, Node, Plain]]:
    keys = iter(value)
    own = sum(not entry.merge for entry in node.entries)
    merged = {key: value[key] for key in list(value)[own:]}
    for entry in node.entries:
        slot = Slot(node, entry)
        if entry.merge:
            inside = (entry.value, *(inner.value for inner in entry.value.entries))
            aliases += [Alias(slot, one, merged) for one in inside if one.target is not None]
        else:
            entry.name = next(keys)
            yield slot, entry.value, value[entry.name]
