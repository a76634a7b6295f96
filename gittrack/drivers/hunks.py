"""Which keys change in each hunk of a patch."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.configs.entries import Entries
from gittrack.diff import MISSING, Key, Missing, Path, path_text, same
from gittrack.sources import parse_documents
from gittrack.terminal import inline

_HEAD = re.compile(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_WIDEST = 72
_MOST_NAMED = 3

Place = tuple[int, Path]
"""The number of a document, and a path in it."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side's leaves: on what lines each is (from 1), and its value."""

    lines: Mapping[int, Sequence[Place]]
    values: Mapping[Place, Plain]
    starts: Sequence[tuple[int, Place]]


NOTHING = Side({}, {}, [])
"""The side of a file that is not there."""


def read_side(data: bytes, name: str) -> Side:
    """The leaves of a config file.

    Raises:
        SourceError: it is none.
    """
    text = data.decode("utf-8-sig", "surrogateescape")
    lines: dict[int, list[Place]] = {}
    values: dict[Place, Plain] = {}
    starts: list[tuple[int, Place]] = []
    for document in parse_documents(data, name):
        entries = Entries(text, document.data, name=name, index=document.index)
        for path, span in entries.leaves():
            place = (document.index, path)
            values[place] = _at(document.data, path)
            first = text.count("\n", 0, span.start) + 1
            last = first + text.count("\n", span.start, span.end)
            starts.append((first, place))
            for number in range(first, last + 1):
                lines.setdefault(number, []).append(place)
    return Side(lines, values, starts)


def _at(data: Plain, path: Path) -> Plain:
    for step in path:
        if isinstance(step, Key) and isinstance(data, dict):
            data = data[step.name]
        elif not isinstance(step, Key) and isinstance(data, list):
            data = data[step.index]
    return data


def label_hunks(hunks: Sequence[bytes], old: Side, new: Side) -> Iterator[bytes]:
    """The lines of a patch's hunks (without line ends), each head with the paths of the keys that
    change there."""
    heads = [i for i, line in enumerate(hunks) if _HEAD.match(line)]
    for start, end in zip(heads, [*heads, len(hunks)][1:], strict=True):
        match = _HEAD.match(hunks[start])
        assert match is not None
        body = hunks[start + 1 : end]
        label = _label(_changed_lines(body, int(match[1]), int(match[2])), old, new)
        yield match[0] + (f" {label}".encode() if label else b"")
        yield from body


def _changed_lines(body: Sequence[bytes], old: int, new: int) -> list[tuple[bool, int]]:
    """The lines that go (False) and come (True), with their numbers."""
    found: list[tuple[bool, int]] = []
    for line in body:
        kind = line[:1]
        if kind == b"-":
            found.append((False, old))
        elif kind == b"+":
            found.append((True, new))
        old += kind in (b"-", b" ", b"")
        new += kind in (b"+", b" ", b"")
    return found


def _label(changed: Sequence[tuple[bool, int]], old: Side, new: Side) -> str:
    touched = [
        place
        for is_new, number in changed
        for place in (new if is_new else old).lines.get(number, ())
    ]
    places = list(dict.fromkeys(place for place in touched if _differs(place, old, new)))
    if not places:  # comments and spelling: the key that they are about
        places = touched[:1] or _following(changed, old, new)
    return _listed([inline(path_text(path)) for _, path in places])


def _differs(place: Place, old: Side, new: Side) -> bool:
    before: Plain | Missing = old.values.get(place, MISSING)
    after: Plain | Missing = new.values.get(place, MISSING)
    if isinstance(before, Missing) or isinstance(after, Missing):
        return before is not after
    return not same(before, after)


def _following(changed: Sequence[tuple[bool, int]], old: Side, new: Side) -> list[Place]:
    for is_new, number in changed[:1]:
        starts = (new if is_new else old).starts
        found = bisect_left(starts, number, key=lambda start: start[0])
        return [place for _, place in starts[found : found + 1]]
    return []


def _listed(names: Sequence[str]) -> str:
    shown: list[str] = []
    for name in names[:_MOST_NAMED]:
        if shown and len(", ".join([*shown, name])) > _WIDEST:
            break
        shown.append(name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…")
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" (+{rest} more)" if rest else "")
