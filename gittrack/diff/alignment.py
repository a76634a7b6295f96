"""Two lists aligned: which elements were kept, changed, moved, removed and added."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.diff.pairing import pair_up
from gittrack.diff.values import fingerprint, same

MAX_EDITS = 500
"""Insertions and removals that are looked for among elements found on both sides."""

MAX_STEPS = 1_000_000
"""Comparisons of two elements' numbers before the search is given up."""

Pair = tuple[int, int]
"""A position in the old list and one in the new list."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What happened to the elements; those that are not mentioned were kept."""

    changed: Sequence[Pair]
    moved: Sequence[Pair]
    removed: Sequence[int]
    added: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Gap:
    """The positions between two kept elements."""

    old: list[int]
    new: list[int]


def align(old: list[Plain], new: list[Plain]) -> Alignment:
    """The alignment of two lists that a person would see.

    Elements kept are a longest common subsequence. Of the others, equal ones have moved, and
    those between the same kept elements are paired as changed. Where the lists differ by more
    edits than can be searched for in reasonable time, position is compared with position.
    """
    start, end = _common_ends(old, new)
    alignment = _align_middle(old[start : len(old) - end], new[start : len(new) - end])
    return Alignment(
        [(left + start, right + start) for left, right in alignment.changed],
        [(left + start, right + start) for left, right in alignment.moved],
        [position + start for position in alignment.removed],
        [position + start for position in alignment.added],
    )


def _align_middle(old: list[Plain], new: list[Plain]) -> Alignment:
    old_numbers, new_numbers = _numbered(old, new)
    kept = common_subsequence(old_numbers, new_numbers)
    if kept is None:
        return _by_position(len(old), len(new))
    gaps = list(_gaps(kept, len(old), len(new)))
    moved = _take_moved(gaps, old_numbers, new_numbers)
    changed = _take_changed(gaps, old, new)
    removed = [position for gap in gaps for position in gap.old]
    added = [position for gap in gaps for position in gap.new]
    return Alignment(changed, moved, removed, added)


def _common_ends(old: list[Plain], new: list[Plain]) -> Pair:
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and same(old[start], new[start]):
        start += 1
    end = 0
    while end < shorter - start and same(old[-1 - end], new[-1 - end]):
        end += 1
    return start, end


def _numbered(old: list[Plain], new: list[Plain]) -> tuple[list[int], list[int]]:
    """The elements as numbers: the same number for the same value."""
    numbers: dict[Hashable, int] = {}
    both = [numbers.setdefault(fingerprint(element), len(numbers)) for element in [*old, *new]]
    return both[: len(old)], both[len(old) :]


def _by_position(old_length: int, new_length: int) -> Alignment:
    shared = min(old_length, new_length)
    changed = [(position, position) for position in range(shared)]
    return Alignment(changed, (), range(shared, old_length), range(shared, new_length))


def _gaps(kept: Sequence[Pair], old_length: int, new_length: int) -> Iterator[_Gap]:
    old_next = new_next = 0
    for old_kept, new_kept in (*kept, (old_length, new_length)):
        if old_next < old_kept or new_next < new_kept:
            yield _Gap(list(range(old_next, old_kept)), list(range(new_next, new_kept)))
        old_next, new_next = old_kept + 1, new_kept + 1


def _take_moved(gaps: list[_Gap], old_numbers: list[int], new_numbers: list[int]) -> list[Pair]:
    """Take out of the gaps, and return, the elements that are in an old and in a new gap."""
    waiting: defaultdict[int, deque[int]] = defaultdict(deque)
    for gap in gaps:
        for position in gap.old:
            waiting[old_numbers[position]].append(position)
    moved = [
        (waiting[new_numbers[position]].popleft(), position)
        for gap in gaps
        for position in gap.new
        if waiting.get(new_numbers[position])
    ]
    _remove(gaps, moved)
    return moved


def _take_changed(gaps: list[_Gap], old: list[Plain], new: list[Plain]) -> list[Pair]:
    """Take out of the gaps, and return, the elements that pair up within their gap."""
    changed = [
        (gap.old[left], gap.new[right])
        for gap in gaps
        for left, right in pair_up(
            [old[position] for position in gap.old], [new[position] for position in gap.new]
        )
    ]
    _remove(gaps, changed)
    return changed


def _remove(gaps: list[_Gap], pairs: list[Pair]) -> None:
    old_taken, new_taken = {left for left, _ in pairs}, {right for _, right in pairs}
    for gap in gaps:
        gap.old[:] = [position for position in gap.old if position not in old_taken]
        gap.new[:] = [position for position in gap.new if position not in new_taken]


def common_subsequence(old: list[int], new: list[int]) -> list[Pair] | None:
    """The positions of a longest common subsequence; None where the search would take too long."""
    in_old, in_new = set(old), set(new)
    old_shared = [position for position, number in enumerate(old) if number in in_new]
    new_shared = [position for position, number in enumerate(new) if number in in_old]
    trace = _search(
        [old[position] for position in old_shared], [new[position] for position in new_shared]
    )
    if trace is None:
        return None
    pairs = _way_back(trace, len(old_shared), len(new_shared))
    return [(old_shared[left], new_shared[right]) for left, right in pairs]


def _search(old: list[int], new: list[int]) -> list[list[int]] | None:
    """How far each diagonal gets with 0, 1, 2 … edits, until all of both lists is covered.

    The greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations",
    Algorithmica 1 (1986). The diagonals of round `d` are -d, -d + 2 … d.
    """
    trace: list[list[int]] = []
    reached = {1: 0}
    steps = 0
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        for diagonal in range(-edits, edits + 1, 2):
            begin = _entry(reached, diagonal, edits)
            x = begin
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            steps += x - begin + 1
            reached[diagonal] = x
        trace.append([reached[diagonal] for diagonal in range(-edits, edits + 1, 2)])
        if reached.get(len(old) - len(new), -1) >= len(old):
            return trace
        if steps > MAX_STEPS:
            return None
    return None


def _entry(reached: dict[int, int], diagonal: int, edits: int) -> int:
    if _comes_from_above(reached, diagonal, edits):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def _comes_from_above(reached: dict[int, int], diagonal: int, edits: int) -> bool:
    if diagonal in (-edits, edits):
        return diagonal == -edits
    return reached[diagonal - 1] < reached[diagonal + 1]


def _way_back(trace: list[list[int]], x: int, y: int) -> list[Pair]:
    pairs: list[Pair] = []
    for edits in range(len(trace) - 1, -1, -1):
        previous_x = previous_y = 0
        if edits:
            reached = dict(zip(range(1 - edits, edits, 2), trace[edits - 1], strict=True))
            diagonal = x - y
            diagonal += 1 if _comes_from_above(reached, diagonal, edits) else -1
            previous_x = reached[diagonal]
            previous_y = previous_x - diagonal
        while x > previous_x and y > previous_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = previous_x, previous_y
    return pairs[::-1]
