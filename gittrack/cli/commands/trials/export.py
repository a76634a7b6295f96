"""`git exp trials export`: the trials of a study as a table in a file."""

from __future__ import annotations

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.exporting import Long, export
from gittrack.cli.runs import StudyName
from gittrack.cli.trials import study_search


def command(
    context: typer.Context,
    study: StudyName,
    where: finding.Where = None,
    sort: finding.Sort = None,
    columns: finding.Columns = None,
    limit: options.First = None,
    status: finding.Status = None,
    long: Long = False,
    table_format: tabling.TableFormat = None,
    file: tabling.OutputFile = None,
) -> None:
    """Write the trials of a study as a table, a row for each, to a file or to standard output.

    By number: all attributes, parameters, objective values and metrics, or the columns named;
    numbers and times are exact. With --long, a row for each value that was logged: run_id, metric,
    step, time, value.
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        search = finding.search_of(
            tracker, where=where, sort=sort or "trial", columns=columns, status=status
        )
        export(
            console,
            tracker,
            study_search(tracker, study, search),
            limit,
            long=long,
            metrics=None,
            table_format=table_format,
            file=file,
            thing="trial",
        )
