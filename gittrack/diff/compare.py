"""Two configs compared: what a reviewer should see, change by change."""

from __future__ import annotations

from collections.abc import Iterator

from gittrack.canonical import Plain
from gittrack.diff.alignment import align
from gittrack.diff.change import MISSING, Change
from gittrack.diff.values import in_order, leaves, same
from gittrack.query.paths import Key, Path, Position


def compare(old: Plain, new: Plain) -> list[Change]:
    """What leads from `old` to `new`; empty if and only if both have one canonical form.

    Types count: 1 and 1.0, true and 1, 0.0 and -0.0 differ, NaN is NaN. What is added or removed is
    told leaf by leaf, a list of scalars in one. Where a mapping or a list takes the place of
    something else, or the other way round, that is one change. In lists, kept elements are
    matched, so that an element put at the head is one addition; `Change` says what the paths are
    then. Changes come in the order of the canonical form.
    """
    return list(_compared(old, new, (), ()))


def _compared(old: Plain, new: Plain, path: Path, old_path: Path) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compared_mappings(old, new, path, old_path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compared_lists(old, new, path, old_path)
    elif not same(old, new):
        yield Change(path, "changed", old, new, None if old_path == path else old_path)


def _compared_mappings(
    old: dict[str | int, Plain], new: dict[str | int, Plain], path: Path, old_path: Path
) -> Iterator[Change]:
    for key in in_order(old | new):
        if key not in old:
            yield from _added(new[key], (*path, Key(key)))
        elif key not in new:
            yield from _removed(old[key], (*old_path, Key(key)))
        elif not same(old[key], new[key]):
            step = Key(key)
            yield from _compared(old[key], new[key], (*path, step), (*old_path, step))


def _compared_lists(
    old: list[Plain], new: list[Plain], path: Path, old_path: Path
) -> Iterator[Change]:
    alignment = align(old, new)

    def both(left: int, right: int) -> tuple[Path, Path]:
        return (*path, Position(right)), (*old_path, Position(left))

    def moved(left: int, right: int) -> Iterator[Change]:
        here, there = both(left, right)
        yield Change(here, "moved", old[left], new[right], there)

    # At one position, what was there before comes first.
    parts: list[tuple[int, int, Iterator[Change]]] = [
        *((at, 0, _removed(old[at], (*old_path, Position(at)))) for at in alignment.removed),
        *((at, 1, _added(new[at], (*path, Position(at)))) for at in alignment.added),
        *((j, 1, _compared(old[i], new[j], *both(i, j))) for i, j in alignment.changed),
        *((j, 1, moved(i, j)) for i, j in alignment.moved),
    ]
    for _, _, part in sorted(parts, key=lambda part: part[:2]):
        yield from part


def _added(value: Plain, path: Path) -> Iterator[Change]:
    for place, leaf in leaves(value, path, whole_lists=True):
        yield Change(place, "added", MISSING, leaf)


def _removed(value: Plain, path: Path) -> Iterator[Change]:
    for place, leaf in leaves(value, path, whole_lists=True):
        yield Change(place, "removed", leaf, MISSING)
