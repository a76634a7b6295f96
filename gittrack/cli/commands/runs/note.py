"""`git exp runs note`: a remark on a run."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName, check_ended, json_run, title
from gittrack.errors import UsageError
from gittrack.tracking.naming import find_run


def command(
    context: typer.Context,
    name: RunName,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The remark.")],
    json: options.Json = False,
) -> None:
    """Add a remark to a run that has ended."""
    console: Console = context.obj
    if not text.strip():
        raise UsageError("a note needs a text that is not empty")
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        check_ended(run, "put a note on")
        tracker.log_note(text, run=run)
        run = tracker.get_run(run.run_id)
    if json:
        console.json(json_run(run))
    else:
        console.line(f"noted  {title(console, run)}")
