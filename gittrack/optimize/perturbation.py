"""Data whose future is another one: what came before a cut stays, what comes after is changed.

Data is a NumPy array, a pandas Series or DataFrame, or a mapping of these; rows are moments, the
oldest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gittrack.errors import UsageError

Random = np.random.Generator

_BARS = frozenset({"open", "high", "low", "close", "adj close", "adj_close", "adjclose", "vwap"})
"""Prices of one bar: they move together, so that the high stays the highest."""

_FEW_VALUES = 10
"""Integers that take no more values than this are labels, not amounts."""

_MARGIN = np.log(2.0)
_LEAST_STEP = 0.01


def count_rows(data: Any) -> int:
    """The number of moments in the data.

    Raises:
        UsageError: it is of another kind, or its parts differ in length.
    """
    lengths = {name: len(part) for name, part in _parts(data).items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {count}" for name, count in lengths.items())
        raise UsageError(f"the data's parts differ in rows: {told}", hint="give all the same rows")
    if not lengths:
        raise UsageError("the data holds no array, Series or DataFrame")
    return next(iter(lengths.values()))


def copied(data: Any) -> Any:
    """A copy, so that who gets it may change it."""
    if isinstance(data, Mapping):
        return {name: part.copy() if _is_array(part) else part for name, part in data.items()}
    return data.copy()


def with_other_future(data: Any, cut: int, random: Random, *, mirrored: bool = False) -> Any:
    """A copy of the data whose rows from `cut` on are others.

    What is positive (prices, volumes) stays positive: its later returns are shuffled and get noise
    as large as their own spread, within half of the lowest and twice the highest value that there
    is. With `mirrored` they get the opposite sign instead. Other numbers are shuffled or mirrored
    themselves. Labels, texts and truths take another of their values. Missing values stay missing;
    dates and rising counters stay, as they are known in advance.
    """
    factors: dict[Any, Any] = {}
    new = copied(data)
    with np.errstate(all="ignore"):  # the largest floats overflow, and stay then
        if not isinstance(data, Mapping):
            return _other_part(new, cut, _Change(random, mirrored, factors, ""))
        for name, part in _parts(new).items():
            new[name] = _other_part(part, cut, _Change(random, mirrored, factors, name))
    return new


class _Change:
    """How columns are changed: one source of chance, and the factors that bars share."""

    def __init__(self, random: Random, mirrored: bool, factors: dict[Any, Any], part: str) -> None:
        self._random = random
        self._mirrored = mirrored
        self._factors = factors
        self._part = part

    def column(self, values: Any, cut: int, label: Any) -> Any:
        """The column with another future, of the same kind."""
        kind = values.dtype.kind
        if kind in "mM":
            return values
        if kind == "f":
            return self._floats(values, cut, label)
        if kind in "iu" and len(np.unique(values)) > _FEW_VALUES:
            return self._integers(values, cut, label)
        return self._labels(values, cut)

    def _floats(self, values: Any, cut: int, label: Any) -> Any:
        known = np.isfinite(values)
        if not known[cut:].any():
            return values
        new = values.copy()
        old = values[known].astype(float)
        start = int(known[:cut].sum())
        if (old > 0).all():
            later = old[start:] * self._shared(old, start, known, cut, label)
        else:
            later = self._moved(old[start:], _spread(old))
        place = np.flatnonzero(known[cut:]) + cut
        later = later.astype(values.dtype)
        fits = np.isfinite(later) & ((later > 0) | (old[start:] <= 0))
        new[place[fits]] = later[fits]  # the largest and smallest floats have no room to move
        return new

    def _integers(self, values: Any, cut: int, label: Any) -> Any:
        if (values[1:] > values[:-1]).all():
            return values
        if (values > 0).all():
            new = self._floats(values.astype(float), cut, label)
            limit = np.iinfo(values.dtype).max
            later = np.clip(np.rint(new[cut:]), 1, float(limit) / 2).astype(values.dtype)
            return np.concatenate([values[:cut], later])
        return self._labels(values, cut)

    def _labels(self, values: Any, cut: int) -> Any:
        """Each later value becomes another one of those that there are."""
        codes, known = _coded(values)
        if len(known) < 2:
            return values
        new = values.copy()
        for row in range(cut, len(values)):
            if codes[row] >= 0:
                step = 1 if self._mirrored else int(self._random.integers(1, len(known)))
                new[row] = known[(codes[row] + step) % len(known)]
        return new

    def _shared(self, old: Any, start: int, known: Any, cut: int, label: Any) -> Any:
        """By what each later value is multiplied; the prices of one bar share it."""
        group = _bar_of((self._part, label))
        rows = np.flatnonzero(known[cut:])
        if group is not None and group in self._factors:
            return self._factors[group][rows]
        factor = self._path(old, start) / old[start:]
        if group is not None:
            everywhere = np.interp(np.arange(len(known) - cut), rows, factor)
            self._factors[group] = everywhere
        return factor

    def _path(self, old: Any, start: int) -> Any:
        """Other positive values, from `start` on."""
        logs = np.log(old)
        steps = np.diff(logs, prepend=logs[:1])
        moved = self._moved(steps[start:], max(float(np.std(steps)), _LEAST_STEP))
        origin = logs[start - 1] if start else logs[0]
        low, high = logs.min() - _MARGIN, logs.max() + _MARGIN
        return np.exp(_folded(origin + np.cumsum(moved), low, high))

    def _moved(self, steps: Any, spread: float) -> Any:
        noise = self._random.normal(0.0, spread, len(steps))
        if not self._mirrored:
            moved = self._random.permutation(steps) + noise
            # The first one turns: else half of all one-day secrets would stay by chance.
            if len(moved) and steps[0] * moved[0] > 0:
                moved[0] = -moved[0]
            return moved
        tiny = np.abs(steps) < spread * 1e-3
        factor = 1.0 + 0.5 * np.abs(noise) / spread
        return np.where(tiny, noise, -steps * factor)


def _folded(values: Any, low: float, high: float) -> Any:
    """Values that turn back at both ends, so that a long way stays within."""
    width = high - low
    place = np.mod(values - low, 2.0 * width)
    return low + np.where(place > width, 2.0 * width - place, place)


def _spread(values: Any) -> float:
    found = float(np.std(values))
    return found if found > 0 else max(float(np.abs(values).max()) * _LEAST_STEP, _LEAST_STEP)


def _coded(values: Any) -> tuple[Any, list[Any]]:
    """For each value the number of its kind, -1 where it is missing; and the kinds."""
    numbers: dict[Any, int] = {}
    codes = []
    for value in values.tolist():
        if not _is_label(value):
            codes.append(-1)
        else:
            codes.append(numbers.setdefault(value, len(numbers)))
    return codes, list(numbers)


def _is_label(value: Any) -> bool:
    """Whether it is a value that others can stand for; None, NaN and NA are not."""
    try:
        return value is not None and bool(value == value) and hash(value) is not None
    except (TypeError, ValueError):
        return False


def _bar_of(labels: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What a price of a bar shares with the others of it; `None` for what is no such price."""
    flat: list[Any] = []
    for label in labels:
        flat.extend(label if isinstance(label, tuple) else (label,))
    rest = [label for label in flat if str(label).strip().lower() not in _BARS]
    return tuple(rest) if len(rest) < len(flat) else None


def _other_part(part: Any, cut: int, change: _Change) -> Any:
    if hasattr(part, "isetitem"):
        for place, label in enumerate(part.columns):
            part.isetitem(place, _other_series(part.iloc[:, place], cut, change, label))
        return part
    if hasattr(part, "iloc"):
        return _other_series(part, cut, change, part.name)
    flat = part.reshape(len(part), -1)
    columns = [change.column(flat[:, n], cut, n) for n in range(flat.shape[1])]
    return np.stack(columns, axis=1).reshape(part.shape) if columns else part


def _other_series(series: Any, cut: int, change: _Change, label: Any) -> Any:
    """The same for a Series, whose own type (nullable, category) stays."""
    dtype = getattr(series.dtype, "numpy_dtype", series.dtype)
    if getattr(dtype, "kind", "O") in "fiu" and not series.isna().all():
        plain = series.to_numpy(dtype=float, na_value=np.nan) if series.isna().any() else None
        values = series.to_numpy(dtype=dtype) if plain is None else plain
    else:
        values = series.to_numpy()
    if getattr(dtype, "kind", "O") in "mM":
        return series
    new = series.copy()
    later = change.column(values, cut, label)[cut:]
    if getattr(dtype, "kind", "O") in "iu" and later.dtype.kind == "f":
        later = np.rint(later)
    new.iloc[cut:] = type(series)(later, index=series.index[cut:]).astype(series.dtype)
    return new


def _is_array(part: Any) -> bool:
    return (hasattr(part, "iloc") or isinstance(part, np.ndarray)) and getattr(part, "ndim", 0) > 0


def _parts(data: Any) -> dict[str, Any]:
    """The arrays in the data, by name."""
    if _is_array(data):
        return {"": data}
    if not isinstance(data, Mapping):
        raise _unknown("the data", data)
    for name, part in data.items():
        if not _is_array(part) and not isinstance(part, str | int | float | bool | None):
            raise _unknown(f"{name} in the data", part)
    return {name: part for name, part in data.items() if _is_array(part)}


def _unknown(what: str, value: Any) -> UsageError:
    return UsageError(
        f"{what} is a {type(value).__name__}, of which no other future can be made",
        hint="pass a NumPy array, a pandas Series or DataFrame, or a mapping of these",
    )
