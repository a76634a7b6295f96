"""A model's parts as boxes: one below another, or side by side where they are parallel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gittrack.report.drawing.frame import WIDTH
from gittrack.report.drawing.svg import element, line, picture, text, tip
from gittrack.report.figures import Diagram, Node

_BOX, _ROOM, _LEAST = 44.0, 16.0, 150.0
_MOST = 60
_BOLD = 7.6  # the width of a bold character, about
_WIDEST = 330.0
_HEAD = 26.0


@dataclass(frozen=True, slots=True)
class _Size:
    width: float
    height: float


def draw_diagram(figure: Diagram) -> str:
    """The boxes with lines between those that follow one another; only the first 60 parts."""
    root = _limited(figure.root, [_MOST])
    size = _measured(root)
    width = max(WIDTH, size.width + 20)
    left = (width - size.width) / 2
    parts = list(_drawn(root, left, 8, size))
    return picture(width, size.height + 18, figure.title, parts, figure.note)


def _limited(node: Node, left: list[int]) -> Node:
    """The node with no more parts than are left, and one that says so."""
    kept: list[Node] = []
    for part in node.parts:
        if left[0] <= 0:
            rest = len(node.parts) - len(kept)
            kept.append(Node(f"… {rest} more", "", ""))
            break
        left[0] -= 1
        kept.append(_limited(part, left))
    return Node(node.name, node.kind, node.facts, tuple(kept), node.parallel)


def _measured(node: Node) -> _Size:
    if not node.parts:
        longest = max(len(_first_line(node)), len(node.facts) - 3)
        wide = min(max(_LEAST, _BOLD * longest + 20), _WIDEST)
        return _Size(wide, _BOX if node.facts else 36.0)
    sizes = [_measured(part) for part in node.parts]
    if node.parallel:
        wide = sum(s.width for s in sizes) + _ROOM * (len(sizes) - 1)
        tall = max(s.height for s in sizes)
    else:
        wide = max(s.width for s in sizes)
        tall = sum(s.height for s in sizes) + _ROOM * (len(sizes) - 1)
    title = _BOLD * min(len(_title(node)), 40) + 24
    return _Size(max(wide + 2 * _ROOM, title), tall + _HEAD + _ROOM)


def _title(node: Node) -> str:
    return " · ".join(filter(None, (node.name, node.kind, node.facts)))


def _first_line(node: Node) -> str:
    both = node.name and node.kind and node.name != node.kind
    return f"{node.name}: {node.kind}" if both else node.name or node.kind


def _drawn(node: Node, x: float, y: float, size: _Size) -> Iterator[str]:
    if not node.parts:
        yield from _leaf(node, x, y, size)
        return
    yield element("rect", x=x, y=y, width=size.width, height=size.height, rx=6, class_="group axis")
    yield text(x + 10, y + 18, _title(node), "label strong", longest=int((size.width - 20) / _BOLD))
    if node.parallel:
        yield from _beside(node, x + _ROOM, y + _HEAD)
    else:
        yield from _below(node, x, y + _HEAD, size.width)


def _beside(node: Node, x: float, y: float) -> Iterator[str]:
    for part in node.parts:
        size = _measured(part)
        yield from _drawn(part, x, y, size)
        x += size.width + _ROOM


def _below(node: Node, x: float, y: float, width: float) -> Iterator[str]:
    for number, part in enumerate(node.parts):
        size = _measured(part)
        if number:
            middle = x + width / 2
            yield line(middle, y - _ROOM, middle, y - 1, "axis")
        yield from _drawn(part, x + (width - size.width) / 2, y, size)
        y += size.height + _ROOM


def _leaf(node: Node, x: float, y: float, size: _Size) -> Iterator[str]:
    middle, fit = x + size.width / 2, int((size.width - 12) / _BOLD)
    said = tip(f"{_title(node)}")
    yield element(
        "rect", said, x=x, y=y, width=size.width, height=size.height, rx=5, class_="box mark"
    )
    yield text(middle, y + (18 if node.facts else 22), _first_line(node), "mid strong", longest=fit)
    if node.facts:
        yield text(middle, y + 35, node.facts, "mid tick", longest=fit + 3)
