"""Fewer points that look the same: what a picture cannot show is left out, extremes never are."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite


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
    finite = [place for place in range(start, end) if isfinite(values[place])]
    found = {start, end - 1}
    if finite:
        found |= {min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)}
    if len(finite) < end - start:
        found.add(next(p for p in range(start, end) if not isfinite(values[p])))
    return found


def spread_out(x: Sequence[float], y: Sequence[float], columns: int, rows: int) -> list[int]:
    """The positions to keep so that each cell of a grid over the points has its first one.

    The least and the greatest of either axis stay, too. Points that are not finite are left out.
    """
    # In passes that do little for each point: this is done for every one of 100,000 trials.
    places = [n for n, (a, b) in enumerate(zip(x, y, strict=True)) if isfinite(a) and isfinite(b)]
    if not places:
        return []
    across, up = [x[place] for place in places], [y[place] for place in places]
    cells = zip(_cells(across, columns), _cells(up, rows), strict=True)
    # The last one of a cell counts in a mapping: so they come in from the end.
    first = dict(zip(reversed(list(cells)), reversed(places), strict=True))
    extremes = (places[axis.index(pick(axis))] for axis in (across, up) for pick in (min, max))
    return sorted({*first.values(), *extremes})


def _cells(values: Sequence[float], count: int) -> list[int]:
    """The cell of each value, of so many between the least and the greatest."""
    low, wide = _extent(values)
    half = low / 2
    return [int((value / 2 - half) / wide * count) for value in values]


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
