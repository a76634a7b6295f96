"""`git exp runs compare`: runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.runs.model import Run
from gittrack.shown import json_data
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker

_MOST = 1000


def command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN...]", help="Ids, prefixes, names, EXPERIMENT#NUMBER or @{N}."),
    ] = None,
    where: finding.Where = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", help="Of metrics, this; repeatable."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the parameters that are the same in all.")
    ] = False,
    higher: finding.Higher = False,
    lower: finding.Lower = False,
    table_format: tabling.TableFormat = None,
    file: tabling.OutputFile = None,
    json: options.Json = False,
) -> None:
    """Show in which parameters runs differ, and their metrics.

    The runs named, and those that a query finds. Typed: 1 and 1.0 are two things. The best value of
    each metric bears a *; where the name says so (loss, error, time and so on) that is the lowest,
    otherwise the highest. Where runs have one config (repeats, seeds), their mean and deviation
    follow.
    """
    console: Console = context.obj
    better = finding.direction(higher, lower)
    if json and (table_format is not None or file is not None):
        raise UsageError("--json goes with neither --format nor -o")
    with console.tracker() as tracker:
        runs = _runs(tracker, names or (), where)
        found = tracker.compare_runs(runs, metric, direction=better, all_params=everything)
    if table_format is not None or file is not None:
        from gittrack.tables import table_of

        tabling.write_table(
            console, table_of(found.to_dicts()), table_format, file, title="comparison"
        )
        tabling.exported(console, len(runs), "run", file)
    elif json:
        data: Any = found.to_dict()
        console.json(json_data(data))
    else:
        from gittrack.cli.comparison import comparison_lines

        cells = console.cells
        with paged(console):
            for line in comparison_lines(found, cells):
                console.line(line)


def _runs(tracker: ExperimentTracker, names: Sequence[str], where: str | None) -> list[Run]:
    """The runs, each once, in the order in which they are named; then those of the query."""
    runs = {run.run_id: run for run in (find_run(tracker, name) for name in names)}
    if where is not None:
        found = tracker.search_runs(None, where, max_results=_MOST)
        if found.token is not None:
            raise UsageError(
                f"the query finds more than {_MOST:,} runs", hint="narrow it, or: git exp runs list"
            )
        runs = {**runs, **{run.run_id: run for run in found if run.run_id not in runs}}
    if len(runs) < 2:
        raise UsageError("compare with what? name two runs or more")
    return list(runs.values())
