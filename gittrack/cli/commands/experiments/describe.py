"""`git exp experiments describe`: say what an experiment is."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import ExperimentName
from gittrack.terminal import one_line
from gittrack.tracking.naming import find_experiment


def command(
    context: typer.Context,
    name: ExperimentName,
    description: Annotated[
        str, typer.Argument(metavar="TEXT", help="What it is; an empty text takes it away.")
    ],
    json: options.Json = False,
) -> None:
    """Say what an experiment is.

    The history of its ref keeps what it was called before."""
    console: Console = context.obj
    with console.tracker() as tracker:
        found, _ = find_experiment(tracker, name)
        experiment = tracker.update_experiment(found.name, description=description)
    if json:
        shown = {"experiment_id": experiment.experiment_id, "name": experiment.name}
        console.json({**shown, "description": experiment.description})
    else:
        console.line(
            f"described  {one_line(experiment.name)}  {one_line(experiment.description)}".rstrip()
        )
