"""`git exp runs list`: runs found, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.finding import Search
from gittrack.cli.runs import json_run
from gittrack.direction import Direction
from gittrack.errors import UsageError
from gittrack.tables import Table
from gittrack.tracking.tracker import ExperimentTracker

_ON_TERMINAL = 1000
"""Runs that a terminal shows if nobody says how many."""


def command(
    context: typer.Context,
    experiments: finding.Experiments = None,
    where: finding.Where = None,
    sort: finding.Sort = None,
    columns: finding.Columns = None,
    limit: options.First = None,
    group_by: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="A line for each group: config, params.lr, tags.team."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", help="Of metrics, show this; repeatable."),
    ] = None,
    spark: Annotated[
        list[str] | None,
        typer.Option("--spark", metavar="METRIC", help="Draw its history; repeatable."),
    ] = None,
    status: finding.Status = None,
    tag: finding.WithTag = None,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Those that were deleted: restore brings them back.")
    ] = False,
    higher: finding.Higher = False,
    lower: finding.Lower = False,
    all_columns: tabling.AllColumns = False,
    line_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="A line for each: '%(run_id:12) %(metrics.loss)'."
        ),
    ] = None,
    null: tabling.Null = False,
    use: finding.Use = None,
    save: finding.Save = None,
    json: options.Json = False,
) -> None:
    """List runs, newest first, or find them by a query (docs/query.md).

    Id, experiment and number, name, status, start (UTC), duration, then on a terminal the columns
    that tell runs apart, as many as fit; in a pipe the metrics.

    With --group-by, each group's number of runs and for each metric mean ± deviation and best; the
    groups come in the order of their first run.
    """
    console: Console = context.obj
    better = finding.direction(higher, lower)
    _check(json=json, null=null, line_format=line_format, grouped=bool(group_by))
    with console.tracker() as tracker:
        if deleted:
            _refuse_with_deleted(where, sort, columns, group_by, metric, spark, line_format, use)
            from gittrack.cli.deleted_runs import show_deleted

            show_deleted(console, tracker, experiments or (), limit, status, tag, json=json)
            return
        search = finding.search_of(
            tracker,
            experiments=experiments,
            where=where,
            sort=sort,
            columns=columns,
            group_by=group_by,
            status=status,
            tags=tag,
            use=use,
        )
        finding.hint_unknown(console, tracker, search)
        finding.keep(console, tracker, search, save)
        if search.group_by:
            _show_groups(console, tracker, search, limit, metric, better, json=json, null=null)
        elif line_format is not None:
            fields = tabling.template_fields(line_format) or ["run_id"]
            found = _read(tracker, search, limit, fields)
            tabling.show_formatted(console, found, line_format, null=null)
        elif json:
            _show_json(console, tracker, search, limit, spark or ())
        else:
            _show(console, tracker, search, limit, metric, spark, all_columns, null=null)


def _read(
    tracker: ExperimentTracker, search: Search, limit: int | None, columns: Sequence[str] | None
) -> Table:
    return tracker.runs_table(search.names, search.queries, search.sort, limit, columns)


def _show(
    console: Console,
    tracker: ExperimentTracker,
    search: Search,
    limit: int | None,
    metrics: Sequence[str] | None,
    sparks: Sequence[str] | None,
    all_columns: bool,
    *,
    null: bool,
) -> None:
    from gittrack.cli.run_views import FIRST, Asked, chosen, drawn, history_column, listed

    watched = console.cells is not None and not null
    if limit is None and watched:
        limit = _ON_TERMINAL
    read = partial(_read, tracker, search, limit)
    drawing = Asked(tuple(map(history_column, sparks or ())))
    if search.columns:
        asked = Asked(tuple(dict.fromkeys([*search.columns, *drawing.names])))
        table, first = drawn(chosen(read, tracker, asked), asked.histories), search.columns
    else:
        whole = watched or all_columns
        table, first = listed(read, tracker, metrics or (), everything=whole), FIRST
        if drawing.names:
            table = _with_histories(table, drawn(chosen(read, tracker, drawing), drawing.names))
            first = (*FIRST, *drawing.names)
    if not len(table) and limit != 0:
        _tell_nothing(console, tracker)
    notes = _cut_off(tracker, search, len(table), limit) if watched else []
    tabling.show_table(console, table, first=first, all_columns=all_columns, null=null, notes=notes)


def _with_histories(table: Table, histories: Table) -> Table:
    heads = 6  # what a run is comes before what it measured
    return Table([*table.columns[:heads], *histories.columns, *table.columns[heads:]])


def _show_json(
    console: Console,
    tracker: ExperimentTracker,
    search: Search,
    limit: int | None,
    sparks: Sequence[str],
) -> None:
    from gittrack.cli.run_views import Asked, chosen, history_column

    asked = Asked((*search.columns, *map(history_column, sparks)))
    if asked.names:
        table = chosen(partial(_read, tracker, search, limit), tracker, asked)
        tabling.write_table(console, table, "json", None, title="runs")
        return
    runs = tracker.iterate_runs(search.names, search.queries, search.sort, limit)
    console.json_list(map(json_run, runs))


def _show_groups(
    console: Console,
    tracker: ExperimentTracker,
    search: Search,
    limit: int | None,
    metrics: Sequence[str] | None,
    better: Direction | None,
    *,
    json: bool,
    null: bool,
) -> None:
    from gittrack.cli.run_views import readable_groups

    table = tracker.group_runs(
        search.group_by, search.names, search.queries, search.sort, metrics, direction=better
    )
    shown = table if limit is None else table[:limit]
    if json:
        tabling.write_table(console, shown, "json", None, title="groups")
        return
    if console.cells is not None and not null:
        shown = readable_groups(shown, search.group_by)
    notes = [f"{len(shown):,} of {len(table):,} groups"] if len(shown) < len(table) else []
    tabling.show_table(console, shown, first=(*search.group_by, "runs"), null=null, notes=notes)


def _cut_off(
    tracker: ExperimentTracker, search: Search, shown: int, limit: int | None
) -> list[str]:
    if limit is None or shown < limit:
        return []
    count = tracker.count_runs(search.names, search.queries)
    return [f"{shown:,} of {count:,} runs; -n N shows more"] if count > shown else []


def _tell_nothing(console: Console, tracker: ExperimentTracker) -> None:
    console.note("no such run" if tracker.count_runs() else "no run is recorded yet")


def _check(*, json: bool, null: bool, line_format: str | None, grouped: bool) -> None:
    if json and (null or line_format is not None):
        other = "--format" if line_format is not None else "-z"
        raise UsageError(f"--json and {other} cannot go together: leave out one of the two")
    if grouped and line_format is not None:
        raise UsageError("--group-by and --format cannot go together: leave out one of the two")


def _refuse_with_deleted(*given: object) -> None:
    names = ("where", "sort", "columns", "group-by", "metric", "spark", "format", "use")
    for name, value in zip(names, given, strict=True):
        if value:
            raise UsageError(f"--deleted and --{name} cannot go together: leave out one of the two")
