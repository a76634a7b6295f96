"""Stored data taken apart with care: whoever wrote it, what is not as expected is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gittrack.errors import DataError

MOST = 200_000
"""Values in a list, at the most."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping whose fields are asked for by their kinds; `DataError` where one is another."""

    data: Mapping[str, Any]

    @classmethod
    def of(cls, value: Any) -> Fields:
        """The fields of what must be a mapping."""
        if not isinstance(value, Mapping):
            raise DataError("a stored record is damaged: there is no mapping where one belongs")
        return cls(value)

    def text(self, key: str) -> str:
        """A text; an empty one where it is missing."""
        value = self.data.get(key, "")
        if not isinstance(value, str):
            raise self._refusal(key, "text")
        return value

    def number(self, key: str) -> float:
        """A number; NaN where it is null or missing."""
        return self._number(key, self.data.get(key))

    def numbers(self, key: str) -> list[float]:
        """A list of numbers, NaN where one is null; empty where it is missing."""
        return [self._number(key, value) for value in self.items(key)]

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        values = self.items(key)
        if not all(isinstance(value, str) for value in values):
            raise self._refusal(key, "list of texts")
        return values

    def matrix(self, key: str) -> list[list[float]]:
        """A list of lists of numbers."""
        rows = self.items(key)
        return [Fields({key: row}).numbers(key) for row in rows]

    def members(self, key: str) -> list[Fields]:
        """A list of mappings."""
        return [Fields.of(value) for value in self.items(key)]

    def items(self, key: str) -> list[Any]:
        """A list of anything."""
        values = self.data.get(key, [])
        if not isinstance(values, list) or len(values) > MOST:
            raise self._refusal(key, "list")
        return values

    def _number(self, key: str, value: Any) -> float:
        if value is None:
            return math.nan
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(key, "number")
        return float(value) if abs(value) < 1e308 else math.nan

    def _refusal(self, key: str, wanted: str) -> DataError:
        return DataError(f"a stored record is damaged: {key} is no {wanted}")


def same_length(*lists: list[Any]) -> None:
    """Refuse lists that do not go together.

    Raises:
        DataError: their lengths differ.
    """
    if len({len(one) for one in lists}) > 1:
        raise DataError("a stored record is damaged: its lists differ in length")
