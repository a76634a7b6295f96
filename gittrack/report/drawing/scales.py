"""Axes: where a value lies between two ends, and which round numbers stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TINY = 1e-300
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_HUGE = 1e300
_FAR = 9.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, which are finite and differ; above 0 where it is `log`."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high one, not far beyond; NaN where it has
        no place."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return math.nan
        if self.log:
            low = math.log(self.low)
            share = (math.log(value) - low) / (math.log(self.high) - low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(max(share, -_FAR), _FAR)

    def back(self, share: float) -> float:
        """The value that lies there."""
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            return math.exp(low + share * (high - low))
        return self.low + share * (self.high - self.low)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values between the ends."""
        return _decades(self, most) if self.log else list(_round_values(self, most))


def scale_of(values: Iterable[float], *, log: bool = False, zero: bool = False) -> Scale:
    """A scale with some room around the finite values; from 0 where `zero` and none is below.

    It is no log scale where a value is not above 0.
    """
    known = [min(max(value, -_HUGE), _HUGE) for value in values if math.isfinite(value)]
    if not known:
        return Scale(0.0, 1.0)
    low, high = min(known), max(known)
    if log and low > _TINY:
        room = min(max(math.exp(0.04 * (math.log(high) - math.log(low))), 1.05), 2.0)
        return Scale(low / room, high * room, log=True)
    if zero and low >= 0:
        return Scale(0.0, (high * 1.06) or 1.0)
    room = (high - low) * 0.04 or abs(low) * 0.1 or 1.0
    return Scale(low - room, high + room)


def tick_texts(ticks: list[float]) -> list[str]:
    """Ticks as texts that differ: `0.1`, `1e-05`, `25k`, `3M`."""
    texts: list[str] = []
    for digits in (3, 4, 6, 9, 12, 17):
        texts = [_tick_text(tick, digits) for tick in ticks]
        if len(set(texts)) == len(texts):
            break
    return texts


def number_text(value: float, digits: int = 4) -> str:
    """A number in so many digits; a larger one without its fraction: `129,601`."""
    if 10**digits <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def _tick_text(value: float, digits: int) -> str:
    size = abs(value)
    if 1e3 <= size < 1e4:
        return f"{value:.{max(digits, 4)}g}"
    if 1e4 <= size < 1e6:
        return f"{value / 1e3:.{digits}g}k"
    return f"{value / 1e6:.{digits}g}M" if 1e6 <= size < 1e9 else f"{value:.{digits}g}"


def _round_values(scale: Scale, most: int) -> Iterator[float]:
    span = scale.high - scale.low
    if not 0 < span / most < math.inf:
        return
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next((s * power for s in _STEPS if span / (s * power) <= most), 10 * power)
    if step <= 0 or not math.isfinite(max(-scale.low, scale.high) / step):
        return  # next to the smallest number that there is
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    found = (float(f"{number * step:.12g}") for number in range(first, last + 1))
    yield from dict.fromkeys(value for value in found if scale.low <= value <= scale.high)


def _decades(scale: Scale, most: int) -> list[float]:
    first = math.ceil(math.log10(scale.low) - 1e-9)
    last = math.floor(math.log10(scale.high) + 1e-9)
    if last - first >= 1:
        every = -(-(last - first + 1) // max(most, 2))
        return [10.0**power for power in range(first, last + 1, every)]
    middles = [m * 10.0**p for p in range(first - 1, last + 1) for m in (1, 2, 5)]
    found = [value for value in middles if scale.low <= value <= scale.high]
    return found if len(found) > 1 else list(_round_values(Scale(scale.low, scale.high), most))
