"""Bootstrap intervals of a mean and of the difference of two means: BCa, seeded."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from random import Random
from statistics import NormalDist

from gittrack.statistics.numbers import Interval, mean, quantile

RESAMPLES = 10_000
MOST_VALUES = 2_000
"""Above so many values on a side there is no bootstrap: means are normally distributed then, and
the interval by the t-distribution says the same."""

_MOST_DRAWS = 6_000_000
_NORMAL = NormalDist()


def difference_interval(
    a: Sequence[float], b: Sequence[float], confidence: float, seed: int
) -> Interval | None:
    """The interval of mean(b) - mean(a), by the bias-corrected and accelerated bootstrap.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 14; two samples as in
    `scipy.stats.bootstrap`. The order of the values does not matter, and the two sides exchanged
    give the interval with the other sign. `None` where nothing varies, a side has fewer than two
    values, or more than `MOST_VALUES`.
    """
    a, b = sorted(a), sorted(b)
    if b < a:
        turned = difference_interval(b, a, confidence, seed)
        return None if turned is None else turned.turned()
    return _interval([(a, -1), (b, 1)], confidence, seed)


def mean_interval(values: Sequence[float], confidence: float, seed: int) -> Interval | None:
    """The interval of a mean, as `difference_interval` has it; the values with the other sign give
    the interval with the other sign."""
    ascending, mirrored = sorted(values), sorted(-value for value in values)
    if mirrored < ascending:
        found = _interval([(mirrored, 1)], confidence, seed)
        return None if found is None else found.turned()
    return _interval([(ascending, 1)], confidence, seed)


def _interval(
    sides: Sequence[tuple[list[float], int]], confidence: float, seed: int
) -> Interval | None:
    sizes = [len(values) for values, _ in sides]
    if min(sizes) < 2 or max(sizes) > MOST_VALUES:
        return None
    if all(values[0] == values[-1] for values, _ in sides):
        return None
    drawn = sorted(_draw(sides, Random(seed)))  # noqa: S311 - statistics, not secrets
    observed = math.fsum(sign * mean(values) for values, sign in sides)
    smaller = (bisect_left(drawn, observed) + bisect_right(drawn, observed)) / 2
    share = min(max(smaller, 0.5), len(drawn) - 0.5) / len(drawn)
    bias, bend = _NORMAL.inv_cdf(share), _acceleration(sides)
    ends = ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = (quantile(drawn, _corrected(end, bias, bend)) for end in ends)
    return Interval(low, high)


def _draw(sides: Sequence[tuple[list[float], int]], random: Random) -> list[float]:
    draws = sum(len(values) for values, _ in sides)
    count = max(1_000, min(RESAMPLES, _MOST_DRAWS // draws))
    return [
        math.fsum(
            sign * (math.fsum(random.choices(values, k=len(values))) / len(values))
            for values, sign in sides
        )
        for _ in range(count)
    ]


def _acceleration(sides: Sequence[tuple[list[float], int]]) -> float:
    """Efron's acceleration by the jackknife, which for means needs no resampling."""
    cubes = squares = 0.0
    for values, sign in sides:
        middle, count = mean(values), len(values)
        away = [sign * (value - middle) for value in values]
        cubes += math.fsum(x * x * x for x in away) / count**3
        squares += math.fsum(x * x for x in away) / count**2
    return cubes / (6 * squares**1.5) if squares**1.5 > 0 else 0.0


def _corrected(share: float, bias: float, bend: float) -> float:
    moved = bias + _NORMAL.inv_cdf(share)
    return _NORMAL.cdf(bias + moved / (1 - bend * moved)) if bend * moved < 1 else float(moved > 0)
