"""`git exp experiments delete`: an experiment and its runs out of the listings."""

from __future__ import annotations

from shlex import quote
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import ExperimentName, ask_to_delete
from gittrack.terminal import inline, one_line
from gittrack.tracking.naming import find_experiment


def command(
    context: typer.Context,
    name: ExperimentName,
    force: Annotated[bool, typer.Option("-f", "--force", help="Do not ask.")] = False,
    json: options.Json = False,
) -> None:
    """Delete an experiment with all its runs; restore brings them back.

    The history of its ref keeps them. A run that starts in an experiment of that name afterwards
    begins it anew."""
    console: Console = context.obj
    with console.tracker() as tracker:
        experiment, runs = find_experiment(tracker, name)
        if not force:
            ask_to_delete([f"{one_line(experiment.name)}  {_count(len(runs))}"])
        count = tracker.delete_experiment(experiment.name)
    shown = {"experiment_id": experiment.experiment_id, "name": experiment.name}
    if json:
        console.json({**shown, "runs": count})
    else:
        console.line(f"deleted  {one_line(experiment.name)}  {_count(count)}")
    command = f"git exp experiments restore {inline(quote(experiment.experiment_id))}"
    console.message(f"bring it back with: {command}")


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs:,} runs"
