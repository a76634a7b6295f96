"""`git exp trials best`: the trial with the best value."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import StudyName, json_run
from gittrack.cli.trials import best_trial, trial_lines, trials_of


def command(
    context: typer.Context,
    study: StudyName,
    metric: Annotated[
        str | None,
        typer.Option(metavar="METRIC", help="By which objective value, if there are several."),
    ] = None,
    lower: Annotated[
        bool, typer.Option("--lower-is-better", help="The lowest value is the best.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show the best finished trial of a study.

    The highest value is the best, but for names such as loss or error; of equal ones, the first."""
    console: Console = context.obj
    with console.tracker() as tracker:
        trial = best_trial(study, trials_of(tracker, study), metric, lower=lower)
    if json:
        console.json(json_run(trial))
        return
    for line in trial_lines([trial]):
        console.line(line)
