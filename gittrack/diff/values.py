"""Plain values: when two are the same, in what order their keys come, and what their leaves are."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import copysign

from gittrack.canonical import Plain, Scalar
from gittrack.query.paths import Key, Path, Position

Leaf = Scalar | list[Plain] | dict[str | int, Plain]
"""A scalar, an empty list or an empty mapping."""


def same(old: Plain, new: Plain) -> bool:
    """Whether two values have one canonical form: types count, `-0.0` is not `0.0`, NaN is NaN."""
    if type(old) is not type(new):
        return False
    if isinstance(old, float) and isinstance(new, float):
        if old != old:
            return new != new
        return old == new and copysign(1.0, old) == copysign(1.0, new)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    return old == new


def fingerprint(value: Plain) -> Hashable:
    """Something hashable that two values share if and only if they are the same."""
    if isinstance(value, float):
        return float, value.hex()
    if isinstance(value, dict):
        return dict, frozenset([(key, fingerprint(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return list, tuple(map(fingerprint, value))
    return type(value), value


def in_order(mapping: dict[str | int, Plain]) -> list[str | int]:
    """The keys as the canonical form orders them: integers first, then strings by code point."""
    return sorted(mapping, key=lambda key: (isinstance(key, str), key))


def is_collection(value: object) -> bool:
    """Whether `value` is a mapping or a list."""
    return isinstance(value, dict | list)


def is_flat(values: list[Plain]) -> bool:
    """Whether a list holds scalars only."""
    return not any(map(is_collection, values))


def flatten(data: Plain) -> list[tuple[Path, Leaf]]:
    """Every scalar and empty collection in `data` with the path to it, in canonical order."""
    return list(leaves(data))


def leaves(
    data: Plain, path: Path = (), *, whole_lists: bool = False
) -> Iterator[tuple[Path, Leaf]]:
    """The leaves of `data`, which is at `path`.

    With `whole_lists` a list of scalars is one leaf.
    """
    if isinstance(data, dict) and data:
        for key in in_order(data):
            yield from leaves(data[key], (*path, Key(key)), whole_lists=whole_lists)
    elif isinstance(data, list) and data and not (whole_lists and is_flat(data)):
        for index, element in enumerate(data):
            yield from leaves(element, (*path, Position(index)), whole_lists=whole_lists)
    else:
        yield path, data
