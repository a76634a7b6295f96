"""`git exp trials best`: the trial with the best value."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.runs import StudyName, json_run
from gittrack.cli.trials import FIRST, study_search, trial_table


def command(
    context: typer.Context,
    study: StudyName,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric", metavar="METRIC", help="By which objective, if there are several."
        ),
    ] = None,
    where: finding.Where = None,
    higher: finding.Higher = False,
    lower: finding.Lower = False,
    json: options.Json = False,
) -> None:
    """Show the best finished trial of a study.

    What is best is what the study says; else the highest value, but for names such as loss or
    error; of equal ones, the first.
    """
    console: Console = context.obj
    better = finding.direction(higher, lower)
    with console.tracker() as tracker:
        queries = [where or ""]
        trial = tracker.best_trial(study, metric, direction=better, filter_string=queries)
        if json:
            console.json(json_run(trial))
            return
        search = study_search(tracker, study, finding.Search(where=f"run_id = '{trial.run_id}'"))
        table = trial_table(tracker, search, None)
    tabling.show_table(console, table, first=FIRST, all_columns=True)
