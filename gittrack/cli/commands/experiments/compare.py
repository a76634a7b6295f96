"""`git exp experiments compare`: experiments side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.tables import Column, Table


def command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", help="Experiments by name or id; without, all."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", help="Of metrics, this; repeatable."),
    ] = None,
    higher: finding.Higher = False,
    lower: finding.Lower = False,
    table_format: tabling.TableFormat = None,
    file: tabling.OutputFile = None,
    json: options.Json = False,
) -> None:
    """Compare what experiments measured: a line for each experiment and metric.

    Of the runs that have ended: how many have the metric, the best value and whose it is, mean,
    deviation, least and greatest. NaN and infinite values are left out.
    """
    console: Console = context.obj
    better = finding.direction(higher, lower)
    with console.tracker() as tracker:
        table = tracker.compare_experiments(names or None, metric, direction=better)
    if json or table_format is not None or file is not None:
        wanted = "json" if json else table_format
        tabling.write_table(console, table, wanted, file, title="experiments")
        tabling.exported(console, len(table), "row", file)
        return
    if not len(table):
        console.note("no run of these has such a metric" if metric else "there are no metrics yet")
    tabling.show_table(console, _readable(table), first=("experiment_name", "metric", "runs"))


def _readable(table: Table) -> Table:
    from gittrack.ids import SHORT_LENGTH

    return Table(
        Column(column.name, "text", [value[:SHORT_LENGTH] for value in column.values])
        if column.name == "best_run_id"
        else column
        for column in table.columns
    )
