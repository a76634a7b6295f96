"""`git exp artifacts put`: files to a run that has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.artifacts import artifact_lines, json_artifact
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName, check_ended
from gittrack.tracking.naming import find_run


def command(
    context: typer.Context,
    name: RunName,
    file: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="What to store.")],
    called: Annotated[
        str | None,
        typer.Option("--name", metavar="PATH", help="Its path in the run, if not its own name."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="TEXT", help="What it is: image/png, model.")
    ] = None,
    force: Annotated[
        bool, typer.Option("-f", "--force", help="Replace artifacts of these names.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Store a file, or all files of a folder, with a run that has ended.

    What was there before is kept in the history of the experiment's ref."""
    console: Console = context.obj
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        check_ended(run, "add an artifact to")
        artifacts = tracker.add_artifacts(run, file, called, kind, replace=force)
    if json:
        console.json_list(map(json_artifact, artifacts))
        return
    for line in artifact_lines(artifacts):
        console.line(f"stored  {line}")
