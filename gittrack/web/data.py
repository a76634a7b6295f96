"""Runs, experiments and tables as the JSON that clients read; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gittrack.errors import QueryError
from gittrack.query import Key, parse_field
from gittrack.query.paths import path_text
from gittrack.report.thinning import thinned
from gittrack.runs.model import MetricPoint, Run
from gittrack.shown import json_data
from gittrack.store.experiments import Experiment
from gittrack.tables import Column, Table
from gittrack.web.shapes import OBJECT, TEXT, Shape, answer, listing
from gittrack.web.workspace import Overview

RUN: Shape = answer(run_id=TEXT, run_name=TEXT, experiment_id=TEXT, status=TEXT, params=OBJECT)
"""What every answer about a run has, among more."""

SERIES: Shape = answer(
    run_id=TEXT,
    key=TEXT,
    count={"type": "integer"},
    steps=listing({"type": ["integer", "null"]}),
    times=listing({"type": "number"}),
    values=listing({"type": ["number", "string"]}),
)


def mapped(data: Any) -> dict[str, Any]:
    """A mapping of ours as JSON says it."""
    found: dict[str, Any] = json_data(data)
    return found


def run_data(run: Run) -> dict[str, Any]:
    """A run, with the keys that `git exp runs list --json` has."""
    return mapped(run.to_dict())


def whole_run_data(run: Run) -> dict[str, Any]:
    """A run, with the keys that `git exp runs show --json` has."""
    summaries: Any = {key: asdict(summary) for key, summary in run.summaries.items()}
    return {
        **run_data(run),
        "host": run.host,
        "metric_summaries": json_data(summaries),
        "code": None if run.code_version is None else asdict(run.code_version),
        "details": json_data(dict(run.details)),
    }


def experiment_data(experiment: Experiment) -> dict[str, Any]:
    """What is said of an experiment."""
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "description": experiment.description,
        "created_at": experiment.created_at or None,
        "tags": dict(experiment.tags),
        "facts": json_data(experiment.facts),
        "summary": json_data(experiment.summary),
    }


def overview_data(overview: Overview) -> dict[str, Any]:
    """An experiment with the number of its runs."""
    return {
        **experiment_data(overview.experiment),
        "runs": overview.runs,
        "live_runs": overview.live,
        "last_run": None if overview.last_run is None else overview.last_run.isoformat(),
        "is_study": overview.is_study,
    }


def table_data(table: Table) -> dict[str, Any]:
    """A table by columns: its names, kinds, and a list of values for each row."""
    columns = [table[name] for name in table.names]
    values = [
        [None if one is None else one.isoformat() for one in column.to_list()]
        if column.kind == "time"
        else [json_data(one) for one in column.values]
        for column in columns
    ]
    return {
        "columns": [{"name": column.name, "kind": column.kind} for column in columns],
        "rows": [list(row) for row in zip(*values, strict=True)],
    }


def column_data(column: Column) -> dict[str, Any]:
    """A column: its name, the field that a query calls it by, the group that it belongs to, and
    whether the values that there are differ."""
    group, field = _group_and_field(column.name)
    varies = len({repr(value) for value in column.values if value is not None}) > 1
    return {
        "name": column.name,
        "field": field,
        "kind": column.kind,
        "group": group,
        "varies": varies,
    }


def _group_and_field(name: str) -> tuple[str, str]:
    group, dot, key = name.partition(".")
    if not dot:
        return "", name
    last: tuple[Key, ...] = ()
    if group == "validations":
        key, _, about = key.rpartition(".")
        last = (Key(about),)
    if _as_it_is(name):
        return group, name
    return group, path_text((Key(group), Key(key), *last))


def _as_it_is(name: str) -> bool:
    """Whether a query reads a column's name, unquoted, as that very column."""
    try:
        segments = parse_field(name).segments
    except QueryError:
        return False
    names = [part.name for part in segments if isinstance(part, Key)]
    return len(names) == len(segments) and ".".join(map(str, names)) == name


def series_data(run_id: str, key: str, points: Sequence[MetricPoint], most: int) -> dict[str, Any]:
    """A metric's points as three lists. Of more than `most` those are left out that a picture of
    that many pixels would not show; extremes, ends and gaps stay."""
    kept = [points[place] for place in thinned([point.value for point in points], most)]
    return {
        "run_id": run_id,
        "key": key,
        "count": len(points),
        "steps": [point.step for point in kept],
        "times": [point.time for point in kept],
        "values": [json_data(point.value) for point in kept],
    }
