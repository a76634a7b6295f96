"""Rank statistics: Spearman's rho, and Kruskal and Wallis's comparison of groups."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random
from statistics import NormalDist

from gittrack.statistics.distributions import chi_squared_p, student_p
from gittrack.statistics.numbers import Interval

_EXACT = 7
_PERMUTATIONS = 1_999
_SMALL_GROUP = 5
_MOST_PERMUTED = 300
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's rho, its p-value, and its interval where there are four values or more and the
    order is not perfect."""

    rho: float
    p: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """How much of the ranks' variance groups explain (epsilon squared, 0 to 1), and its p-value."""

    epsilon_squared: float
    p: float


def doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value, equal ones sharing theirs, less twice the mean rank: whole
    numbers that add up to zero."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = start + end + 1 - (len(values) + 1)
        start = end
    return ranks


def spearman(
    xs: Sequence[float], ys: Sequence[float], confidence: float = 0.95
) -> RankCorrelation | None:
    """Spearman's rank correlation; `None` with fewer than three pairs, or where a side is constant.

    The p-value is exact for seven pairs or fewer (all permutations), else by the t-distribution
    (Kendall and Stuart, The Advanced Theory of Statistics, 31.18). The interval is Fisher's z with
    the variance of Bonett and Wright, Psychometrika 65 (2000), 23.
    """
    first, second = doubled_ranks(xs), doubled_ranks(ys)
    squares = sum(r * r for r in first) * sum(r * r for r in second)
    if len(xs) < 3 or squares == 0:
        return None
    product = _product(first, second)
    rho = max(-1.0, min(1.0, product / math.sqrt(squares)))
    rest = (squares - product * product) / squares
    p = _exact_p(first, second) if len(xs) <= _EXACT else _approximate_p(rho, rest, len(xs))
    return RankCorrelation(rho, p, _fisher(rho, rest, len(xs), confidence))


def kruskal_wallis(
    labels: Sequence[Hashable], values: Sequence[float], seed: int = 0
) -> GroupDifference | None:
    """Whether groups differ in rank; `None` with fewer than two groups, no group of two, or where
    all values are the same.

    The test: Kruskal and Wallis, Journal of the American Statistical Association 47 (1952), 583,
    corrected for ties; by the chi-squared distribution, or, where a group has fewer than five and
    there are 300 values or fewer, by seeded permutations (Phipson and Smyth, Statistical
    Applications in Genetics and Molecular Biology 9 (2010), 39). Epsilon squared is Kelley's,
    of the ranks (Proceedings of the National Academy of Sciences 21 (1935), 554): unlike eta
    squared it does not grow with the number of groups.
    """
    sizes = dict.fromkeys(labels, 0)
    for label in labels:
        sizes[label] += 1
    ranks = doubled_ranks(values)
    total, count, groups = sum(r * r for r in ranks), len(ranks), len(sizes)
    if groups < 2 or groups == count or total == 0:
        return None
    places = {label: place for place, label in enumerate(sizes)}
    members = [places[label] for label in labels]
    explained = _between(members, ranks, list(sizes.values())) / total
    epsilon = 1 - (1 - explained) * (count - 1) / (count - groups)
    if min(sizes.values()) < _SMALL_GROUP and count <= _MOST_PERMUTED:
        p = _permuted_p(members, ranks, list(sizes.values()), seed)
    else:
        p = chi_squared_p((count - 1) * explained, groups - 1)
    return GroupDifference(max(0.0, epsilon), p)


def _product(first: Sequence[int], second: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(first, second, strict=True))


def _exact_p(first: Sequence[int], second: Sequence[int]) -> float:
    observed = abs(_product(first, second))
    orders = list(permutations(second))
    return sum(abs(_product(first, order)) >= observed for order in orders) / len(orders)


def _approximate_p(rho: float, rest: float, count: int) -> float:
    if rest <= 0:
        return 2 / math.factorial(count) if count < 100 else 0.0
    return student_p(rho * math.sqrt((count - 2) / rest), count - 2)


def _fisher(rho: float, rest: float, count: int, confidence: float) -> Interval | None:
    if count < 4 or rest <= 1e-12:
        return None
    z = math.atanh(rho)
    error = math.sqrt((1 + rho * rho / 2) / (count - 3))
    away = _NORMAL.inv_cdf((1 + confidence) / 2) * error
    return Interval(math.tanh(z - away), math.tanh(z + away))


def _between(members: Sequence[int], ranks: Sequence[int], sizes: Sequence[int]) -> float:
    """The sum of squares between the groups."""
    sums = [0] * len(sizes)
    for member, rank in zip(members, ranks, strict=True):
        sums[member] += rank
    return math.fsum(s * s / size for s, size in zip(sums, sizes, strict=True))


def _permuted_p(
    members: Sequence[int], ranks: Sequence[int], sizes: Sequence[int], seed: int
) -> float:
    random = Random(seed)  # noqa: S311 - statistics, not secrets
    # Sorted, so that the order of the runs does not matter.
    shuffled = sorted(ranks)
    fixed = [place for place, size in enumerate(sorted(sizes)) for _ in range(size)]
    observed = _between(members, ranks, sizes) * (1 - 1e-12)
    reached = 0
    for _ in range(_PERMUTATIONS):
        random.shuffle(shuffled)
        reached += _between(fixed, shuffled, sorted(sizes)) >= observed
    return (reached + 1) / (_PERMUTATIONS + 1)
