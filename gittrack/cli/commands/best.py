"""`git exp best`: the best runs by a metric."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.runs import json_run
from gittrack.errors import NotFoundError, UsageError
from gittrack.tracking.tracker import ExperimentTracker

_COUNT = 5


def command(
    context: typer.Context,
    experiments: finding.Experiments = None,
    metric: Annotated[
        str | None, typer.Option("--metric", metavar="METRIC", help="By its latest value.")
    ] = None,
    where: finding.Where = None,
    columns: finding.Columns = None,
    limit: options.First = None,
    higher: finding.Higher = False,
    lower: finding.Lower = False,
    json: options.Json = False,
) -> None:
    """Show the best finished runs by a metric, the best one first.

    Five, or as many as -n says. The highest value is the best, but for names such as
    loss, error or time, and of a study as it says; of equal ones the newest comes first. A study
    with one objective needs no --metric.
    """
    console: Console = context.obj
    if limit == 0:
        raise UsageError("-n 0 asks for nothing", hint="ask for one run or more")
    better = finding.direction(higher, lower)
    with console.tracker() as tracker:
        search = finding.search_of(tracker, experiments=experiments, where=where, columns=columns)
        finding.hint_unknown(console, tracker, search)
        names = search.names or []
        metric = metric or _objective(tracker, names)
        if better is None and len(names) == 1:
            better = tracker.objective_direction(names[0], metric)
        count = limit or _COUNT
        if json:
            found = tracker.best_runs(
                search.names, metric, count, direction=better, filter_string=search.queries
            )
            console.json_list(map(json_run, found))
            return
        from gittrack.cli.run_views import FIRST, Asked, chosen, drawn, listed, with_front
        from gittrack.tracking.comparing import ranking

        ranked = ranking(metric, search.queries, direction=better)
        read = partial(tracker.runs_table, search.names, ranked.filters, ranked.order, count)
        if search.columns:
            asked = Asked(search.columns)
            table = drawn(chosen(read, tracker, asked), asked.histories)
        else:
            whole = console.cells is not None
            table = with_front(listed(read, tracker, (), everything=whole), metric)
    if not len(table):
        raise ranked.nothing_found()
    tabling.show_table(console, table, first=search.columns or (*FIRST, f"metrics.{metric}"))


def _objective(tracker: ExperimentTracker, experiments: Sequence[str]) -> str:
    """The only objective of the only experiment."""
    known: list[str] = []
    if len(experiments) == 1:
        with suppress(NotFoundError):
            known = tracker.objective_names(experiments[0])
    if len(known) != 1:
        example = known[0] if known else "METRIC"
        raise UsageError("best by which metric?", hint=f"name it: --metric {example}")
    return known[0]
