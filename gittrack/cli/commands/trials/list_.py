"""`git exp trials list`: the trials of a study."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import StudyName, json_run
from gittrack.cli.trials import trial_lines, trials_of


def command(
    context: typer.Context,
    study: StudyName,
    limit: options.Limit = None,
    json: options.Json = False,
) -> None:
    """List the trials of a study by number.

    Number, id, status, objective values, parameters; with -n, the last N."""
    console: Console = context.obj
    with console.tracker() as tracker:
        trials = trials_of(tracker, study)
    shown = trials if limit is None else trials[max(0, len(trials) - limit) :]
    if json:
        console.json_list(map(json_run, shown))
        return
    with paged(console):
        for line in trial_lines(shown):
            console.line(line)
