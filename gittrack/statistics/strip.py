"""Values of two sides drawn in characters that every terminal has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gittrack.statistics.numbers import exponent, mean, shrunk

LEGEND = "o one run, 8 two, @ more, | the mean"

_MARKS = (" ", "o", "8")
_MORE = "@"
_MEAN = "|"


def strips(sides: Sequence[Sequence[float]], cells: int) -> list[str]:
    """A line of `cells` characters for each side, on one scale from the least to the greatest
    value; none where nothing varies. All values are finite."""
    everything = [value for side in sides for value in side]
    if not everything or min(everything) == max(everything):
        return []
    power = exponent(everything)
    low, *_, high = sorted(shrunk(everything, power))
    return [_strip(shrunk(side, power), low, high, cells) for side in sides]


def _strip(values: Sequence[float], low: float, high: float, cells: int) -> str:
    def cell(value: float) -> int:
        return min(cells - 1, int((value - low) / (high - low) * cells))

    counts = Counter(map(cell, values))
    marks = [_MARKS[counts[n]] if counts[n] < len(_MARKS) else _MORE for n in range(cells)]
    if values:
        marks[cell(mean(values))] = _MEAN
    return "".join(marks)
