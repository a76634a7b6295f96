"""How well classes are told apart: ROC and precision-recall curves, confusion matrices; pure.

Curves have a point for each distinct score, as T. Fawcett, "An introduction to ROC analysis",
Pattern Recognition Letters 27 (2006), has them; average precision is the sum of precisions
weighted by the gain in recall, without interpolation, as scikit-learn has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.errors import ValueRefusedError


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve, from the highest threshold to the lowest, and the area that it stands
    for: under a ROC curve, or the average precision. `positives` is their share."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    area: float
    positives: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts (or weights) by actual class (rows) and predicted one (columns)."""

    names: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


def roc(truth: Sequence[bool], scores: Sequence[float]) -> Curve:
    """True positives' rate over false positives' rate, from (0, 0) to (1, 1).

    Raises:
        ValueRefusedError: the lengths differ, a score is NaN, or there is one class only.
    """
    steps = _steps(truth, scores)
    hits, misses = steps[-1]
    x = [false / misses for _, false in steps]
    y = [true / hits for true, _ in steps]
    area = math.fsum((x[n] - x[n - 1]) * (y[n] + y[n - 1]) / 2 for n in range(1, len(x)))
    return Curve(tuple(x), tuple(y), area, hits / (hits + misses))


def precision_recall(truth: Sequence[bool], scores: Sequence[float]) -> Curve:
    """Precision (`y`) over recall (`x`); `area` is the average precision. Raises as `roc`."""
    steps = _steps(truth, scores)
    hits, misses = steps[-1]
    recall = [true / hits for true, _ in steps]
    precision = [1.0, *(true / (true + false) for true, false in steps[1:])]
    area = math.fsum((recall[n] - recall[n - 1]) * precision[n] for n in range(1, len(steps)))
    return Curve(tuple(recall), tuple(precision), area, hits / (hits + misses))


def confusion(
    truth: Sequence[str], predicted: Sequence[str], names: Sequence[str] | None = None
) -> Confusion:
    """How often each class was taken for which; classes in the order of `names`, else sorted.

    Raises:
        ValueRefusedError: the lengths differ, or a class is not among the names.
    """
    _check_lengths(len(truth), len(predicted))
    known = list(names) if names is not None else sorted({*truth, *predicted}, key=_by_number)
    place = {name: number for number, name in enumerate(known)}
    counts = [[0.0] * len(known) for _ in known]
    for actual, guess in zip(truth, predicted, strict=True):
        if actual not in place or guess not in place:
            stranger = guess if actual in place else actual
            raise ValueRefusedError(f"the class {stranger[:40]!r} is not among the names")
        counts[place[actual]][place[guess]] += 1
    return Confusion(tuple(known), tuple(map(tuple, counts)))


def corners(curve: Curve, most: int = 400) -> Curve:
    """The curve with fewer points: those on a straight line between others go, and then those that
    are nearer than one in `most` to the one before. The area stays what it was."""
    kept: list[int] = []
    for place in range(len(curve.x)):
        while len(kept) > 1 and _is_between(curve, kept[-2], kept[-1], place):
            kept.pop()
        kept.append(place)
    kept = _apart(curve, kept, 1 / most) if len(kept) > most else kept
    x, y = (tuple(axis[place] for place in kept) for axis in (curve.x, curve.y))
    return Curve(x, y, curve.area, curve.positives)


def _steps(truth: Sequence[bool], scores: Sequence[float]) -> list[tuple[int, int]]:
    """True and false positives at each threshold, from none to all."""
    _check_lengths(len(truth), len(scores))
    if any(map(math.isnan, scores)):
        raise ValueRefusedError("a score is NaN", hint="leave such samples out")
    order = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)
    steps = [(0, 0)]
    hits = misses = 0
    for number, place in enumerate(order):
        hits, misses = hits + truth[place], misses + (not truth[place])
        is_last = number + 1 == len(order)
        if is_last or scores[order[number + 1]] != scores[place]:
            steps.append((hits, misses))
    if not hits or not misses:
        raise ValueRefusedError("there is only one class in the truth: a curve needs both")
    return steps


def _check_lengths(one: int, two: int) -> None:
    if one != two:
        raise ValueRefusedError(f"{one} true values and {two} predictions: they must be as many")


def _is_between(curve: Curve, one: int, two: int, three: int) -> bool:
    (ax, ay), (bx, by), (cx, cy) = ((curve.x[n], curve.y[n]) for n in (one, two, three))
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    in_box = min(ax, cx) <= bx <= max(ax, cx) and min(ay, cy) <= by <= max(ay, cy)
    return abs(area) < 1e-12 and in_box


def _apart(curve: Curve, places: Sequence[int], gap: float) -> list[int]:
    kept = [places[0]]
    for place in places[1:-1]:
        before = kept[-1]
        if max(abs(curve.x[place] - curve.x[before]), abs(curve.y[place] - curve.y[before])) > gap:
            kept.append(place)
    return [*kept, places[-1]]


def _by_number(name: str) -> tuple[int, float, str]:
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)
