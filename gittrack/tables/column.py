"""One column: its name, what it holds, and its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from gittrack.errors import ValueRefusedError

Kind = Literal["integer", "float", "text", "boolean", "time", "json"]
"""What a column holds. `integer` is of 64 bits, `time` microseconds since the epoch in UTC, `json`
plain data of any shape."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

BOUNDS = {
    "integer": (-(2**63), 2**63 - 1),
    "time": (
        (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND,
        (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND,
    ),
}
"""The least and the greatest value of a kind, where there are such: times are of the years 1 to
9999."""


@dataclass(frozen=True, slots=True)
class Column:
    """A named column; `None` stands for a missing value, which NaN is not.

    Raises:
        ValueRefusedError: an integer or a time is out of bounds.
    """

    name: str
    kind: Kind
    values: Sequence[Any]

    def __post_init__(self) -> None:
        bounds = BOUNDS.get(self.kind)
        known = [value for value in self.values if value is not None] if bounds else []
        if bounds and known and not bounds[0] <= min(known) <= max(known) <= bounds[1]:
            raise ValueRefusedError(
                f"a value of the column {self.name!r} is out of bounds",
                path=self.name,
                hint=f"{self.kind} columns go from {bounds[0]} to {bounds[1]}",
            )

    def __len__(self) -> int:
        return len(self.values)

    def part(self, rows: slice) -> Column:
        """The column with some of its rows."""
        return self._with(self.name, self.values[rows])

    def named(self, name: str) -> Column:
        """The same column by another name."""
        return self._with(name, self.values)

    def _with(self, name: str, values: Sequence[Any]) -> Column:
        made = object.__new__(Column)  # what is in bounds stays in bounds
        object.__setattr__(made, "name", name)
        object.__setattr__(made, "kind", self.kind)
        object.__setattr__(made, "values", values)
        return made

    def to_list(self) -> list[Any]:
        """The values as Python has them: times are datetimes in UTC."""
        if self.kind != "time":
            return list(self.values)
        return [None if v is None else EPOCH + timedelta(microseconds=v) for v in self.values]
