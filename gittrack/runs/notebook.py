"""Runs as HTML for notebooks: one, several as a table, beside one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gittrack.canonical import Plain
from gittrack.diff.values import leaves
from gittrack.notebook import grid, heading
from gittrack.query.paths import path_text
from gittrack.shown import typed_text

if TYPE_CHECKING:  # these two show themselves by this module
    from gittrack.runs.comparison import MetricRow
    from gittrack.runs.model import Run

_METRICS = 6
_PARAMS = 8


def run_html(run: Run) -> str:
    """What a run is, its parameters, and its metrics."""
    rows = [
        ["experiment", run.experiment_name],
        ["id", run.run_id],
        ["status", run.status],
        ["started", f"{run.start_time:%Y-%m-%d %H:%M:%S} UTC"],
        ["took", "" if run.duration is None else f"{run.duration:.6g} s"],
        ["config", (run.config_id or "")[:12]],
        ["tags", ", ".join(f"{key}={value}" for key, value in run.tags.items())],
    ]
    found = heading(f"run {run.run_name}") + grid([], [row for row in rows if row[1]])
    params = [[name, typed_text(value)] for name, value in _flat(run).items()]
    if params:
        found += grid(["parameter", "value"], params, what="parameters")
    measured = [_metric_row(run, key) for key in run.measures]
    if measured:
        head = ["metric", "last", "min", "max", "points"]
        found += grid(head, measured, numbers=range(1, 5), what="metrics")
    return found


def runs_html(runs: Sequence[Run]) -> str:
    """A row for each run: what it is, and the metrics and parameters that the first ones have."""
    metrics = _first((key for run in runs for key in run.measures), _METRICS)
    params = [_flat(run) for run in runs]
    names = _first((name for one in params for name in one), _PARAMS)
    rows = [
        [
            run.run_id[:12],
            run.experiment_name,
            run.run_name,
            run.status,
            *(_number(run.measures.get(key)) for key in metrics),
            *(typed_text(one[name]) if name in one else "" for name in names),
        ]
        for run, one in zip(runs, params, strict=True)
    ]
    numbers = range(4, 4 + len(metrics))
    head = ["run_id", "experiment", "name", "status", *metrics, *names]
    return grid(head, rows, numbers=numbers, what="runs")


def comparison_html(
    runs: Sequence[Run], params: Mapping[str, Sequence[Plain]], metrics: Sequence[MetricRow]
) -> str:
    """A column for each run: parameters, and metrics with the best one in bold."""
    head = ["", *(run.run_name for run in runs)]
    rows = [
        [path, *("" if v is None else typed_text(v) for v in values)]
        for path, values in params.items()
    ]
    measured = [[row.name, *map(_number, row.values)] for row in metrics]
    best = {(n, place + 1) for n, row in enumerate(metrics) for place in row.best}
    found = grid(head, rows, what="parameters") if rows else ""
    columns = range(1, len(head))
    return found + grid(head, measured, numbers=columns, marked=best, what="metrics")


def _flat(run: Run) -> dict[str, Plain]:
    found = leaves(dict(run.params), whole_lists=True)
    return {path_text(path): value for path, value in found if path}


def _metric_row(run: Run, key: str) -> list[str]:
    known = run.summaries.get(key)
    if known is None:
        return [key, _number(run.measures[key]), "", "", "1"]
    return [key, *map(_number, (known.last, known.min, known.max)), f"{known.count:,}"]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _first(names: Iterable[str], most: int) -> list[str]:
    return list(dict.fromkeys(names))[:most]
