"""`git exp experiments list`: all experiments."""

from __future__ import annotations

from typing import Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import time_text
from gittrack.runs.model import Run
from gittrack.store.experiments import Experiment
from gittrack.table import aligned
from gittrack.terminal import one_line


def command(context: typer.Context, json: options.Json = False) -> None:
    """List the experiments by name.

    How many runs each has, when the last one started, and what it is."""
    console: Console = context.obj
    with console.tracker() as tracker:
        runs = tracker.list_runs()
        known = {one.experiment_id: one for one in tracker.list_experiments()}
    grouped: dict[str, list[Run]] = {name: [] for name in known}
    for run in runs:
        grouped.setdefault(run.experiment_id, []).append(run)
        known.setdefault(run.experiment_id, Experiment(run.experiment_name))
    found = sorted(known.values(), key=lambda one: one.name)
    if json:
        console.json_list(_json(one, grouped[one.experiment_id]) for one in found)
        return
    if not found:
        console.note("there is no experiment yet; to create one: git exp experiments create NAME")
    with paged(console):
        for line in aligned([_cells(one, grouped[one.experiment_id]) for one in found]):
            console.line(line)


def _cells(experiment: Experiment, runs: list[Run]) -> list[str]:
    return [
        one_line(experiment.name),
        "1 run" if len(runs) == 1 else f"{len(runs)} runs",
        time_text(runs[0].start_time if runs else None),
        one_line(experiment.description),
    ]


def _json(experiment: Experiment, runs: list[Run]) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "experiment_id": experiment.experiment_id,
        "runs": len(runs),
        "last_run": runs[0].start_time.isoformat() if runs else None,
        "created_at": experiment.created_at or None,
        "description": experiment.description,
        "tags": dict(experiment.tags),
    }
