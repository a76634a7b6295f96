"""A metric's history as two clones have it: the union of its points; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from gittrack.runs.model import MetricSummary, Step, SummaryBuilder

Point = tuple[int, Step, float]
"""Microseconds since the run started, step, value. Of a metric with one value, the moment is not
kept: it is 0."""

_Known = tuple[int, Step, str]


def merge_points(histories: Sequence[Sequence[Point]]) -> list[Point]:
    """All points, by time; what several histories have is there once.

    A point without a moment is the same as one of its step and value that has one.
    """
    counted = [Counter(map(_known, points)) for points in histories]
    if all(list(map(_known, points)) == list(map(_known, histories[0])) for points in histories):
        return list(histories[0])
    together: Counter[_Known] = Counter()
    for one in counted:
        together |= one
    timed = {(step, value) for time, step, value in together if time}
    kept = (one for one in together.elements() if one[0] or one[1:] not in timed)
    ordered = sorted(kept, key=lambda one: (one[0], one[1] is not None, one[1] or 0, one[2]))
    return [(time, step, float(value)) for time, step, value in ordered]


def summarize(points: Iterable[Point]) -> MetricSummary:
    """The summary of a history."""
    builder = SummaryBuilder()
    for time, step, value in points:
        builder.add(step, time, value)
    return builder.summary()


def _known(point: Point) -> _Known:
    return point[0], point[1], repr(point[2])  # NaN equals nothing, but its text does
