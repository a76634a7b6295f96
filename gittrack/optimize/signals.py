"""Signals of a strategy as columns, and where those of two runs differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gittrack.errors import UsageError

Columns = dict[Any, Any]
"""For each column's label an array with a value for each row of the data."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the first rows of two runs' signals differ.

    Attributes:
        count: values that differ.
        first: the first row with one, from 0; `None` where there is none.
        correlation: of the two runs' numbers in these rows, from -1 to 1.
    """

    count: int
    first: int | None
    correlation: float


def signal_columns(signals: Any, data: Any, rows: int) -> Columns:
    """Signals as columns of as many rows as the data has.

    A Series or a DataFrame with fewer rows is laid on the data's by its index.

    Raises:
        UsageError: they are no such thing, or have another number of rows.
    """
    if isinstance(signals, Mapping):
        found: Columns = {}
        for name, part in signals.items():
            source = data.get(name, data) if isinstance(data, Mapping) else data
            inner = signal_columns(part, source, rows)
            found.update({(name, label): column for label, column in inner.items()})
        return found
    if hasattr(signals, "iloc"):
        return _pandas_columns(_laid_on(signals, data, rows), rows)
    array = np.asarray(signals)
    if array.ndim == 0:
        raise UsageError("the strategy returned one value, not signals", hint=_ONE_PER_ROW)
    _check_rows(len(array), rows)
    flat = array.reshape(rows, -1)
    return {number: flat[:, number] for number in range(flat.shape[1])}


_ONE_PER_ROW = "return an array, a Series or a DataFrame with one row for each row of the data"


def _check_rows(found: int, rows: int) -> None:
    if found != rows:
        raise UsageError(
            f"the strategy returned {found} rows of signals for {rows} rows of data",
            hint=_ONE_PER_ROW,
        )


def _laid_on(signals: Any, data: Any, rows: int) -> Any:
    """By index, where rows are missing and the index says which."""
    if len(signals) == rows:
        return signals
    parts = data.values() if isinstance(data, Mapping) else [data]
    index = next((part.index for part in parts if hasattr(part, "iloc")), None)
    if index is None or not index.is_unique or not signals.index.is_unique:
        _check_rows(len(signals), rows)
    return signals.reindex(index)


def _pandas_columns(signals: Any, rows: int) -> Columns:
    _check_rows(len(signals), rows)
    if not hasattr(signals, "columns"):
        return {0: signals.to_numpy()}
    seen: Counter[Any] = Counter()
    found: Columns = {}
    for place, label in enumerate(signals.columns):
        found[label, seen[label]] = signals.iloc[:, place].to_numpy()
        seen[label] += 1
    return found


def difference(one: Columns, other: Columns, end: int, tolerance: float) -> Difference:
    """How the rows before `end` differ; what is missing in both is the same."""
    count, first = 0, end
    for label in dict.fromkeys([*one, *other]):
        if label in one and label in other:
            differs = _differs(one[label][:end], other[label][:end], tolerance)
        else:
            differs = ~_missing((one if label in one else other)[label][:end])
        if differs.any():
            count += int(differs.sum())
            first = min(first, int(np.argmax(differs)))
    if not count:
        return Difference(0, None, 1.0)
    return Difference(count, first, _correlation(one, other, end))


def rows_with_news(columns: Columns) -> list[int]:
    """The rows whose signals differ from those of the row before."""
    rows: set[int] = set()
    for column in columns.values():
        rows.update((np.flatnonzero(_differs(column[1:], column[:-1], 0.0)) + 1).tolist())
    return sorted(rows)


def first_signal(columns: Columns) -> int | None:
    """The first row in which anything is said; `None` if nothing ever is."""
    found = [np.flatnonzero(~_missing(column)) for column in columns.values()]
    return min((int(rows[0]) for rows in found if len(rows)), default=None)


def _differs(one: Any, other: Any, tolerance: float) -> Any:
    kinds = one.dtype.kind + other.dtype.kind
    if set(kinds) <= set("biu"):
        return np.asarray(one != other)
    if set(kinds) <= set("biufc"):
        return _floats_differ(one, other, tolerance)
    if set(kinds) <= set("mM") and one.dtype == other.dtype:
        return one.view("i8") != other.view("i8")
    pairs = zip(one.tolist(), other.tolist(), strict=True)
    return np.fromiter((not _alike(a, b) for a, b in pairs), bool, len(one))


def _floats_differ(one: Any, other: Any, tolerance: float) -> Any:
    """Rounding may differ in the last digits, relative to a value or to what is usual there."""
    with np.errstate(invalid="ignore", over="ignore"):
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        if tolerance:
            size = np.abs(one)
            known = size[np.isfinite(size)]
            usual = float(np.median(known)) if len(known) else 0.0
            close = np.abs(one - other) <= tolerance * np.maximum(size, usual)
            same |= close & np.isfinite(one) & np.isfinite(other)
        return ~same


def _alike(one: Any, other: Any) -> bool:
    """For texts and other objects; NA and arrays cannot say whether they are equal."""
    if one is other:
        return True
    try:
        return bool(one == other) or bool(one != one and other != other)
    except (TypeError, ValueError):
        return False


def _missing(column: Any) -> Any:
    if column.dtype.kind in "fc":
        return np.isnan(column)
    if column.dtype.kind in "biu":
        return np.zeros(len(column), bool)
    values = column.tolist()
    return np.fromiter((value is None or _is_nan(value) for value in values), bool, len(values))


def _is_nan(value: Any) -> bool:
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return True  # NA is what cannot say


def _correlation(one: Columns, other: Columns, end: int) -> float:
    """Pearson's, over all columns of numbers; 0 where it is not defined."""
    pairs = [
        (one[label][:end].astype(float), other[label][:end].astype(float))
        for label in one
        if label in other and one[label].dtype.kind in "biuf" and other[label].dtype.kind in "biuf"
    ]
    if not pairs:
        return 0.0
    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    known = np.isfinite(left) & np.isfinite(right)
    if known.sum() < 2:
        return 0.0
    left, right = left[known], right[known]
    with np.errstate(all="ignore"):
        left, right = left - left.mean(), right - right.mean()
        value = float((left @ right) / np.sqrt((left @ left) * (right @ right)))
    return min(1.0, max(-1.0, value)) if np.isfinite(value) else 0.0
