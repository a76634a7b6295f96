"""Fewer points that look the same: what a picture cannot show is left out, extremes never are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import itemgetter


def thinned(values: Sequence[float], most: int) -> list[int]:
    """The positions to keep, ascending: at most about `most`, and all where there are no more.

    The positions are cut into `most // 4` stretches of equal length. Of each, the first, the last,
    the least and the greatest finite value stay, so that a picture of that many pixels is the
    same, and one NaN or infinity if there is one: a gap stays a gap.
    """
    count = len(values)
    if count <= max(most, 4):
        return list(range(count))
    stretches = max(1, most // 5)
    kept: set[int] = {0, count - 1}
    for number in range(stretches):
        start, end = number * count // stretches, (number + 1) * count // stretches
        kept |= _telling(values, start, end)
    return sorted(kept)


def _telling(values: Sequence[float], start: int, end: int) -> set[int]:
    """The positions between two ends without which a stretch would look different."""
    finite = [place for place in range(start, end) if math.isfinite(values[place])]
    found = {start, end - 1}
    if finite:
        found |= {min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)}
    if len(finite) < end - start:
        found.add(next(p for p in range(start, end) if not math.isfinite(values[p])))
    return found


def spread_out(x: Sequence[float], y: Sequence[float], columns: int, rows: int) -> list[int]:
    """The positions to keep so that each cell of a grid over the points has its first one.

    The least and the greatest of either axis stay, too. Points that are not finite are left out.
    """
    points = [
        (place, across, up)
        for place, (across, up) in enumerate(zip(x, y, strict=True))
        if math.isfinite(across) and math.isfinite(up)
    ]
    if not points:
        return []
    x_low, x_wide = _extent([across for _, across, _ in points])
    y_low, y_wide = _extent([up for _, _, up in points])
    cells: dict[tuple[int, int], int] = {}
    for place, across, up in points:
        column = int((across / 2 - x_low / 2) / x_wide * columns)
        row = int((up / 2 - y_low / 2) / y_wide * rows)
        cells.setdefault((column, row), place)
    extremes = (pick(points, key=itemgetter(axis))[0] for axis in (1, 2) for pick in (min, max))
    return sorted({*cells.values(), *extremes})


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of so many positions, the first and the last among them."""
    if count <= most:
        return list(range(count))
    if most < 2:
        return [0][:most]
    return sorted({number * (count - 1) // (most - 1) for number in range(most)})


def _extent(values: Sequence[float]) -> tuple[float, float]:
    """The least value, and half the span: the whole could be infinite; 1 where it is nothing."""
    low, high = min(values), max(values)
    return low, high / 2 - low / 2 or 1.0
