"""How values are distributed: a histogram, its facts, and the counts of categories; pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.statistics.numbers import quantile

BINS = 30
MOST_CATEGORIES = 20
_HUGE = 1e300
_EXACT = 2.0**50  # up to here, a half is a float, too


@dataclass(frozen=True, slots=True)
class Distribution:
    """Numbers, counted between edges. What is NaN or infinite is `missing` and nowhere else."""

    count: int
    missing: int
    mean: float
    deviation: float
    quantiles: tuple[float, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]


QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of which shares `Distribution.quantiles` are."""


@dataclass(frozen=True, slots=True)
class Categories:
    """Texts, counted; the most frequent first. `others` are those of less frequent ones."""

    count: int
    missing: int
    names: tuple[str, ...]
    counts: tuple[int, ...]
    others: int


def distribution(values: Sequence[float], bins: int = BINS) -> Distribution:
    """The distribution of numbers; nothing is known of none."""
    finite = sorted(v for v in values if math.isfinite(v) and abs(v) < _HUGE)
    missing = len(values) - len(finite)
    if not finite:
        return Distribution(0, missing, math.nan, math.nan, (), (), ())
    mean = math.fsum(v / len(finite) for v in finite)
    scale = max(abs(finite[0]), abs(finite[-1])) or 1.0
    squares = math.fsum(((v - mean) / scale) ** 2 for v in finite)
    deviation = scale * math.sqrt(squares / (len(finite) - 1)) if len(finite) > 1 else math.nan
    edges = _edges(finite, bins)
    found = tuple(quantile(finite, share) for share in QUANTILES)
    return Distribution(len(finite), missing, mean, deviation, found, edges, _counts(finite, edges))


def categories(values: Sequence[str | None]) -> Categories:
    """The counts of texts; `None` is missing."""
    known = Counter(value for value in values if value is not None)
    order = sorted(known, key=lambda name: (-known[name], name))
    shown = order[:MOST_CATEGORIES]
    total = known.total()
    counts = tuple(known[name] for name in shown)
    return Categories(total, len(values) - total, tuple(shown), counts, total - sum(counts))


def _edges(ascending: Sequence[float], bins: int) -> tuple[float, ...]:
    low, high = ascending[0], ascending[-1]
    whole = high - low < bins and abs(low) < _EXACT and all(v.is_integer() for v in ascending)
    if whole:  # a bin for each whole number, around it
        return tuple(low - 0.5 + step for step in range(int(high - low) + 2))
    if low == high:
        room = abs(low) * 0.5 or 0.5
        return (low - room, low + room)
    step = high / bins - low / bins
    inner = (low + step * number for number in range(1, bins))
    # Neighbouring floats have no others between them.
    return (low, *sorted({edge for edge in inner if low < edge < high}), high)


def _counts(ascending: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    counts = [0] * (len(edges) - 1)
    place = 0
    for value in ascending:
        while place < len(counts) - 1 and value >= edges[place + 1]:
            place += 1
        counts[place] += 1
    return tuple(counts)
