"""Conflict markers around the lines of the keys that conflict, as git writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.configs.edit import apply_changes
from gittrack.configs.entries import Entries, Span
from gittrack.configs.lines import BREAKS, line_break
from gittrack.configs.threeway import Conflict, Value, as_edit
from gittrack.diff import same
from gittrack.errors import SourceError
from gittrack.sources import parse_documents


@dataclass(frozen=True, slots=True)
class Style:
    """How conflicts are marked: labels for ours, base and theirs, the markers' length, and whether
    the base is shown."""

    labels: tuple[str, str, str] = ("ours", "base", "theirs")
    marker_size: int = 7
    with_base: bool = False


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines of ours, and what stands there in theirs and in the base."""

    span: Span
    theirs: str
    base: str


def mark_conflicts(
    text: str, conflicts: Sequence[tuple[int, Conflict]], *, name: str, style: Style
) -> str:
    """The text, which has ours at all conflicts, with markers around these keys' lines.

    `conflicts` come with the number of their document. Markers stand around the next larger key
    where one shares its lines with others, as within braces.

    Raises:
        SourceError: the text is written in a way that is not edited.
    """
    theirs = _picked(text, [(index, one, one.theirs) for index, one in conflicts], name)
    base = theirs
    if style.with_base:
        base = _picked(text, [(index, one, one.base) for index, one in conflicts], name)
    regions = _regions(text, theirs, base, conflicts, name)
    return _written(text, regions or [_one_region(text, theirs, base)], style)


def mark_all(ours: str, theirs: str, base: str, style: Style) -> str:
    """Ours with markers around all that is not the same in all three."""
    return _written(ours, [_one_region(ours, theirs, base)], style)


def _picked(text: str, picks: Sequence[tuple[int, Conflict, Value]], name: str) -> str:
    for index, conflict, value in picks:
        text = apply_changes(text, [(conflict.path, as_edit(value))], name=name, index=index)
    return text


def _regions(
    text: str, theirs: str, base: str, conflicts: Sequence[tuple[int, Conflict]], name: str
) -> list[_Region]:
    """A region for each key; none where that would not say what each side means."""
    found: list[_Region] = []
    sides = [_all_entries(side, name) for side in (text, theirs, base)]
    for index, conflict in conflicts:
        region = _region([documents[index] for documents in sides], conflict)
        if region is None:
            return []
        found.append(region)
    found = _outermost(found)
    for side, wanted in (("theirs", theirs), ("base", base)):
        taken = substituted(text, [(one.span, getattr(one, side)) for one in found])
        if not _say_the_same(taken, wanted, name):
            return []
    return found


def _all_entries(text: str, name: str) -> list[Entries]:
    documents = parse_documents(text.encode(), name)
    return [Entries(text, doc.data, name=name, index=doc.index) for doc in documents]


def _region(sides: Sequence[Entries], conflict: Conflict) -> _Region | None:
    for depth in range(len(conflict.path), 0, -1):
        spans = [side.lines(conflict.path[:depth]) for side in sides]
        ours, *others = [span for span in spans if span is not None] or [Span(0, 0)]
        if len(others) == len(sides) - 1:
            theirs, base = (
                side.text[span.start : span.end]
                for side, span in zip(sides[1:], others, strict=True)
            )
            return _Region(ours, theirs, base)
    return None


def _outermost(regions: list[_Region]) -> list[_Region]:
    kept: list[_Region] = []
    for region in sorted(regions, key=lambda one: (one.span.start, -one.span.end)):
        if not kept or region.span.start >= kept[-1].span.end:
            kept.append(region)
    return kept


def _say_the_same(text: str, other: str, name: str) -> bool:
    try:
        left, right = (_data(side, name) for side in (text, other))
    except SourceError:
        return False
    return same(left, right)


def _data(text: str, name: str) -> Plain:
    return [document.data for document in parse_documents(text.encode(), name)]


def _one_region(ours: str, theirs: str, base: str) -> _Region:
    sides = [side.splitlines(keepends=True) for side in (ours, theirs, base)]
    head = _shared(sides)
    tail = _shared([side[head:][::-1] for side in sides])
    middles = ["".join(side[head : len(side) - tail]) for side in sides]
    start = sum(map(len, sides[0][:head]))
    return _Region(Span(start, start + len(middles[0])), middles[1], middles[2])


def _shared(sides: Sequence[list[str]]) -> int:
    count = 0
    for lines in zip(*sides, strict=False):
        if len(set(lines)) > 1:
            break
        count += 1
    return count


def _written(text: str, regions: Sequence[_Region], style: Style) -> str:
    newline = line_break(text)
    replacements = []
    for region in regions:
        ours = text[region.span.start : region.span.end]
        parts = [(f"{'<' * style.marker_size} {style.labels[0]}", ours)]
        if style.with_base:
            parts.append((f"{'|' * style.marker_size} {style.labels[1]}", region.base))
        parts += [("=" * style.marker_size, region.theirs)]
        lines = [part for head, body in parts for part in (head + newline, _ended(body, newline))]
        lines.append(f"{'>' * style.marker_size} {style.labels[2]}{newline}")
        before = text[: region.span.start]
        if before and before[-1] not in BREAKS:
            lines.insert(0, newline)
        replacements.append((region.span, "".join(lines)))
    return substituted(text, replacements)


def _ended(lines: str, newline: str) -> str:
    return lines if not lines or lines[-1] in BREAKS else lines + newline


def substituted(text: str, replacements: Sequence[tuple[Span, str]]) -> str:
    """The text with other lines in place of these, which are in the text's order."""
    pieces: list[str] = []
    position = 0
    for span, new in replacements:
        pieces += [text[position : span.start], new]
        position = span.end
    return "".join([*pieces, text[position:]])
