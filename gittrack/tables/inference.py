"""Columns made from plain values: what they have in common decides what the column holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gittrack.shown import value_text
from gittrack.tables.column import BOUNDS, EPOCH, MICROSECOND, Column, Kind
from gittrack.tables.table import Table

_EXACT = 2**53  # up to here every integer is a float, too


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None) -> Table:
    """A table from rows by column name; what a row lacks is missing.

    Values are plain data or datetimes (without a time zone they are UTC). The columns are those
    named, else all, in the order in which they appear.
    """
    kept = list(rows)
    names = list(
        dict.fromkeys(name for row in kept for name in row) if columns is None else columns
    )
    return Table([column_of(name, [row.get(name) for row in kept]) for name in names])


def column_of(name: str, values: Sequence[Any]) -> Column:
    """A column of the narrowest kind that loses nothing.

    Integers among floats become floats. Scalars of several kinds (0.1 and "auto"), and integers
    beyond 64 bits, become text as configs spell it; lists and mappings make the column `json`.
    A column of which nothing is known is text.
    """
    kind = _kind(values)
    if kind == "time":
        return Column(name, kind, [None if v is None else _microseconds(v) for v in values])
    if kind == "float":
        return Column(name, kind, [None if v is None else float(v) for v in values])
    if kind == "text":
        return Column(name, kind, [None if v is None else _text(v) for v in values])
    return Column(name, kind, values)


def _kind(values: Sequence[Any]) -> Kind:
    types = set(map(type, values)) - {type(None)}
    if types == {bool}:
        return "boolean"
    if types == {int}:
        least, most = BOUNDS["integer"]
        return "integer" if all(v is None or least <= v <= most for v in values) else "text"
    if types == {float} or (types == {int, float} and _are_exact(values)):
        return "float"
    if types == {datetime}:
        return "time"
    return "text" if types <= {bool, int, float, str} else "json"


def _are_exact(values: Sequence[Any]) -> bool:
    return all(-_EXACT <= v <= _EXACT for v in values if type(v) is int)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else value_text(value)


def _microseconds(moment: datetime) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MICROSECOND
