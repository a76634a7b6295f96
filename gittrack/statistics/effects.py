"""How large a difference is, beside whether there is one."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from gittrack.statistics.numbers import Interval, mean, variance

POWER = 0.8
"""In how many of all tries a planned experiment shall show a difference that there is."""

_WORDS = ((0.2, "negligible"), (0.5, "small"), (0.8, "medium"))
_MOST_REPEATS = 1_000_000
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Effect:
    """The size of a difference in deviations, and how often one side beats the other.

    `hedges_g` is the difference of the means in units of the deviation, with Hedges' correction
    for few values; `None` where nothing varies, or there are fewer than four values or three
    pairs. `cliffs_delta` is from -1 (every value of B is below every value of A) to 1,
    `superiority` the probability that a value of B is above one of A, ties counting half.
    """

    hedges_g: float | None
    interval: Interval | None
    cliffs_delta: float
    superiority: float

    @property
    def word(self) -> str:
        """`negligible`, `small`, `medium` or `large` (from 0.2, 0.5 and 0.8 deviations on): Cohen,
        Statistical Power Analysis for the Behavioral Sciences (1988), 2.2."""
        if self.hedges_g is None:
            return ""
        size = abs(self.hedges_g)
        return next((word for limit, word in _WORDS if size < limit), "large")


def effect(a: Sequence[float], b: Sequence[float], confidence: float) -> Effect:
    """The effect of two independent samples, each of one value or more.

    Hedges' g and the variance of it: Hedges and Olkin, Statistical Methods for Meta-Analysis
    (1985), chapter 5. Cliff's delta: Cliff, Dominance statistics, Psychological Bulletin 114
    (1993).
    """
    degrees = len(a) + len(b) - 2
    delta = _dominance(a, b)
    pooled = (len(a) - 1) * variance(a) + (len(b) - 1) * variance(b)
    if pooled <= 0 or degrees < 2:
        return _effect(None, 0, delta, confidence)
    g = _correction(degrees) * (mean(b) - mean(a)) / math.sqrt(pooled / degrees)
    total = len(a) + len(b)
    return _effect(g, total / (len(a) * len(b)) + g * g / (2 * total), delta, confidence)


def paired_effect(differences: Sequence[float], confidence: float) -> Effect:
    """The effect of pairs, by their differences B - A.

    The unit is the deviation of the differences (Cohen's d_z, see Lakens, Frontiers in Psychology
    4 (2013), 863), and delta counts pairs.
    """
    count, spread = len(differences), variance(differences)
    signs = sum(d > 0 for d in differences) - sum(d < 0 for d in differences)
    if spread <= 0 or count < 3:
        return _effect(None, 0, signs / count, confidence)
    g = _correction(count - 1) * mean(differences) / math.sqrt(spread)
    return _effect(g, 1 / count + g * g / (2 * count), signs / count, confidence)


def repeats_needed(g: float | None, confidence: float, *, paired: bool = False) -> int | None:
    """How many runs on each side (or pairs) show an effect of `g` deviations in four of five
    tries; `None` where there is no effect, or a million runs are too few.

    The normal approximation with the correction for the t-test of Guenther, The American
    Statistician 35 (1981), 243.
    """
    if not g:
        return None
    tail, power = _NORMAL.inv_cdf((1 + confidence) / 2), _NORMAL.inv_cdf(POWER)
    ratio = (tail + power) / abs(g)
    count = ratio * ratio * (1 if paired else 2) + tail * tail / (2 if paired else 4)
    return max(2, math.ceil(count)) if count <= _MOST_REPEATS else None


def _effect(g: float | None, spread: float, delta: float, confidence: float) -> Effect:
    away = _NORMAL.inv_cdf((1 + confidence) / 2) * math.sqrt(spread)
    interval = None if g is None else Interval(g - away, g + away)
    return Effect(g, interval, delta, (1 + delta) / 2)


def _correction(degrees: int) -> float:
    """Hedges' factor that takes the bias out of Cohen's d: Hedges, Journal of Educational
    Statistics 6 (1981), 107."""
    logarithm = math.lgamma(degrees / 2) - math.lgamma((degrees - 1) / 2)
    return math.exp(logarithm) / math.sqrt(degrees / 2)


def _dominance(a: Sequence[float], b: Sequence[float]) -> float:
    ascending = sorted(a)
    below = sum(bisect_left(ascending, value) for value in b)
    above = sum(len(a) - bisect_right(ascending, value) for value in b)
    return (below - above) / (len(a) * len(b))
