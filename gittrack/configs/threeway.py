"""Three states of one config merged key by key; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.configs.edit import REMOVED, Edit, Removed
from gittrack.diff import MISSING, Key, Missing, Path, Position, same

Value = Plain | Missing


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that both sides changed, and not in the same way."""

    path: Path
    base: Value
    ours: Value
    theirs: Value


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What theirs changed and ours did not: `changes` to make in ours. `added` are those of them
    that are new keys. At `conflicts` ours stays as it is."""

    changes: tuple[Edit, ...]
    added: tuple[Path, ...]
    conflicts: tuple[Conflict, ...]


def reconcile(base: Plain, ours: Plain, theirs: Plain) -> Reconciled:
    """Merge three states of a config by key.

    A mapping is merged key by key. A list of scalars is one value; another list is merged position
    by position where its length is the same in all three, else it is one value. Types count: 1 and
    1.0 differ. The same change on both sides is no conflict.
    """
    changes: list[Edit] = []
    added: list[Path] = []
    conflicts: list[Conflict] = []
    for found in _differences((), base, ours, theirs):
        if isinstance(found.base, Missing) and isinstance(found.ours, Missing):
            added.append(found.path)
        if _same(found.base, found.ours):
            changes.append((found.path, as_edit(found.theirs)))
        else:
            conflicts.append(found)
    return Reconciled(tuple(changes), tuple(added), tuple(conflicts))


def as_edit(value: Value) -> Plain | Removed:
    """The value as `apply_changes` takes it."""
    return REMOVED if isinstance(value, Missing) else value


def _differences(path: Path, base: Value, ours: Value, theirs: Value) -> Iterator[Conflict]:
    """The places where theirs has something to say that ours has not, conflicts among them."""
    if _same(ours, theirs) or _same(base, theirs):
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if isinstance(base, Missing):
            base = {}
        if isinstance(base, dict):
            for key in [*ours, *(key for key in theirs if key not in ours)]:
                states = (side.get(key, MISSING) for side in (base, ours, theirs))
                yield from _differences((*path, Key(key)), *states)
            return
    lists = [side for side in (base, ours, theirs) if isinstance(side, list)]
    if len(lists) == 3 and _is_by_position(lists):
        for index, values in enumerate(zip(*lists, strict=True)):
            yield from _differences((*path, Position(index)), *values)
        return
    yield Conflict(path, base, ours, theirs)


def _is_by_position(lists: list[list[Plain]]) -> bool:
    nested = any(isinstance(item, dict | list) for items in lists for item in items)
    return nested and len(set(map(len, lists))) == 1


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, Missing) or isinstance(right, Missing):
        return left is right
    return same(left, right)
