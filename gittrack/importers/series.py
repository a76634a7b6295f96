"""Histories of metrics: kept compactly while a file is read, and checked point by point."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from gittrack.errors import GittrackError
from gittrack.importers.report import Report

Point = tuple[int | None, float | None, float]
"""Step, seconds since the epoch, value."""

_FIRST, _LAST = -30_610_224_000.0, 253_402_300_799.0
"""The years 1000 to 9999 in seconds since the epoch."""
_GREATEST = 2**63 - 1


class Series:
    """The points of one metric in 24 bytes each."""

    __slots__ = ("_steps", "_times", "_values")

    def __init__(self) -> None:
        self._steps, self._times, self._values = array("q"), array("d"), array("d")

    def __len__(self) -> int:
        return len(self._values)

    def add(self, step: int, time: float, value: float) -> None:
        """Take a point in; a step that no 64 bits hold is refused.

        Raises:
            OverflowError: the step is too great.
        """
        self._steps.append(step)
        self._times.append(time)
        self._values.append(value)

    def points(self) -> Iterator[Point]:
        """The points in the order in which they came."""
        yield from zip(self._steps, self._times, self._values, strict=True)


def time_or_none(seconds: float | None) -> float | None:
    """The moment, where a run can have it."""
    return seconds if seconds is not None and _FIRST <= seconds <= _LAST else None


def checked(points: Iterable[Point], place: str, report: Report) -> Iterator[Point]:
    """The points that can be stored; the first of the others is told, with its number.

    Where a source fails in the middle, that is told, and the points until then are given.
    """
    wrong = 0
    try:
        for number, point in enumerate(points, 1):
            reason = _fault(point)
            if not reason:
                yield point
                continue
            wrong += 1
            if wrong == 1:
                report.refuse(f"{place}: value {number}", reason)
    except GittrackError as error:
        report.refuse(place, error)
    if wrong > 1:
        word = "value" if wrong == 2 else "values"
        report.refuse(place, f"{wrong - 1:,} more {word} like that")


def _fault(point: Point) -> str:
    """Why a point cannot be stored, if it cannot."""
    step, time, _ = point
    if step is not None and not -_GREATEST <= step <= _GREATEST:
        return f"the step {str(step)[:30]} is too great"
    if time is not None and time_or_none(time) is None:
        return "its time is not of the years 1000-9999"
    return ""
