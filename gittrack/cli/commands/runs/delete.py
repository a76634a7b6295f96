"""`git exp runs delete`: runs out of the listing."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import RunNames, ask_to_delete, check_ended, json_run, short_run, title
from gittrack.tracking.naming import find_run


def command(
    context: typer.Context,
    names: RunNames,
    force: Annotated[bool, typer.Option("-f", "--force", help="Do not ask.")] = False,
    json: options.Json = False,
) -> None:
    """Delete runs that have ended; restore brings them back.

    They leave their experiments; the history of their refs keeps them."""
    console: Console = context.obj
    with console.tracker() as tracker:
        found = [find_run(tracker, name) for name in names]
        runs = list({run.run_id: run for run in found}.values())
        for run in runs:
            check_ended(run, "delete")
        if not force:
            ask_to_delete([title(console, run) for run in runs])
        tracker.delete_run(*runs)
    if json:
        console.json_list(map(json_run, runs))
    else:
        for run in runs:
            console.line(f"deleted  {title(console, run)}")
    for run in runs:
        console.message(f"bring it back with: git exp runs restore {short_run(run)}")
