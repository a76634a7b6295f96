"""`git exp experiments restore`: a deleted experiment back."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import ExperimentName
from gittrack.terminal import one_line


def command(context: typer.Context, name: ExperimentName, json: options.Json = False) -> None:
    """Bring a deleted experiment back, with all its runs.

    Of one that was deleted several times, what went last comes first. Runs that were recorded
    under its name since then stay."""
    console: Console = context.obj
    with console.tracker() as tracker:
        experiment = tracker.restore_experiment(name)
        count = len(tracker.list_runs(experiment.name))
    if json:
        shown = {"experiment_id": experiment.experiment_id, "name": experiment.name}
        console.json({**shown, "runs": count})
        return
    runs = "1 run" if count == 1 else f"{count:,} runs"
    console.line(f"restored  {one_line(experiment.name)}  {runs}")
