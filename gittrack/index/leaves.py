"""A config taken apart into its leaves, as the index stores them."""

from __future__ import annotations

from collections.abc import Mapping

from gittrack.canonical import Plain
from gittrack.index.schema import BOOLEAN, EMPTY, FLOAT, INTEGER, NULL, STRING

MAX_LEAVES = 10_000
"""Leaves of one config that are searchable; what lies beyond is found by `git exp grep`."""

Leaf = tuple[str, str, int, "int | float | str | None"]
"""Key (`layers[].units`), place (`0`), kind, value."""

_LARGEST = 2**63 - 1


def leaves(config: Mapping[str | int, Plain]) -> list[Leaf]:
    """The leaves in order, at most `MAX_LEAVES` of them."""
    found: list[Leaf] = []
    _visit(config, "", "", found)
    return found


def _visit(
    data: Plain | Mapping[str | int, Plain], key: str, place: str, found: list[Leaf]
) -> None:
    if len(found) >= MAX_LEAVES:
        return
    if isinstance(data, dict) and data:
        start = f"{key}." if key else ""
        for name, value in data.items():
            _visit(value, start + segment(name), place, found)
    elif isinstance(data, list) and data:
        key += "[]"
        start = f"{place}," if place else ""
        for position, value in enumerate(data):
            _visit(value, key, f"{start}{position}", found)
            if len(found) >= MAX_LEAVES:
                return
    else:
        kind, value = leaf_value(data)
        found.append((key, place, kind, value))


def segment(name: str | int) -> str:
    """A mapping's key within a path; the characters that make a path are marked."""
    if isinstance(name, int):
        return f"\\{name}"  # the integer 1 and the string "1" are two keys
    if "." in name or "[" in name or "\\" in name:
        return name.replace("\\", "\\\\").replace(".", "\\.").replace("[", "\\[")
    return name


def leaf_value(data: object) -> tuple[int, int | float | str | None]:
    """Kind and stored value of a scalar or an empty collection."""
    if isinstance(data, str):
        return STRING, data
    if isinstance(data, bool):
        return BOOLEAN, int(data)
    if isinstance(data, int):
        return INTEGER, data if -_LARGEST <= data <= _LARGEST else float_or_infinite(data)
    if isinstance(data, float):
        return FLOAT, data  # SQLite keeps NaN as NULL, which no comparison matches
    return (NULL, None) if data is None else (EMPTY, None)


def float_or_infinite(number: int) -> float:
    """The nearest float of an integer beyond 64 bits."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
