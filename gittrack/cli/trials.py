"""Trials as commands show them: searches of a study, its table."""

from __future__ import annotations

from collections.abc import Sequence

from gittrack.cli.finding import Search
from gittrack.cli.run_views import readable
from gittrack.tables import Column, Table
from gittrack.tracking.programs import OUR_TAGS
from gittrack.tracking.tracker import ExperimentTracker

FIRST = ("trial", "run_id", "status")
"""Columns that a terminal shows whatever else has room."""

_ONLY = "trial IS NOT NULL"
_LEFT_OUT = (
    *("experiment", "name", "trial_number", "start_time", "duration"),
    *(f"tags.{name}" for name in OUR_TAGS),
)


def study_search(tracker: ExperimentTracker, study: str, search: Search) -> Search:
    """The same search, of a study's trials alone.

    Raises:
        NotFoundError: there is no such study, or it has no trials.
    """
    tracker.objective_names(study)
    return Search(
        (study,), search.where, search.sort, search.columns, search.group_by, (*search.more, _ONLY)
    )


def trial_table(tracker: ExperimentTracker, search: Search, limit: int | None) -> Table:
    """A study's trials as people read them: number, id, status, objective values, parameters.

    Without an order they come by number, and `limit` means the last ones.
    """
    order = search.sort or "trial DESC"
    table = tracker.runs_table(search.names, search.queries, order, limit)
    table = table if search.sort else _reversed(table)
    numbers = [None if n is None else f"#{n}" for n in _values(table, "trial_number")]
    shown = readable(table)
    columns = [column for column in shown.columns if column.name not in _LEFT_OUT]
    extra = [shown[name] for name in ("start_time", "duration")]
    return Table([Column("trial", "text", numbers), *columns, *extra])


def _reversed(table: Table) -> Table:
    return Table(
        Column(column.name, column.kind, list(reversed(column.values))) for column in table.columns
    )


def _values(table: Table, name: str) -> Sequence[int | None]:
    values: Sequence[int | None] = table[name].values
    return values
