"""Values prepared for arithmetic: what is no number is left out, and nothing overflows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def turned(self) -> Interval:
        """The interval of the number with the other sign."""
        return Interval(-self.high, -self.low)


def to_float(value: float) -> float:
    """The value as a float; an integer that is too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def exponent(values: Iterable[float]) -> int:
    """The power of two that is just above all values, whatever their sign."""
    return math.frexp(max(map(abs, values), default=0.0))[1]


def shrunk(values: Iterable[float], power: int) -> list[float]:
    """The values by 2 ** `power`: exact, so that no result depends on it."""
    return [math.ldexp(value, -power) for value in values]


def grown(value: float, power: int) -> float:
    """The way back; infinite where no float is as large."""
    try:
        return math.ldexp(value, power)
    except OverflowError:
        return math.copysign(math.inf, value)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean, whatever the order of the values; exact where all are the same."""
    if min(values) == max(values):
        return values[0]
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """The variance with n - 1 in the denominator; zero for one value, or where all are the same."""
    if len(values) < 2 or min(values) == max(values):
        return 0.0
    middle = mean(values)
    return math.fsum((value - middle) * (value - middle) for value in values) / (len(values) - 1)


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value below which this `share` (0 to 1) lies, by linear interpolation (Hyndman and Fan's
    definition 7)."""
    place = share * (len(ascending) - 1)
    below = min(int(place), len(ascending) - 1)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (place - below) * (ascending[above] - ascending[below])
