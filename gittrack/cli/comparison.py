"""A comparison of runs as people read it: runs as columns, or as rows where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gittrack.canonical import Plain
from gittrack.cli.run_views import spread_text
from gittrack.cli.runs import metric_text, short_run
from gittrack.ids import short
from gittrack.runs.comparison import Group, MetricRow, RunComparison
from gittrack.shown import cell_text
from gittrack.table import aligned, width
from gittrack.tables import Column, Table
from gittrack.terminal import inline, one_line
from gittrack.tracking.naming import numbered_name

_MOST_COLUMNS = 10  # runs beside one another where there is no terminal to measure
_BEST = "*"


def comparison_lines(found: RunComparison, cells: int | None) -> Iterator[str]:
    """The lines: runs, parameters, metrics with a `*` at the best, and the groups of one config.

    Args:
        cells: the terminal's width, if there is one.
    """
    lines = aligned(_columns(found))
    fits = len(found.runs) <= _MOST_COLUMNS if cells is None else max(map(width, lines)) <= cells
    if fits:
        yield from lines
    else:
        yield from _rows(found, cells)
    if found.same:
        many = "1 parameter is" if found.same == 1 else f"{found.same:,} parameters are"
        yield f"{many} the same in all"
    if found.groups:
        yield from _groups(found, cells)


def _columns(found: RunComparison) -> list[list[str]]:
    runs = found.runs
    rows = [
        ["", *map(short_run, runs)],
        ["run", *(one_line(numbered_name(run)) for run in runs)],
        ["name", *(one_line(run.run_name) for run in runs)],
        ["status", *(run.status for run in runs)],
    ]
    rows += [[inline(path), *_params(found, path)] for path in found.params]
    return rows + [[inline(row.name), *_metric(row)] for row in found.metrics]


def _rows(found: RunComparison, cells: int | None) -> Iterator[str]:
    from gittrack.tables.layout import laid_out

    runs = found.runs
    table = Table(
        [
            _texts("run_id", map(short_run, runs)),
            _texts("experiment", map(numbered_name, runs)),
            _texts("name", (run.run_name for run in runs)),
            _texts("status", (run.status for run in runs)),
            *(_texts(f"metrics.{row.name}", _metric(row)) for row in found.metrics),
            *(_texts(f"params.{path}", _params(found, path)) for path in found.params),
        ]
    )
    layout = laid_out(table, cells, first=("run_id", "name"))
    yield layout.header
    yield from layout.lines
    if layout.note:
        yield layout.note.replace("choose with --columns", "--format csv has all")


def _params(found: RunComparison, path: str) -> list[str]:
    values: Sequence[Plain] = found.params[path]
    lacking = found.lacking[path]
    return ["-" if n in lacking else inline(cell_text(value)) for n, value in enumerate(values)]


def _metric(row: MetricRow) -> list[str]:
    return [
        "-" if value is None else metric_text(value) + (_BEST if n in row.best else "")
        for n, value in enumerate(row.values)
    ]


def _groups(found: RunComparison, cells: int | None) -> Iterator[str]:
    from gittrack.tables.layout import laid_out

    table = Table(
        [
            _texts("config", (_config(group) for group in found.groups)),
            Column("runs", "integer", [len(group.positions) for group in found.groups]),
            *(
                Column(row.name, "text", [_spread(group, row.name) for group in found.groups])
                for row in found.metrics
                if row.name not in ("config", "runs")
            ),
        ]
    )
    layout = laid_out(table, cells, first=("config", "runs"))
    yield from ("", "groups of one config, mean ± deviation:")
    yield layout.header
    yield from layout.lines
    if layout.note:
        yield layout.note.replace("choose with --columns", "choose with --metric")


def _config(group: Group) -> str:
    return "no config" if group.config_id is None else short(group.config_id)


def _spread(group: Group, metric: str) -> str | None:
    spread = group.metrics.get(metric)
    return None if spread is None else spread_text(spread.mean, spread.deviation)


def _texts(name: str, texts: Iterator[str] | Sequence[str] | map[str]) -> Column:
    return Column(name, "text", list(texts))
