"""Where the keys and values of a user's YAML or JSON file stand in its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gittrack import canonical
from gittrack.canonical import Plain
from gittrack.errors import NotCanonicalError

if TYPE_CHECKING:  # reading a file does without the query language
    from gittrack.query.paths import Segment

_STANDARD = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text; line and column count from 1, columns in characters."""

    line: int
    column: int


@dataclass(slots=True)
class _Node:
    """A value and where it stands; an alias shares the nodes of what it stands for."""

    place: Place
    is_list: bool = False
    keys: dict[str | int, Place] = field(default_factory=dict)
    children: dict[str | int, _Node] = field(default_factory=dict)

    def at(self, place: Place) -> _Node:
        """The same node, standing elsewhere."""
        return _Node(place, self.is_list, self.keys, self.children)

    def step(self, segment: Segment) -> str | int | None:
        """What `keys` and `children` call the segment; None if it cannot lead on from here."""
        from gittrack.query.paths import Key, Position

        match segment:
            case Key(name=name) if not self.is_list:
                return name
            case Position(index=index) if self.is_list:
                return index
        return None


class Places:
    """The places of one document; what an alias or `<<` brings stands where it is written."""

    __slots__ = ("_root",)

    def __init__(self, root: _Node | None) -> None:
        self._root = root

    def key(self, path: Sequence[Segment]) -> Place | None:
        """Where the path's last key stands, for a position in a list its element; else None."""
        if not path:
            return self.value(path)
        parent = self._node(path[:-1])
        step = None if parent is None else parent.step(path[-1])
        return None if parent is None or step is None else parent.keys.get(step)

    def value(self, path: Sequence[Segment]) -> Place | None:
        """Where the value begins, an alias where `*name` stands; None if there is no such path."""
        node = self._node(path)
        return None if node is None else node.place

    def nearest(self, path: Sequence[Segment]) -> Place:
        """Where the path's key stands, or its nearest parent's; the document's start if none is.

        Of a text that cannot be read it is always line 1, column 1.
        """
        for length in range(len(path), 0, -1):
            place = self.key(path[:length])
            if place is not None:
                return place
        return self.value(()) or Place(1, 1)

    def _node(self, path: Sequence[Segment]) -> _Node | None:
        node = self._root
        for segment in path:
            step = None if node is None else node.step(segment)
            node = None if node is None or step is None else node.children.get(step)
        return node


def places(text: bytes, name: str, index: int = 0) -> Places:
    """The places in document `index` (from 0) of a file's bytes, JSON if `name` ends in .json.

    The paths are those of the data that `parse_documents` gives. Nothing is refused here: of a
    text that cannot be read, or has no such document, no path is known.
    """
    data = _canonical(text)
    if data is not None:
        return Places(_canonical_node(data, 1, 1)[0] if index == 0 else None)

    from ruamel.yaml.error import YAMLError

    try:
        decoded = text.decode("utf-8-sig")
        if name.lower().endswith(".json"):
            return Places(_json_root(decoded) if index == 0 else None)
        return Places(_YamlReader(decoded).root(index))
    except (YAMLError, ValueError, LookupError):
        return Places(None)


def _canonical(text: bytes) -> Plain:
    """The data of canonical YAML, where a place follows from what stands before; else None."""
    try:
        data = canonical.read(text)
    except NotCanonicalError:
        return None
    return data if isinstance(data, dict) else None


def _canonical_node(value: Plain, line: int, column: int) -> tuple[_Node, int]:
    """The node of a value that begins here, and the line after its last one."""
    node = _Node(Place(line, column), isinstance(value, list))
    if not value or not isinstance(value, dict | list):
        return node, line + 1
    if isinstance(value, list):
        for index, inner in enumerate(value):
            child, line = _canonical_node(inner, line, column + len("- "))
            node.keys[index], node.children[index] = child.place, child
        return node, line
    for key, inner in value.items():
        node.keys[key] = Place(line, column)
        if inner and isinstance(inner, dict | list):
            node.children[key], line = _canonical_node(inner, line + 1, column + len("  "))
        else:
            after = column + len(canonical.scalar_text(key)) + len(": ")
            node.children[key], line = _canonical_node(inner, line, after)
    return node, line


class _Open:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "key", "key_place", "merges", "merging", "node")

    def __init__(self, node: _Node, anchor: str | None = None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: str | int | None = None
        self.key_place: Place | None = None
        self.merging = False
        self.merges: list[_Node] = []

    @property
    def wants_key(self) -> bool:
        """Whether a mapping's key comes next."""
        return not self.node.is_list and self.key is None and not self.merging

    def put(self, child: _Node) -> None:
        """Take the next element, the value of the key that came before, or what is merged."""
        if self.merging:
            self.merges += child.children.values() if child.is_list else [child]
            self.merging = False
            return
        key = len(self.node.children) if self.node.is_list else self.key
        if key is None:
            raise ValueError("a value without a key")
        self.node.keys[key] = self.key_place or child.place
        self.node.children[key] = child
        self.key = self.key_place = None

    def done(self) -> _Node:
        """The node, with what was merged into it: the first of several sources counts."""
        for merge in self.merges:
            for key, child in merge.children.items():
                self.node.children.setdefault(key, child)
                self.node.keys.setdefault(key, merge.keys[key])
        return self.node


class _YamlReader:
    """Builds the places of one YAML document from its events, as `yaml_text` builds its data."""

    def __init__(self, text: str) -> None:
        from ruamel.yaml import YAML

        self._yaml = YAML(typ="safe", pure=True)
        self._text = text
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node] = {}
        self._anchored_keys: dict[str, str | int] = {}
        self._root: _Node | None = None

    def root(self, index: int) -> _Node | None:
        """The node of document `index`."""
        from ruamel.yaml import events

        for event in self._document(index):
            if isinstance(event, events.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, events.AliasEvent):
                self._alias(event)
            elif isinstance(event, events.MappingStartEvent | events.SequenceStartEvent):
                node = _Node(_mark(event), isinstance(event, events.SequenceStartEvent))
                self._open.append(_Open(node, event.anchor))
            elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
                self._end()
        return self._root

    def _document(self, index: int) -> Iterator[Any]:
        from ruamel.yaml import events

        number = -1
        for event in self._yaml.parse(self._text):
            if isinstance(event, events.DocumentStartEvent):
                number += 1
            elif number == index:
                if isinstance(event, events.DocumentEndEvent):
                    return
                yield event

    def _scalar(self, event: Any) -> None:
        node, tag = _Node(_mark(event)), self._tag(event)
        is_key = bool(self._open) and self._open[-1].wants_key
        if event.anchor is not None:
            self._anchors[event.anchor] = node
            self._anchored_keys[event.anchor] = self._key(tag, event)
        if not is_key:
            self._put(node)
        elif tag == _STANDARD + "merge":
            self._open[-1].merging = True
        else:
            self._open[-1].key = self._key(tag, event)
            self._open[-1].key_place = node.place

    def _key(self, tag: str, event: Any) -> str | int:
        if tag != _STANDARD + "int":
            return str(event.value)
        from ruamel.yaml.nodes import ScalarNode

        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        return int(self._yaml.constructor.construct_yaml_int(node))

    def _alias(self, event: Any) -> None:
        if self._open and self._open[-1].wants_key:
            self._open[-1].key = self._anchored_keys[event.anchor]
            self._open[-1].key_place = _mark(event)
        else:
            self._put(self._anchors[event.anchor].at(_mark(event)))

    def _end(self) -> None:
        opened = self._open.pop()
        node = opened.done()
        if opened.anchor is not None:
            self._anchors[opened.anchor] = node
        self._put(node)

    def _put(self, node: _Node) -> None:
        if self._open:
            self._open[-1].put(node)
        else:
            self._root = node

    def _tag(self, event: Any) -> str:
        if event.tag is not None and event.tag != "!":
            return str(event.tag)
        if not event.implicit[0]:
            return _STANDARD + "str"
        from ruamel.yaml.nodes import ScalarNode

        return str(self._yaml.resolver.resolve(ScalarNode, event.value, event.implicit))


def _mark(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


_JSON_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s{}\[\],:"]++|\n', re.DOTALL)


def _json_root(text: str) -> _Node | None:
    """The root of a JSON text that the standard library can read."""
    opened: list[_Open] = []
    for piece, place in _json_tokens(text):
        if piece in ",:":
            continue
        if piece in "{[":
            opened.append(_Open(_Node(place, piece == "[")))
        elif piece not in "}]" and opened and opened[-1].wants_key:
            opened[-1].key, opened[-1].key_place = str(json.loads(piece, strict=False)), place
        else:
            node = opened.pop().done() if piece in "}]" else _Node(place)
            if not opened:
                return node
            opened[-1].put(node)
    return None


def _json_tokens(text: str) -> Iterator[tuple[str, Place]]:
    line, start = 1, 0
    for match in _JSON_TOKEN.finditer(text):
        piece = match[0]
        if piece == "\n":
            line, start = line + 1, match.end()
        else:
            yield piece, Place(line, match.start() - start + 1)
