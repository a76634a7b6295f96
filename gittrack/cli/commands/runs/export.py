"""`git exp runs export`: runs as a table in a file."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.exporting import Long, export


def command(
    context: typer.Context,
    experiments: finding.Experiments = None,
    where: finding.Where = None,
    sort: finding.Sort = None,
    columns: finding.Columns = None,
    limit: options.First = None,
    status: finding.Status = None,
    tag: finding.WithTag = None,
    long: Long = False,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", help="With --long: only this; repeatable."),
    ] = None,
    table_format: tabling.TableFormat = None,
    file: tabling.OutputFile = None,
    use: finding.Use = None,
) -> None:
    """Write runs as a table, a row for each, to a file or to standard output.

    All attributes, parameters, metrics (latest values), tags and validations, or the columns named;
    numbers and times are exact. With --long, a row for each value that was logged: run_id, metric,
    step, time, value.
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        search = finding.search_of(
            tracker,
            experiments=experiments,
            where=where,
            sort=sort,
            columns=columns,
            status=status,
            tags=tag,
            use=use,
        )
        export(
            console,
            tracker,
            search,
            limit,
            long=long,
            metrics=metric,
            table_format=table_format,
            file=file,
            thing="run",
        )
