"""Runs as tables for people: what each column shows, groups, histories as sparklines."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gittrack.cli.runs import duration_text
from gittrack.errors import QueryError, UsageError
from gittrack.ids import SHORT_LENGTH, short
from gittrack.query import Key, parse_field
from gittrack.runs.fields import key_text
from gittrack.tables import Column, Table, column_of
from gittrack.tables.cells import iso_time
from gittrack.tables.sparkline import sparkline
from gittrack.tracking.comparing import metric_field
from gittrack.tracking.tracker import ExperimentTracker

FIRST = ("run_id", "experiment", "name")
"""Columns of a listing that a terminal shows whatever else has room."""

_READ = ("run_id", "run_name", "experiment_name", "number", "status", "start_time", "duration")
_GROUPS = ("metrics.", "params.", "tags.", "validations.")
_ATTRIBUTES_LAST = ("trial_number", "end_time", "config_id", "branch", "parent_run_id")
_METRIC_GROUPS = ("metrics", "metric", "performance")
_SPARK = "~"
_SPARK_CELLS = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns that are asked for: fields as queries name them, or with `~` behind a metric, its
    history."""

    names: tuple[str, ...]

    @property
    def fields(self) -> list[str]:
        """Those that are no histories."""
        return [name for name in self.names if not name.endswith(_SPARK)]

    @property
    def histories(self) -> dict[str, str]:
        """The metrics whose histories are asked for, by the names of their columns.

        Raises:
            UsageError: `~` stands behind what is no metric.
        """
        return {name: _metric(name) for name in self.names if name.endswith(_SPARK)}


def history_column(metric: str) -> str:
    """The column that shows a metric's history."""
    return metric_field(metric) + _SPARK


def listed(
    read: Callable[[Sequence[str] | None], Table],
    tracker: ExperimentTracker,
    metrics: Sequence[str],
    *,
    everything: bool,
) -> Table:
    """A listing: what a run is, and what it measured.

    Args:
        read: gives a table of the runs with these columns, or all.
        metrics: to show these alone; without them, all.
        everything: with parameters, tags and validations.
    """
    if everything and not metrics:
        return readable(read(None))
    keys = {metric_field(key): key for key in metrics or tracker.recorded_keys("metric")}
    table = read([*_READ, *keys])
    named = {field: f"metrics.{key}" for field, key in keys.items()}
    return readable(
        Table(column.named(named.get(column.name, column.name)) for column in table.columns)
    )


def readable(table: Table) -> Table:
    """The table with its first columns as people read them, then metrics, then the rest."""
    names = [name for name in table.names if name not in _READ]
    ordered = [name for group in _GROUPS for name in names if name.startswith(group)]
    ordered += [name for name in _ATTRIBUTES_LAST if name in names]
    rest = [table[name] for name in ordered if _has_values(table[name])]
    return Table([*_heads(table), *rest])


def chosen(
    read: Callable[[Sequence[str] | None], Table], tracker: ExperimentTracker, asked: Asked
) -> Table:
    """The columns that are asked for, histories as lists of their values."""
    histories = asked.histories
    table = read(list(dict.fromkeys([*asked.fields, *(["run_id"] if histories else [])])))
    columns = {column.name: column for column in table.columns}
    for name, metric in histories.items():
        points = tracker.metric_histories(table["run_id"].to_list(), metric)
        values = [[point.value for point in of_one] or None for of_one in points]
        columns[name] = Column(name, "json", values)
    return Table(columns[name] for name in asked.names)


def drawn(table: Table, histories: Iterable[str]) -> Table:
    """The table with its histories as sparklines."""
    named = set(histories)
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    return Table(
        Column(
            column.name,
            "text",
            [
                None if v is None else sparkline(v, _SPARK_CELLS, ascii_only=ascii_only)
                for v in column.values
            ],
        )
        if column.name in named
        else column
        for column in table.columns
    )


def readable_groups(table: Table, by: Sequence[str]) -> Table:
    """Groups with their mean ± deviation and the best value in two columns a metric."""
    columns = [_group_column(table[name]) for name in by]
    columns.append(table["runs"])
    for name in table.names[len(columns) :]:  # behind what is grouped by
        if name.endswith(".mean"):
            metric = name.removesuffix(".mean")
            means, deviations = table[name].values, table[f"{metric}.deviation"].values
            texts = [spread_text(m, d) for m, d in zip(means, deviations, strict=True)]
            columns.append(Column(metric, "text", texts))
            columns.append(table[f"{metric}.best"].named(f"best {metric}"))
    return Table(columns)


def spread_text(mean: float | None, deviation: float | None) -> str | None:
    """`0.914 ± 0.012`; the mean alone where there is no deviation."""
    if mean is None or math.isnan(mean):
        return None
    if deviation is None or math.isnan(deviation):
        return f"{mean:.4g}"
    return f"{mean:.4g} ± {deviation:.2g}"


def _heads(table: Table) -> list[Column]:
    experiments = zip(table["experiment_name"].values, table["number"].values, strict=True)
    names = [name if n is None else f"{name}#{n}" for name, n in experiments]
    starts = [iso_time(start)[:16].replace("T", " ") for start in table["start_time"].values]
    durations = [None if d is None else duration_text(d) for d in table["duration"].values]
    return [
        Column("run_id", "text", [run_id[:SHORT_LENGTH] for run_id in table["run_id"].values]),
        Column("experiment", "text", names),
        table["run_name"].named("name"),
        table["status"],
        Column("start_time", "text", starts),
        Column("duration", "text", durations),
    ]


def _group_column(column: Column) -> Column:
    if column.name not in ("config", "config_id"):
        return column
    return column_of(column.name, [None if v is None else short(v) for v in column.values])


def _metric(name: str) -> str:
    """The metric's own name in `metrics.loss~`."""
    text = name.removesuffix(_SPARK)
    try:
        first, *rest = parse_field(text).segments
    except QueryError:
        group, _, key = text.partition(".")
        first, rest = Key(group), [Key(key)]
    if not rest or not isinstance(first, Key) or first.name not in _METRIC_GROUPS:
        raise UsageError(f"{name}: only a metric has a history", hint="as in: metrics.loss~")
    return key_text(rest)


def _has_values(column: Column) -> bool:
    return any(value is not None for value in column.values)


def with_front(table: Table, metric: str) -> Table:
    """A listing with a metric right behind what a run is called."""
    name = f"metrics.{metric}"
    front = [*FIRST, name] if name in table.names else list(FIRST)
    return table.choose([*front, *(one for one in table.names if one not in front)])
