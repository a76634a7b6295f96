"""`git exp runs restore`: a deleted run back."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName, json_run, title
from gittrack.errors import AmbiguousError, NotFoundError
from gittrack.runs.model import Run
from gittrack.tracking.naming import find_deleted_run, find_run
from gittrack.tracking.tracker import ExperimentTracker


def command(context: typer.Context, name: RunName, json: options.Json = False) -> None:
    """Bring a deleted run back, with all its files.

    runs list --deleted shows what can come back; @{N} counts from the latest deletion. A run that
    is there is left as it is."""
    console: Console = context.obj
    with console.tracker() as tracker:
        try:
            deleted = find_deleted_run(tracker, name)
        except NotFoundError as missing:
            run, done = _present(tracker, name, missing), "already there"
        else:
            run, done = tracker.restore_run(deleted), "restored"
    if json:
        console.json(json_run(run))
    else:
        console.line(f"{done}  {title(console, run)}")


def _present(tracker: ExperimentTracker, name: str, missing: NotFoundError) -> Run:
    """The run of that name that is there: nothing needs to come back."""
    if name.startswith("@"):  # a position among those that were deleted
        raise missing
    try:
        return find_run(tracker, name)
    except (NotFoundError, AmbiguousError):
        raise missing from None
