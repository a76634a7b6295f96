"""Records merge field by field: who wrote a field later, by causality, is heard; pure.

A side's value of a field is what its latest write says. So where one side alone wrote a field since
the sides parted, its value counts. Where several did, the latest write of all does: that of the
greatest generation, of these the greatest value. No clock has a say, and the order in which
sides meet makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gittrack.canonical import Plain, emit

Key = tuple[str | int, ...]
"""A field: its name, or the names of a mapping and of what is in it, or a list's name, `[]` and
what tells its element from others."""

Stamp = tuple[int, bytes]
"""When a field was written: the generation of the commit, then the value, to decide between two."""

Write = tuple[str, int, bytes]
"""What a commit wrote into a field: the commit, the place of a list's element, the value."""

Places = Mapping[Key, tuple[int, int]]
"""Where the elements of lists were written first: generation of the commit, place in the list."""

LIST = "[]"


@dataclass(frozen=True, slots=True)
class Fields:
    """A record taken apart; `order` are the elements of its lists as they follow one another."""

    values: Mapping[Key, Plain]
    order: Mapping[str | int, tuple[Key, ...]]


NOTHING = Fields({}, {})


@dataclass(frozen=True, slots=True)
class Side:
    """A record as one history has it; `writes` are the commits that wrote a field since the
    histories parted, each with the place of a list's element and the value."""

    fields: Fields
    writes: Mapping[Key, Sequence[Write]] = field(default_factory=dict)


def take_apart(record: Mapping[str | int, Plain]) -> Fields:
    """The fields of a record: mappings and lists are taken apart one level deep."""
    values: dict[Key, Plain] = {}
    order: dict[str | int, tuple[Key, ...]] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            values |= {(name, key): item for key, item in value.items()}
        elif isinstance(value, list):
            elements = _elements(name, value)
            values |= elements
            order[name] = tuple(elements)
        else:
            values[(name,)] = value
    return Fields(values, order)


def put_together(fields: Fields) -> dict[str | int, Plain]:
    """The record of these fields; mappings and lists that are empty are left out."""
    record: dict[str | int, Any] = {}
    for key, value in sorted(fields.values.items(), key=lambda item: len(item[0])):
        if len(key) == 1:
            record[key[0]] = value
        elif len(key) == 2:
            if not isinstance(record.get(key[0]), dict):
                record[key[0]] = {}
            record[key[0]][key[1]] = value
    for name, keys in fields.order.items():
        if keys and name not in record:
            record[name] = [fields.values[key] for key in keys]
    return record


def value_bytes(value: Plain) -> bytes:
    """What tells values apart, and orders them: `1`, `1.0` and `true` differ."""
    return emit({"": value})


def writes_between(commit: str, old: Fields, new: Fields) -> dict[Key, Write]:
    """The fields that a commit wrote; one that it took away has no bytes."""
    found: dict[Key, Write] = {}
    places = {key: number for keys in new.order.values() for number, key in enumerate(keys)}
    for key in new.values.keys() | old.values.keys():
        before = value_bytes(old.values[key]) if key in old.values else b""
        after = value_bytes(new.values[key]) if key in new.values else b""
        if before != after:
            found[key] = commit, places.get(key, 0), after
    return found


def first_places(
    writes: Mapping[Key, Iterable[Write]], generation: Callable[[str], int]
) -> dict[Key, tuple[int, int]]:
    """Where each field was written first."""
    return {
        key: min((generation(commit), place) for commit, place, _ in known)
        for key, found in writes.items()
        if (known := [write for write in found if write[2]])
    }


def merge_fields(
    sides: Sequence[Side],
    generation: Callable[[str], int],
    places: Callable[[], Places] = dict,
) -> Fields:
    """What the sides say together; `generation` is asked only where several wrote one field, and
    `places` (of all that was ever written, by whom all sides know) where a list was."""
    values: dict[Key, Plain] = {}
    for key in sorted({key for side in sides for key in side.fields.values}, key=repr):
        found = merge_field(key, sides, generation)
        if found is not None:
            values[key] = found[0]
    names = {name for side in sides for name in side.fields.order}
    order = {name: _merge_order(name, sides, places) for name in sorted(names, key=repr)}
    kept = {name: tuple(key for key in keys if key in values) for name, keys in order.items()}
    return Fields(values, kept)


def merge_field(
    key: Key, sides: Sequence[Side], generation: Callable[[str], int]
) -> tuple[Plain] | None:
    """One field's value, in a tuple; `None` where there is no such field any more."""
    written = {_bytes_of(side, key): side for side in sides}
    if len(written) > 1:
        writers = [side for side in sides if key in side.writes]
        if not writers:  # nobody says why they differ: what there is is kept
            writers = [written[max(written)]]
        elif len({_bytes_of(side, key) for side in writers}) > 1:
            latest = max(writers, key=lambda side: _last_write(side, key, generation))
            writers = [latest]
        side = writers[0]
    else:
        side = sides[0]
    return (side.fields.values[key],) if key in side.fields.values else None


def _merge_order(
    name: str | int, sides: Sequence[Side], places: Callable[[], Places]
) -> tuple[Key, ...]:
    """All elements, as they were written first; a list that nobody wrote stays as it is.

    What the sides wrote since they parted is not enough to go by: an element that is in the common
    history of two sides may have been written by a third, and earlier.
    """
    sequences = {side.fields.order.get(name, ()) for side in sides}
    elements = {key for sequence in sequences for key in sequence}
    written = any(key[:2] == (name, LIST) for side in sides for key in side.writes)
    if len(elements) < 2 or (len(sequences) == 1 and not written):
        return max(sequences, key=len)
    first = places()
    return tuple(sorted(elements, key=lambda key: (first.get(key, (0, 0)), repr(key))))


def _last_write(side: Side, key: Key, generation: Callable[[str], int]) -> Stamp:
    return max((generation(commit), value) for commit, _, value in side.writes[key])


def _bytes_of(side: Side, key: Key) -> bytes:
    values = side.fields.values
    return value_bytes(values[key]) if key in values else b""


def _elements(name: str | int, items: Sequence[Plain]) -> dict[Key, Plain]:
    """A list's elements by what tells them apart: a path, or all they say and how often."""
    found: dict[Key, Plain] = {}
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("path"), str):
            found[name, LIST, str(item["path"])] = item
            continue
        text = value_bytes(item).decode()
        count = 0
        while (name, LIST, text, count) in found:
            count += 1
        found[name, LIST, text, count] = item
    return found
