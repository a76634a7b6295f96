"""`git exp runs list`: the runs, newest first."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import json_run, run_lines
from gittrack.errors import UsageError
from gittrack.runs.model import STATUSES, Run
from gittrack.tracking.naming import find_experiment


def command(
    context: typer.Context,
    experiment: Annotated[
        str | None, typer.Argument(metavar="[EXPERIMENT]", help="Only its runs: its name or id.")
    ] = None,
    limit: options.Limit = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUS", help="Only those: running, finished, failed or killed."),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("-t", "--tag", metavar="KEY[=VALUE]", help="Only with it; repeatable."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", help="Show this one; repeatable."),
    ] = None,
    json: options.Json = False,
) -> None:
    """List runs, newest first.

    Id, experiment and number, name, status, start (UTC), duration, and the metrics that most of
    them have."""
    console: Console = context.obj
    wanted = None if status is None else _status(status)
    with console.tracker() as tracker:
        runs = (
            tracker.list_runs() if experiment is None else find_experiment(tracker, experiment)[1]
        )
    matching = [run for run in runs if wanted in (None, run.status) and _has(run, tag or ())]
    shown = matching[:limit]
    if json:
        console.json_list(map(json_run, shown))
        return
    if not runs:
        console.note("no run is recorded yet")
    with paged(console):
        for line in run_lines(console, shown, metric or ()):
            console.line(line)


def _status(text: str) -> str:
    if text.upper() not in STATUSES:
        known = ", ".join(status.lower() for status in STATUSES)
        raise UsageError(f"--status {text}: there is no such status", hint=f"there are {known}")
    return text.upper()


def _has(run: Run, tags: list[str] | tuple[()]) -> bool:
    for text in tags:
        key, equals, value = text.partition("=")
        if key not in run.tags or (equals and run.tags[key] != value):
            return False
    return True
