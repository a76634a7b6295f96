"""Parameters of many runs as columns: numbers, or categories, or nothing to learn from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from gittrack.canonical import Plain, emit
from gittrack.errors import NotFoundError
from gittrack.statistics.numbers import quantile, to_float

Row = Mapping[str, Plain]
"""What is known of a run: its parameters and the metric, by their names."""

_WIDE = 10


class Kind(Enum):
    """How a parameter is looked at."""

    NUMBER = "number"
    CATEGORY = "category"
    CONSTANT = "constant"
    UNIQUE = "unique"


@dataclass(frozen=True, slots=True)
class Column:
    """A parameter's values in the rows that have one; `places` says which rows these are.

    A number column holds numbers, and has no keys. In others `keys` tell values apart as configs
    do: 1, 1.0, "1" and true are four. `unique` is a category in which no two rows agree.
    """

    name: str
    kind: Kind
    places: tuple[int, ...]
    values: tuple[Plain, ...]
    keys: tuple[bytes, ...] = ()

    @property
    def numbers(self) -> list[float]:
        """The values of a number column, as they are: an integer may be larger than any float."""
        return [value for value in self.values if isinstance(value, int | float)]

    @property
    def is_log(self) -> bool:
        """Whether the numbers were chosen by orders of magnitude: all are positive, they span a
        factor of ten or more, and their median is nearer to the middle on a log scale."""
        found = sorted(map(to_float, self.numbers))
        if self.kind is not Kind.NUMBER or found[0] <= 0 or math.isinf(found[-1]):
            return False
        logs = [math.log(value) for value in found]
        if logs[-1] - logs[0] < math.log(_WIDE):
            return False
        return _off_middle(logs) < _off_middle(found)


def column(rows: Sequence[Row], name: str) -> Column:
    """The column of a parameter; null and NaN count as missing."""
    known = [
        (place, row[name])
        for place, row in enumerate(rows)
        if name in row and not _is_missing(row[name])
    ]
    places, values = tuple(place for place, _ in known), tuple(value for _, value in known)
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if numbers and len(numbers) == len(values):
        kind = Kind.NUMBER if len(set(numbers)) > 1 else Kind.CONSTANT
        return Column(name, kind, places, values)
    keys = tuple(map(emit, values))
    return Column(name, _kind(keys), places, values, keys)


def measured(rows: Sequence[Row], metric: str) -> tuple[list[Row], list[float], int]:
    """The rows whose metric is a finite number, with these numbers, and how many rows had one that
    is NaN or infinite.

    Raises:
        NotFoundError: no row has the metric.
    """
    numbers = [
        (row, to_float(value))
        for row in rows
        if isinstance(value := row.get(metric), int | float) and not isinstance(value, bool)
    ]
    if not numbers:
        raise NotFoundError(f"no run has {metric!r}")
    finite = [(row, value) for row, value in numbers if math.isfinite(value)]
    return [row for row, _ in finite], [value for _, value in finite], len(numbers) - len(finite)


def names_in(rows: Iterable[Row], metric: str) -> list[str]:
    """All that rows have besides the metric, by name."""
    return sorted({name for row in rows for name in row if name != metric})


def _kind(keys: Sequence[bytes]) -> Kind:
    distinct = len(set(keys))
    if distinct < 2:
        return Kind.CONSTANT
    return Kind.UNIQUE if distinct == len(keys) else Kind.CATEGORY


def _is_missing(value: Plain) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _off_middle(ascending: Sequence[float]) -> float:
    span = ascending[-1] - ascending[0]
    return abs((quantile(ascending, 0.5) - ascending[0]) / span - 0.5)
