"""A series of numbers as one short line of bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.:-=+*#"
_GAP = " "


def sparkline(values: Sequence[float | None], cells: int = 20, *, ascii_only: bool = False) -> str:
    """The values in at most `cells` (two or more) bars, from the lowest to the highest.

    Where there are more values than bars, each pair of bars shows the least and the greatest of
    its stretch in the order in which they came: no peak is lost. NaN and missing values are a gap.
    Infinities are the lowest and the highest bar, and do not change the scale. A series of one
    value is a flat line in the middle.
    """
    bars = _ASCII_BARS if ascii_only else _BARS
    numbers = [math.nan if value is None else float(value) for value in values]
    shown = numbers if len(numbers) <= cells else _thinned(numbers, max(cells // 2, 1))
    finite = [number for number in shown if math.isfinite(number)]
    least, most = min(finite, default=0.0), max(finite, default=0.0)
    return "".join(_bar(number, least, most, bars) for number in shown)


def _thinned(numbers: Sequence[float], stretches: int) -> list[float]:
    """The extremes of each stretch."""
    found: list[float] = []
    for number in range(stretches):
        start = number * len(numbers) // stretches
        end = (number + 1) * len(numbers) // stretches
        found += _extremes(numbers[start:end])
    return found


def _extremes(stretch: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest, the earlier one first; NaN twice where there is nothing else."""
    known = [(value, place) for place, value in enumerate(stretch) if not math.isnan(value)]
    if not known:
        return math.nan, math.nan
    low = min(known)
    high = max(known, key=lambda pair: pair[0])
    return (low[0], high[0]) if low[1] <= high[1] else (high[0], low[0])


def _bar(number: float, least: float, most: float, bars: str) -> str:
    if math.isnan(number):
        return _GAP
    if math.isinf(number):
        return bars[-1] if number > 0 else bars[0]
    if least == most:
        return bars[len(bars) // 2 - 1]
    # Halved first: the difference of two large floats may be more than a float can hold.
    share = (number / 2 - least / 2) / (most / 2 - least / 2)
    return bars[min(int(share * len(bars)), len(bars) - 1)]
