"""Runs and trials written as tables: wide, or a row for each value that was logged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.finding import Search, hint_unknown
from gittrack.cli.tabling import exported, write_table
from gittrack.cli.working import working
from gittrack.errors import UsageError
from gittrack.tracking.tracker import ExperimentTracker

Long = Annotated[
    bool, typer.Option("--long", help="A row for each value: run_id, metric, step, time, value.")
]


def export(
    console: Console,
    tracker: ExperimentTracker,
    search: Search,
    limit: int | None,
    *,
    long: bool,
    metrics: Sequence[str] | None,
    table_format: str | None,
    file: Path | None,
    thing: str,
) -> None:
    """Write the runs that a search finds, in its order, as a table.

    Raises:
        UsageError: options that cannot go together, or a format that there is not.
    """
    from gittrack.cli.run_views import Asked, chosen

    if long and (search.columns or limit is not None):
        raise UsageError("--long has its own columns and all runs", hint="choose by --where")
    if metrics and not long:
        raise UsageError("--metric goes with --long", hint="else: --columns run_id,metrics.loss")
    hint_unknown(console, tracker, search)
    console.clear_progress()
    with working(f"reading {thing}s"):
        if long:
            table = tracker.metric_points(search.names, search.queries, search.sort, metrics)
        else:
            read = partial(tracker.runs_table, search.names, search.queries, search.sort, limit)
            asked = Asked(search.columns)
            table = chosen(read, tracker, asked) if search.columns else read(None)
    write_table(console, table, table_format, file, title="metrics" if long else f"{thing}s")
    exported(console, len(table), "value" if long else thing, file)
