"""What merges otherwise than field by field in the records of experiments and runs; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    paths = {str(key[2]) for key in order}
    folders = {path[:at] for path in paths for at, c in enumerate(path) if c == "/"}
    values = dict(fields.values)
    for place, key in enumerate(order):
        artifact = values[key]
        if key[2] in folders and isinstance(artifact, dict):
            path = f"{key[2]}.{str(artifact.get('sha256'))[:8]}"
            moved: Key = (_ARTIFACTS, LIST, path)
            del values[key]
            values[moved], order[place] = {**artifact, "path": path}, moved
    return Fields(values, {**fields.order, _ARTIFACTS: tuple(order)} if order else fields.order)


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
