"""`git exp artifacts list`: the files that a run has."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.artifacts import artifact_lines, json_artifact
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import RunName, short_run
from gittrack.tracking.naming import find_run


def command(context: typer.Context, name: RunName, json: options.Json = False) -> None:
    """List the artifacts of a run.

    Path, size, SHA-256, the store that has the bytes, and the type if one was given."""
    console: Console = context.obj
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        artifacts = tracker.list_artifacts(run)
    if json:
        console.json_list(map(json_artifact, artifacts))
        return
    if not artifacts:
        console.note(f"the run {short_run(run)} has no artifacts")
    with paged(console):
        for line in artifact_lines(artifacts):
            console.line(line)
