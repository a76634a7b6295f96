"""`git exp trials list`: the trials of a study."""

from __future__ import annotations

from functools import partial

import typer

from gittrack.cli import finding, options, tabling
from gittrack.cli.console import Console
from gittrack.cli.runs import StudyName, json_run
from gittrack.cli.trials import FIRST, study_search, trial_table


def command(
    context: typer.Context,
    study: StudyName,
    where: finding.Where = None,
    sort: finding.Sort = None,
    columns: finding.Columns = None,
    limit: options.First = None,
    status: finding.Status = None,
    all_columns: tabling.AllColumns = False,
    null: tabling.Null = False,
    json: options.Json = False,
) -> None:
    """List the trials of a study by number, or in another order (docs/query.md).

    Number, id, status, objective values and metrics, parameters. With -n the last N; with --sort
    the first N.
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        search = finding.search_of(tracker, where=where, sort=sort, columns=columns, status=status)
        search = study_search(tracker, study, search)
        finding.hint_unknown(console, tracker, search)
        if json and not search.columns:
            order = search.sort or "trial DESC"
            found = tracker.iterate_runs(search.names, search.queries, order, limit)
            runs = found if search.sort else reversed(list(found))
            console.json_list(map(json_run, runs))
            return
        if search.columns:
            from gittrack.cli.run_views import Asked, chosen, drawn

            order = search.sort or "trial"
            read = partial(tracker.runs_table, search.names, search.queries, order, limit)
            asked = Asked(search.columns)
            table = chosen(read, tracker, asked)
            if json:
                tabling.write_table(console, table, "json", None, title="trials")
                return
            table = drawn(table, asked.histories)
        else:
            table = trial_table(tracker, search, limit)
    tabling.show_table(
        console, table, first=search.columns or FIRST, all_columns=all_columns, null=null
    )
