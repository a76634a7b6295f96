"""What every report says of runs: their facts, their metrics, their curves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from gittrack.canonical import Plain
from gittrack.diff.values import leaves
from gittrack.errors import GittrackError
from gittrack.query.paths import path_text
from gittrack.report.document import Table
from gittrack.report.drawing.scales import number_text
from gittrack.report.figures import Lines, Series
from gittrack.report.thinning import thinned
from gittrack.runs.model import Run
from gittrack.tracking.tracker import ExperimentTracker

POINTS = 40_000
"""Points of curves in one report, about."""

MOST_FIGURES = 30
_MOST_POINTS = 1500
_LEAST_POINTS = 100

_PART = re.compile(
    r"(?:(?<=[_/. -])|^)(?:train|training|val|valid|validation|test|eval|dev)(?:(?=[_/. -])|$)",
    re.IGNORECASE,
)


def now_text() -> str:
    """This moment in UTC, ISO 8601 to the second."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def time_text(moment: datetime | None) -> str:
    """UTC to the second; nothing where there is none."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def duration_text(seconds: float | None) -> str:
    """`0.4 s`, `12.3 s`, `3 min 5 s`, `2 h 7 min`, `4 d 3 h`; nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = int(seconds)
    for size, unit, smaller, name in _UNITS:
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // smaller} {name}"
    return f"{whole} s"


_UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def flat(params: Mapping[str | int, Plain]) -> dict[str, Plain]:
    """Parameters by their paths, as in `model.depth`; a list of scalars is one."""
    return {
        path_text(path): value for path, value in leaves(dict(params), whole_lists=True) if path
    }


def run_label(run: Run) -> str:
    """The name of a run, with the start of its id where others may have the same."""
    return run.run_name or run.run_id[:12]


def labels(runs: Sequence[Run]) -> list[str]:
    """A label for each run, all of them different."""
    names = [run_label(run) for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({run.run_id[:8]})"
        for name, run in zip(names, runs, strict=True)
    ]


def metric_table(run: Run) -> Table | None:
    """Every metric with its last value and its extremes."""
    rows = []
    for key, one in sorted(run.summaries.items()):
        places = ["" if s is None else f" at {s}" for s in (one.min_step, one.max_step)]
        cells = [number_text(one.last, 6), f"{number_text(one.min, 6)}{places[0]}"]
        rows.append([key, *cells, f"{number_text(one.max, 6)}{places[1]}", f"{one.count:,}"])
    for key, value in sorted(run.performance.items()):
        if key not in run.summaries:
            rows.append([key, number_text(value, 6), "", "", "1"])
    head = ["metric", "last", "least", "greatest", "values"]
    return Table(head, rows, frozenset((1, 2, 3, 4))) if rows else None


def learning_curves(
    tracker: ExperimentTracker, runs: Sequence[Run]
) -> tuple[list[Lines], list[str]]:
    """The curves of metrics that have several values; and the metrics that were left out.

    Metrics of one kind (`train_loss` and `val_loss`) share a picture; of several runs, each metric
    has its own, with a curve for each run.
    """
    keys = sorted({k for run in runs for k, s in run.summaries.items() if s.count > 1})
    groups = [[key] for key in keys] if len(runs) > 1 else list(_families(keys).values())
    groups.sort(key=len, reverse=True)  # what is measured on several parts of the data comes first
    shown, rest = groups[:MOST_FIGURES], groups[MOST_FIGURES:]
    count = sum(len(group) for group in shown) * len(runs)
    most = min(_MOST_POINTS, max(_LEAST_POINTS, POINTS // max(count, 1)))
    names = labels(runs)
    found = []
    for group in shown:
        series = [
            one
            for key in group
            for run, name in zip(runs, names, strict=True)
            if (one := _series(tracker, run, key, name if len(runs) > 1 else key, most))
        ]
        if series:
            title = group[0] if len(group) == 1 else next(iter(_families(group)))
            found.append(Lines(title, series, "step", "" if title == group[0] else title))
    return found, [key for group in rest for key in group]


def metric_curve(tracker: ExperimentTracker, run: Run, key: str) -> Lines | None:
    """The curve of one metric; nothing where it has no two values."""
    series = _series(tracker, run, key, key, _MOST_POINTS)
    return None if series is None else Lines(key, [series], "step", key)


def _families(keys: Iterable[str]) -> dict[str, list[str]]:
    """Metrics by what they are of, without the part of the data that they are measured on."""
    found: dict[str, list[str]] = {}
    for key in keys:
        family = _PART.sub("", key).strip("_/. -") or key
        found.setdefault(family, []).append(key)
    return found


def _series(tracker: ExperimentTracker, run: Run, key: str, name: str, most: int) -> Series | None:
    summary = run.summaries.get(key)
    if summary is None or summary.count < 2:
        return None
    try:
        points = tracker.get_metric_history(run, key)
    except GittrackError:
        return None  # its table says what is known
    started = run.start_time.timestamp()
    steps = [float(number if p.step is None else p.step) for number, p in enumerate(points)]
    order = sorted(range(len(points)), key=steps.__getitem__)
    y = [points[place].value for place in order]
    kept = [order[place] for place in thinned(y, most)]
    return Series(
        name,
        [steps[place] for place in kept],
        [points[place].value for place in kept],
        [points[place].time - started for place in kept],
    )
