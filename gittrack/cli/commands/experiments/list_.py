"""`git exp experiments list`: all experiments."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import parse_tags, time_text
from gittrack.store.experiments import Experiment
from gittrack.table import aligned
from gittrack.terminal import one_line
from gittrack.tracking.summing import Activity


def command(
    context: typer.Context,
    max_violation_rate: Annotated[
        float | None,
        typer.Option(
            "--max-violation-rate",
            metavar="SHARE",
            help="Only those of whose validated runs at most this share failed, 0 to 1.",
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option("--validation", metavar="NAME", help="With it: only this validation counts."),
    ] = None,
    min_runs: Annotated[
        int, typer.Option("--min-runs", metavar="N", help="Only those with so many runs.")
    ] = 0,
    tag: Annotated[
        list[str] | None,
        typer.Option("-t", "--tag", metavar="KEY=VALUE", help="Only with it; repeatable."),
    ] = None,
    json: options.Json = False,
) -> None:
    """List the experiments by name.

    How many runs each has, when the last one started, and what it is."""
    console: Console = context.obj
    with console.tracker() as tracker:
        found = tracker.filter_experiments(
            max_violation_rate=max_violation_rate,
            validation=validation,
            min_runs=min_runs,
            tags=parse_tags(tag),
        )
        active = tracker.experiment_activity()
        there_are_others = bool(active) or bool(found)
    if json:
        console.json_list(_json(one, active.get(one.experiment_id)) for one in found)
        return
    if not found:
        console.note(
            "no such experiment"
            if there_are_others
            else "there is no experiment yet; to create one: git exp experiments create NAME"
        )
    with paged(console):
        for line in aligned([_cells(one, active.get(one.experiment_id)) for one in found]):
            console.line(line)


def _cells(experiment: Experiment, active: Activity | None) -> list[str]:
    count = 0 if active is None else active.runs
    return [
        one_line(experiment.name),
        "1 run" if count == 1 else f"{count:,} runs",
        time_text(None if active is None else active.last_run),
        one_line(experiment.description),
    ]


def _json(experiment: Experiment, active: Activity | None) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "experiment_id": experiment.experiment_id,
        "runs": 0 if active is None else active.runs,
        "last_run": None if active is None else active.last_run.isoformat(),
        "created_at": experiment.created_at or None,
        "description": experiment.description,
        "tags": dict(experiment.tags),
    }
