"""What merges otherwise than field by field in the records of experiments and runs; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gittrack.canonical import Plain
from gittrack.runs.model import FAILED, FINISHED, KILLED, RUNNING
from gittrack.sync.rules.fields import LIST, Fields, Key, Places, Side, merge_fields, value_bytes

Record = Mapping[str | int, Plain]

_RANKS = {RUNNING: 0, KILLED: 1, FAILED: 2, FINISHED: 3}
_ARTIFACTS = "artifacts"


def merge_experiments(sides: Sequence[Side], generation: Callable[[str], int]) -> Fields:
    """An experiment's record: the earliest `created_at`, the greatest `next_number`, else the
    latest writer of each field."""
    merged = merge_fields(sides, generation)
    numbers: list[Any] = _all_of(sides, "next_number")
    times: list[Any] = _all_of(sides, "created_at")
    values = dict(merged.values)
    if numbers:
        values[("next_number",)] = max(numbers)
    if times:
        values[("created_at",)] = min(times)
    return Fields(values, merged.order)


def merge_runs(
    sides: Sequence[Side],
    generation: Callable[[str], int],
    places: Callable[[], Places] = dict,
) -> Fields:
    """A run's record without its metrics: a state that is more final counts with its end, else the
    latest writer of each field, and lists are unions."""
    names = _moved_apart(sides)
    if names:
        sides = [_renamed(side, names) for side in sides]
    merged = merge_fields(sides, generation, places)
    values = dict(merged.values)
    last = max(sides, key=_finality).fields.values
    for key in (("status",), ("ended",)):
        values.pop(key, None)
        if key in last:
            values[key] = last[key]
    return _apart(Fields(values, merged.order))


def _finality(side: Side) -> tuple[int, str]:
    """A run that ended is never live again: taken for dead is less than what it said itself."""
    values = side.fields.values
    return _RANKS.get(str(values.get(("status",))), -1), str(values.get(("ended",), ""))


def _all_of(sides: Sequence[Side], name: str) -> list[Plain]:
    found = (side.fields.values.get((name,)) for side in sides)
    return [value for value in found if value is not None]


def _apart(fields: Fields) -> Fields:
    """A file cannot lie where a folder does: such an artifact gets a suffix from its SHA-256."""
    order = list(fields.order.get(_ARTIFACTS, ()))
    folders = _folders(str(key[2]) for key in order)
    values = dict(fields.values)
    for place, key in enumerate(order):
        artifact = values[key]
        if key[2] in folders and isinstance(artifact, dict):
            path = f"{key[2]}.{str(artifact.get('sha256'))[:8]}"
            moved: Key = (_ARTIFACTS, LIST, path)
            del values[key]
            values[moved], order[place] = {**artifact, "path": path}, moved
    return Fields(values, {**fields.order, _ARTIFACTS: tuple(order)} if order else fields.order)


def _folders(paths: Iterable[str]) -> set[str]:
    return {path[:at] for path in paths for at, c in enumerate(path) if c == "/"}


def _moved_apart(sides: Sequence[Side]) -> dict[Key, Key]:
    """The artifacts that an earlier merge gave a suffix, with the names that they had: one that a
    third side has under that name is to meet them, in whatever order the sides are merged."""
    artifacts = [key for side in sides for key in side.fields.order.get(_ARTIFACTS, ())]
    folders = _folders(str(key[2]) for key in artifacts)
    found: dict[Key, Key] = {}
    for side in sides if folders else ():
        for key in side.fields.order.get(_ARTIFACTS, ()):
            value, path = side.fields.values[key], str(key[2])
            digest = str(value.get("sha256"))[:8] if isinstance(value, dict) else ""
            if path.endswith(f".{digest}") and path[:-9] in folders:
                found[key] = (_ARTIFACTS, LIST, path[:-9])
    return found


def _renamed(side: Side, names: Mapping[Key, Key]) -> Side:
    """The side with artifacts under the names that they had."""
    values, writes = dict(side.fields.values), dict(side.writes)
    for key, name in names.items():
        value = values.pop(key, None)
        if isinstance(value, dict) and name not in values:
            values[name] = {**value, "path": str(name[2])}
        if key in writes:
            writes[name] = [*writes.get(name, ()), *writes.pop(key)]
    order = dict.fromkeys(names.get(key, key) for key in side.fields.order.get(_ARTIFACTS, ()))
    orders = {**side.fields.order, _ARTIFACTS: tuple(order)} if order else side.fields.order
    return Side(Fields(values, orders), writes)


def origin_of_artifact(key: Key, value: Plain, sides: Sequence[Side]) -> tuple[int, str] | None:
    """The first side that has just that artifact, and its path there."""
    wanted = _digest(value)
    for number, side in enumerate(sides):
        for path in (str(key[2]), str(key[2])[:-9]):  # moved apart, it has a suffix
            other = (_ARTIFACTS, LIST, path)
            if _digest(side.fields.values.get(other)) == wanted:
                return number, path
    return None


def _digest(value: Plain) -> bytes:
    if not isinstance(value, dict):
        return b""
    return value_bytes({key: item for key, item in value.items() if key != "path"})
