"""Configs taken apart into their leaves, the rows of `param`.

A trie of the keys seen so far leads from a config's nesting to the number of each key without
building a path's text for every leaf: this is the inner loop of the first index build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gittrack.canonical import Plain
from gittrack.index.schema import BOOLEAN, EMPTY, FLOAT, INTEGER, NULL, STRING

MAX_LEAVES = 10_000
"""Leaves of one config that are searchable; what lies beyond is found by `git exp grep`."""

Row = tuple[int, int, str, int, "int | float | str | None"]
"""Key's number, config's number, place (`0` or `0,2`), kind, value."""

Numbering = Callable[[str], int]
"""Gives a text its number."""

_LARGEST = 2**63 - 1
_ELEMENT = "[]"


class _Node:
    """One key (`layers[].units`): its number, what lies below, the rows that wait to be written."""

    __slots__ = ("below", "elements", "number", "path", "rows")

    def __init__(self, path: str) -> None:
        self.path = path
        self.number: int | None = None
        self.below: dict[str | int, _Node] = {}
        self.elements: _Node | None = None
        self.rows: list[Row] = []


class Leaves:
    """Gathers the leaves of many configs, by key."""

    def __init__(self, number_key: Numbering, number_text: Numbering) -> None:
        self._number_key = number_key
        self._number_text = number_text
        self._root = _Node("")
        self._keyed: list[_Node] = []
        self._left = 0
        self.waiting = 0

    def add(self, config: int, data: Mapping[str | int, Plain]) -> int:
        """Take a config's leaves, at most `MAX_LEAVES`; returns how many there were."""
        self._left = MAX_LEAVES
        self._mapping(self._root, config, data, "")
        count = MAX_LEAVES - self._left
        self.waiting += count
        return count

    def take_rows(self) -> Iterator[list[Row]]:
        """The rows gathered, key by key in order; they are forgotten here."""
        for node in sorted(self._keyed, key=lambda node: node.number or 0):
            rows, node.rows = node.rows, []
            yield rows
        self.waiting = 0

    def _mapping(
        self, node: _Node, config: int, data: Mapping[str | int, Plain], place: str
    ) -> None:
        below = node.below
        for name, value in data.items():
            child = below.get(name)
            if child is None:
                start = f"{node.path}." if node.path else ""
                child = below[name] = _Node(start + segment(name))
            if isinstance(value, dict | list) and value:
                self._inner(child, config, value, place)
            else:
                self._leaf(child, config, value, place)

    def _inner(
        self,
        node: _Node,
        config: int,
        data: Mapping[str | int, Plain] | list[Plain],
        place: str,
    ) -> None:
        if not isinstance(data, list):
            self._mapping(node, config, data, place)
            return
        if node.elements is None:
            node.elements = _Node(node.path + _ELEMENT)
        child = node.elements
        start = f"{place}," if place else ""
        for position, value in enumerate(data):
            if self._left <= 0:
                return
            if isinstance(value, dict | list) and value:
                self._inner(child, config, value, f"{start}{position}")
            else:
                self._leaf(child, config, value, f"{start}{position}")

    def _leaf(self, node: _Node, config: int, value: Plain, place: str) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        number = node.number
        if number is None:
            number = node.number = self._number_key(node.path)
            self._keyed.append(node)
        kind = _KINDS[type(value)]
        if kind == STRING:
            value = self._number_text(value)  # type: ignore[arg-type]
        elif kind == INTEGER:
            if not -_LARGEST <= value <= _LARGEST:  # type: ignore[operator]
                value = float_or_infinite(value)  # type: ignore[arg-type]
        elif kind == EMPTY:
            value = None
        # SQLite keeps a NaN as NULL, which no comparison matches.
        node.rows.append((number, config, place, kind, value))  # type: ignore[arg-type]


_KINDS: dict[type, int] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: INTEGER,
    float: FLOAT,
    str: STRING,
    dict: EMPTY,
    list: EMPTY,
}


def segment(name: str | int) -> str:
    """A mapping's key within a path; the characters that make a path are marked."""
    if isinstance(name, int):
        return f"\\{name}"  # the integer 1 and the string "1" are two keys
    if "." in name or "[" in name or "\\" in name:
        return name.replace("\\", "\\\\").replace(".", "\\.").replace("[", "\\[")
    return name


def float_or_infinite(number: int) -> float:
    """The nearest float of an integer beyond 64 bits."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
