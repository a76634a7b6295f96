"""`git exp runs compare`: runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import RunNames, json_run, measures, metric_text, short_run
from gittrack.diff import MISSING, Row, compare_many
from gittrack.errors import UsageError
from gittrack.review.metrics import lower_is_better
from gittrack.runs.model import Run
from gittrack.shown import cell_text, json_data
from gittrack.table import aligned
from gittrack.terminal import inline, one_line
from gittrack.tracking.naming import find_run, numbered_name


def command(context: typer.Context, names: RunNames, json: options.Json = False) -> None:
    """Show in which parameters runs differ, and their metrics.

    Typed: 1 and 1.0 are two things. The best value of each metric bears a *; where the name says
    so (loss, error, time and so on) that is the lowest, otherwise the highest."""
    console: Console = context.obj
    if len(names) < 2:
        raise UsageError("compare with what? name two runs or more")
    with console.tracker() as tracker:
        runs = [find_run(tracker, name) for name in names]
    rows = compare_many([dict(run.params) for run in runs])
    if json:
        console.json(_json(runs, rows))
        return
    with paged(console):
        for line in aligned(_table(runs, rows)):
            console.line(line)


def _table(runs: Sequence[Run], rows: Sequence[Row]) -> list[list[str]]:
    found = [
        ["", *map(short_run, runs)],
        ["run", *(one_line(numbered_name(run)) for run in runs)],
        ["name", *(one_line(run.run_name) for run in runs)],
        ["status", *(run.status for run in runs)],
    ]
    found += [[inline(row.text_path), *(inline(cell_text(c)) for c in row.cells)] for row in rows]
    for key in _metrics(runs):
        best = _best(runs, key)
        found.append([inline(key), *(_metric_cell(measures(run), key, best) for run in runs)])
    return found


def _metrics(runs: Sequence[Run]) -> list[str]:
    return sorted({key for run in runs for key in measures(run)})


def _metric_cell(values: Mapping[str, float], key: str, best: float | None) -> str:
    if key not in values:
        return "-"
    return metric_text(values[key]) + ("*" if values[key] == best else "")


def _best(runs: Sequence[Run], key: str) -> float | None:
    """The best value; `None` where fewer than two runs have a number to compare."""
    values = [measures(run)[key] for run in runs if key in measures(run)]
    numbers = [value for value in values if value == value]
    if len(numbers) < 2:
        return None
    return min(numbers) if lower_is_better(key) else max(numbers)


def _json(runs: Sequence[Run], rows: Sequence[Row]) -> dict[str, Any]:
    metrics = [
        {
            "metric": key,
            "lower_is_better": lower_is_better(key),
            "values": [json_data(measures(run).get(key)) for run in runs],
            "best": json_data(_best(runs, key)),
        }
        for key in _metrics(runs)
    ]
    return {
        "runs": [json_run(run) for run in runs],
        "params": [{"path": row.text_path, "cells": _json_cells(row)} for row in rows],
        "metrics": metrics,
    }


def _json_cells(row: Row) -> list[dict[str, Any]]:
    return [{} if cell is MISSING else {"value": json_data(cell)} for cell in row.cells]
