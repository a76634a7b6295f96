"""Curves of runs and studies as numbers: by step or time, smoothed; what plots are drawn from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gittrack.direction import Direction
from gittrack.errors import NotFoundError
from gittrack.report.runs import labels
from gittrack.runs.model import MetricPoint, Run
from gittrack.tracking.tracker import ExperimentTracker

Across = Literal["step", "time"]
"""What is across: steps, or seconds since the run's first value."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from left to right; values may be NaN or infinite, and then are gaps.

    If `is_scatter` they have nothing to do with one another: no line joins them.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    run_id: str = ""
    is_scatter: bool = False


def run_curves(
    tracker: ExperimentTracker, runs: Sequence[Run], metric: str, across: Across = "step"
) -> list[Curve]:
    """A metric of each run that has it; runs without it are left out.

    Raises:
        NotFoundError: none has it.
    """
    histories = tracker.metric_histories([run.run_id for run in runs], metric)
    names = labels(runs)
    found = [
        Curve(name, *_axes(points, across), run.run_id)
        for run, name, points in zip(runs, names, histories, strict=True)
        if points
    ]
    if not found:
        known = sorted({key for run in runs for key in run.summaries})
        raise NotFoundError(
            f"no such run has the metric {metric!r}",
            hint=f"there are {', '.join(known[:20])}" if known else "they have no metrics",
        )
    return found


def study_curves(
    tracker: ExperimentTracker, study: str, metric: str, direction: Direction | None = None
) -> list[Curve]:
    """Each trial's value, and the best so far; across are the trials in the order of their start.

    Raises:
        NotFoundError: there is no such study, or no trial has the metric.
    """
    rows = tracker.best_so_far(study, metric, direction=direction)
    if not rows:
        raise NotFoundError(f"no run of {study!r} has the metric {metric!r}")
    x = [float(number) for number in range(1, len(rows) + 1)]
    return [
        Curve("each", x, [row.value for row in rows], is_scatter=True),
        Curve("best so far", x, [row.best for row in rows]),
    ]


def smoothed(curve: Curve, weight: float) -> Curve:
    """The exponential moving average, corrected for its start; gaps stay gaps.

    Args:
        curve: any.
        weight: of what came before, from 0 (none: the curve as it is) to below 1.
    """
    if weight <= 0:
        return curve
    values, last, count = [], 0.0, 0
    for value in curve.y:
        if math.isfinite(value):
            last = last * weight + (1 - weight) * value
            count += 1
            value = last / (1 - weight**count)
        values.append(value)
    return replace(curve, y=values)


def _axes(points: Sequence[MetricPoint], across: Across) -> tuple[list[float], list[float]]:
    if across == "time":
        x = [point.time - points[0].time for point in points]
    else:
        x = [float(n if p.step is None else p.step) for n, p in enumerate(points)]
    order = sorted(range(len(points)), key=x.__getitem__)
    return [x[place] for place in order], [points[place].value for place in order]
