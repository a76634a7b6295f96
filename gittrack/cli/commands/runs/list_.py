"""`git exp runs list`: the runs, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import json_run, run_lines, short_run, time_text
from gittrack.errors import UsageError
from gittrack.ids import SHORT_LENGTH
from gittrack.runs.model import STATUSES, Run
from gittrack.table import aligned
from gittrack.terminal import one_line
from gittrack.tracking.deleting import DeletedRun
from gittrack.tracking.naming import find_experiment, numbered_name
from gittrack.tracking.tracker import ExperimentTracker


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
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Those that were deleted: restore brings them back.")
    ] = False,
    json: options.Json = False,
) -> None:
    """List runs, newest first.

    Id, experiment and number, name, status, start (UTC), duration, and the metrics that most of
    them have; of deleted ones, the latest deletion first, when and by whom."""
    console: Console = context.obj
    wanted = None if status is None else _status(status)
    if deleted and metric:
        raise UsageError("--deleted and --metric cannot go together: leave out one of the two")

    def matches(run: Run) -> bool:
        return wanted in (None, run.status) and _has(run, tag or ())

    with console.tracker() as tracker:
        if deleted:
            gone = [one for one in _deleted(tracker, experiment) if matches(one.run)]
        else:
            runs = _runs(tracker, experiment)
    if deleted:
        _show_deleted(console, gone[:limit], json=json)
    else:
        shown = [run for run in runs if matches(run)][:limit]
        _show(console, shown, metric or (), json=json, none=not runs)


def _runs(tracker: ExperimentTracker, experiment: str | None) -> list[Run]:
    return tracker.list_runs() if experiment is None else find_experiment(tracker, experiment)[1]


def _show(
    console: Console, runs: list[Run], metrics: Sequence[str], *, json: bool, none: bool
) -> None:
    if json:
        console.json_list(map(json_run, runs))
        return
    if none:
        console.note("no run is recorded yet")
    with paged(console):
        for line in run_lines(console, runs, metrics):
            console.line(line)


def _deleted(tracker: ExperimentTracker, experiment: str | None) -> list[DeletedRun]:
    deleted = tracker.list_deleted_runs()
    if experiment is None:
        return deleted
    wanted = find_experiment(tracker, experiment)[0].experiment_id
    return [one for one in deleted if one.run.experiment_id == wanted]


def _show_deleted(console: Console, deleted: list[DeletedRun], *, json: bool) -> None:
    if json:
        console.json_list({**json_run(one.run), **_deletion(one)} for one in deleted)
        return
    if not deleted:
        console.note("no such run is deleted")
    with paged(console):
        for line in aligned([_deleted_cells(one) for one in deleted]):
            console.line(console.paint(line[:SHORT_LENGTH], "id") + line[SHORT_LENGTH:])


def _deletion(deleted: DeletedRun) -> dict[str, str]:
    return {"deleted_at": deleted.deleted_at.isoformat(), "deleted_by": deleted.deleted_by}


def _deleted_cells(deleted: DeletedRun) -> list[str]:
    run = deleted.run
    return [
        short_run(run),
        one_line(numbered_name(run)),
        one_line(run.run_name),
        run.status,
        time_text(run.start_time),
        f"deleted {time_text(deleted.deleted_at)}",
        f"by {one_line(deleted.deleted_by)}",
    ]


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
