"""Saved queries: views of the table of runs that a team shares as files."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gittrack.store.queries import BrokenQuery, SavedQuery
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import TEXT, TEXTS, answer, listing, mapping

_QUERY = answer(name=TEXT, where=TEXT, sort=TEXT, experiments=TEXTS, columns=TEXTS)


@route(
    "GET",
    "/queries",
    "The work tree's saved queries of runs, by name",
    returns=answer(queries=listing(_QUERY)),
)
def list_queries(call: Call) -> Reply:
    """Those that can be read; git exp queries list tells of the others, too."""
    found = call.workspace.tracker.saved_queries()
    return Reply({"queries": [_data(one) for one in found if not isinstance(one, BrokenQuery)]})


@route(
    "POST",
    "/queries",
    "Save a query: a file below .exptrack/queries/ of the work tree, to be committed",
    body=mapping(
        ["name"], name=TEXT, where=TEXT, sort=TEXT, experiments=TEXTS, columns=TEXTS, group_by=TEXTS
    ),
    returns=_QUERY,
    status=HTTPStatus.CREATED,
)
def save_query(call: Call) -> Reply:
    """The query as it is kept; one of that name is replaced."""
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in call.body.items()
    }
    query = SavedQuery(**given)
    with call.workspace.writing() as tracker:
        tracker.save_query(query)
    return Reply(_data(query), HTTPStatus.CREATED)


@route(
    "DELETE",
    "/queries/{path}",
    "Take a saved query away from the work tree",
    returns=answer(deleted=TEXT),
)
def delete_query(call: Call) -> Reply:
    """The query that is gone; git still has it where it was committed."""
    with call.workspace.writing() as tracker:
        tracker.delete_queries(call.path["path"])
    return Reply({"deleted": call.path["path"]})


def _data(query: SavedQuery) -> dict[str, Any]:
    return {
        "name": query.name,
        "where": query.where,
        "sort": query.sort,
        "experiments": list(query.experiments),
        "columns": list(query.columns),
        "group_by": list(query.group_by),
    }
