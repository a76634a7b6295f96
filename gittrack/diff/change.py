"""One difference between two configs, and by how much where it is one of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import copysign, inf, isfinite
from typing import Literal, TypeGuard

from gittrack.canonical import Plain
from gittrack.query.paths import Path, path_text

Kind = Literal["added", "removed", "changed", "moved"]


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING = Missing.MISSING
"""There is no value at that place; `None` is a value."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    `path` is the place in the new config, for something removed the place in the old one.
    `old_path` is the place in the old config where that is another: its element of a list has
    moved. What was added has no `old`, what was removed no `new` (`MISSING`); what only moved
    has the same value as both.
    """

    path: Path
    kind: Kind
    old: Plain | Missing
    new: Plain | Missing
    old_path: Path | None = None

    @property
    def text_path(self) -> str:
        """The path as queries write it: `model.layers[2].units`."""
        return path_text(self.path)

    @property
    def text_old_path(self) -> str:
        """The path in the old config, which mostly is `text_path`."""
        return path_text(self.path if self.old_path is None else self.old_path)

    @property
    def type_changed(self) -> bool:
        """Whether a value was replaced by one of another type, such as 1 by 1.0."""
        return self.kind == "changed" and type(self.old) is not type(self.new)

    @property
    def absolute(self) -> int | float | None:
        """New less old, where both are numbers: exact for integers, infinite beyond all floats."""
        numbers = self._numbers()
        return None if numbers is None else _difference(*numbers)

    @property
    def relative(self) -> float | None:
        """New less old, over the size of old: 0.5 is half as much again, whatever the sign.

        None where these are not two finite numbers, or old is 0.
        """
        numbers = self._numbers()
        if numbers is None or numbers[0] == 0 or not all(map(_is_finite, numbers)):
            return None
        return _growth(*numbers)

    def _numbers(self) -> tuple[int | float, int | float] | None:
        old, new = self.old, self.new
        if self.kind == "changed" and _is_number(old) and _is_number(new):
            return old, new
        return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return type(value) is int or type(value) is float


def _is_finite(number: int | float) -> bool:
    return type(number) is int or isfinite(number)


def _difference(old: int | float, new: int | float) -> int | float:
    if isinstance(old, int) and isinstance(new, int):
        return new - old
    if not _is_finite(old) or not _is_finite(new):
        # An integer beyond all floats cannot be subtracted from infinity, but does not count.
        return _float_or_zero(new) - _float_or_zero(old)
    (old_top, old_bottom), (new_top, new_bottom) = old.as_integer_ratio(), new.as_integer_ratio()
    return _quotient(new_top * old_bottom - old_top * new_bottom, old_bottom * new_bottom)


def _growth(old: int | float, new: int | float) -> float:
    (old_top, old_bottom), (new_top, new_bottom) = old.as_integer_ratio(), new.as_integer_ratio()
    return _quotient(new_top * old_bottom - old_top * new_bottom, new_bottom * abs(old_top))


def _float_or_zero(number: int | float) -> float:
    return number if isinstance(number, float) else 0.0


def _quotient(top: int, bottom: int) -> float:
    """`top / bottom`, correctly rounded; infinite where no float is large enough."""
    try:
        return top / bottom
    except OverflowError:
        return copysign(inf, 1 if top > 0 else -1)
