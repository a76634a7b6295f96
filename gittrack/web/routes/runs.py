"""Runs: found, started, changed, ended, deleted, compared."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gittrack.errors import NotFoundError
from gittrack.runs.model import Run
from gittrack.runs.records import RunRecord
from gittrack.shown import json_data
from gittrack.web.data import RUN, column_data, mapped, run_data, table_data, whole_run_data
from gittrack.web.refusals import RefusedRequestError
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import (
    NUMBERS,
    OBJECT,
    TAGS,
    TEXT,
    TEXTS,
    Parameter,
    answer,
    listing,
    mapping,
    number,
    whole,
)

_ENDED = {"enum": ["FINISHED", "FAILED", "KILLED"]}
_SEARCH = (
    Parameter("experiment_name", TEXT, "Only its runs: a name or an id; repeatable.", many=True),
    Parameter("filter", TEXT, "A query, such as metrics.loss < 0.3 AND params.model = 'cnn'."),
    Parameter("order_by", TEXT, "What comes first: metrics.loss ASC; repeatable.", many=True),
)
_USER = {**TEXT, "minLength": 1, "maxLength": 1000, "description": "Whose run it is: its tag user."}
_LIVE = mapping(
    run_name=TEXT, params=OBJECT, config=OBJECT, tags=TAGS, parent_run_id=TEXT, user=_USER
)
_WHOLE = mapping(
    run_name=TEXT,
    status=_ENDED,
    params=OBJECT,
    config=OBJECT,
    metrics=NUMBERS,
    tags=TAGS,
    notes=TEXTS,
    parent_run_id=TEXT,
    trial_number=whole(0, 2**53),
    user=_USER,
)
_BATCH = mapping(["runs"], runs={**listing(_WHOLE), "maxItems": 10_000})


@route(
    "POST",
    "/experiments/{id}/runs",
    "Start a run that this server holds open; or record many that have ended (runs)",
    body={"anyOf": [_LIVE, _BATCH]},
    returns={"anyOf": [RUN, answer(run_ids=TEXTS)]},
    status=HTTPStatus.CREATED,
)
def start_run(call: Call) -> Reply:
    """The run that lives from now on, or the ids of those that were recorded."""
    if "runs" in call.body:
        return _recorded(call)
    given = call.body
    tracker = call.workspace.tracker
    with call.workspace.writing():
        parent = given.get("parent_run_id")
        active = tracker.start_run(
            call.path["id"],
            given.get("run_name"),
            tags=_tags(given),
            config=given.get("config"),
            parent=None if parent is None else tracker.get_run(parent).run_id,
        )
        if given.get("params"):
            active.log_params(given["params"])
        return Reply(run_data(tracker.get_run(active.run_id)), HTTPStatus.CREATED)


def _recorded(call: Call) -> Reply:
    records = [RunRecord.of(_record(given)) for given in call.body["runs"]]
    with call.workspace.writing() as tracker:
        ids = tracker.log_runs(call.path["id"], records)
    return Reply({"run_ids": ids}, HTTPStatus.CREATED)


def _record(given: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in given.items() if key != "user"}
    if "user" in given:
        found["tags"] = _tags(given)
    if "metrics" in given:
        found["metrics"] = {key: number(value) for key, value in given["metrics"].items()}
    return found


def _tags(given: dict[str, Any]) -> dict[str, str]:
    """The tags of a new run; a tag `user` comes before the field of that name."""
    named = {"user": given["user"]} if "user" in given else {}
    told = given.get("tags", {}).items()
    return {**named, **{key: text for key, text in told if text is not None}}


@route(
    "GET",
    "/runs/search",
    "Find runs by a query, page by page",
    query=[
        *_SEARCH,
        Parameter("limit", whole(1, 1000), "Runs on a page, at the most; 100 if none is given."),
        Parameter("page_token", TEXT, "The next_page_token of the page before."),
    ],
    returns=answer(runs=listing(RUN), next_page_token={"type": ["string", "null"]}),
)
def search_runs(call: Call) -> Reply:
    """A page of runs, and the token of the next one."""
    given = call.query
    page = call.workspace.tracker.search_runs(
        given["experiment_name"] or None,
        given["filter"],
        given["order_by"],
        given["limit"] or 100,
        given["page_token"],
    )
    return Reply({"runs": [run_data(run) for run in page], "next_page_token": page.token})


@route(
    "GET",
    "/runs/table",
    "A stretch of a table of runs, with the columns that are named",
    query=[
        *_SEARCH,
        Parameter(
            "column", TEXT, "run_id, metrics.loss, params.lr, tags.user; repeatable.", many=True
        ),
        Parameter("offset", whole(0, 10**9), "How many runs come before; 0 if none is given."),
        Parameter("limit", whole(1, 100_000), "Rows at the most; 100 if none is given."),
    ],
    returns=answer(total={"type": "integer"}, columns=listing(OBJECT), rows=listing({})),
)
def table_of_runs(call: Call) -> Reply:
    """The rows, and how many there are in all."""
    given = call.query
    part = call.workspace.tracker.table_part(
        given["experiment_name"] or None,
        given["filter"],
        given["order_by"],
        given["column"] or ["run_id", "run_name", "status", "start_time"],
        given["offset"] or 0,
        given["limit"] or 100,
    )
    return Reply({"total": part.total, **table_data(part.table)})


@route(
    "GET",
    "/runs/columns",
    "The columns that the newest of these runs have values for",
    query=[
        *_SEARCH[:2],
        Parameter("limit", whole(1, 5000), "How many runs are looked at; 200 if none is given."),
    ],
    returns=answer(columns=listing(answer(name=TEXT, field=TEXT, kind=TEXT, group=TEXT))),
)
def columns_of_runs(call: Call) -> Reply:
    """Names and kinds, attributes first."""
    given = call.query
    table = call.workspace.tracker.runs_table(
        given["experiment_name"] or None, given["filter"], None, given["limit"] or 200
    )
    return Reply({"columns": [column_data(table[name]) for name in table.names]})


@route(
    "GET",
    "/compare",
    "Runs beside one another: parameters that differ, metrics with the best one",
    query=[
        Parameter("run_id", TEXT, "A run; repeatable.", required=True, many=True),
        Parameter("metric", TEXT, "Only this metric; repeatable.", many=True),
    ],
    returns=answer(runs=listing(RUN), params=OBJECT, metrics=OBJECT),
)
def compare_runs(call: Call) -> Reply:
    """What differs, and the runs themselves."""
    ids, metrics = call.query["run_id"], call.query["metric"]
    if len(ids) > 1000:
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, "bad_request", "at most 1,000 runs are compared at once"
        )
    found = call.workspace.tracker.compare_runs(ids, metrics or None)
    data = mapped(found.to_dict())
    return Reply({**data, "runs": [run_data(run) for run in found.runs]})


@route("GET", "/runs/{id}", "A run, by its id or a unique prefix of it", returns=RUN)
def get_run(call: Call) -> Reply:
    """All that is known of a run."""
    return Reply(_shown(call, call.workspace.tracker.get_run(call.path["id"])))


@route(
    "PATCH",
    "/runs/{id}",
    "End a run (status), tag it, remark on it",
    body=mapping(status=_ENDED, tags=TAGS, note=TEXT),
    returns=RUN,
)
def update_run(call: Call) -> Reply:
    """The run as it is now."""
    workspace, given = call.workspace, call.body
    with workspace.writing() as tracker:
        run_id = workspace.changeable_run(call.path["id"]).run_id
        if "status" in given:
            workspace.open_run(run_id)
        if given.get("tags"):
            tracker.set_tags(given["tags"], run=run_id)
        if "note" in given:
            tracker.log_note(given["note"], run=run_id)
        if "status" in given:
            tracker.end_run(given["status"], run=run_id)
        return Reply(_shown(call, tracker.get_run(run_id)))


@route(
    "DELETE",
    "/runs/{id}",
    "Delete a run that has ended; git exp runs restore brings it back",
    returns=answer(deleted=TEXT),
)
def delete_run(call: Call) -> Reply:
    """The id of the run that is gone."""
    with call.workspace.writing() as tracker:
        run = tracker.get_run(call.path["id"])
        if run.is_live:
            raise RefusedRequestError(
                HTTPStatus.CONFLICT,
                "live",
                f"the run {run.run_id} is live: it cannot be deleted",
                hint="end it first",
            )
        tracker.delete_run(run)
    return Reply({"deleted": run.run_id})


@route(
    "GET",
    "/runs/{id}/environment",
    "What a run ran with: Python, packages, machine, command line",
    returns=answer(environment=OBJECT),
)
def environment_of_run(call: Call) -> Reply:
    """What was recorded at its start."""
    tracker = call.workspace.tracker
    found = tracker.environment_of(tracker.get_run(call.path["id"]))
    return Reply({"environment": json_data(found)})


def _shown(call: Call, run: Run) -> dict[str, Any]:
    tracker = call.workspace.tracker
    try:
        models = [version.reference for version in tracker.versions_of_run(run)]
    except NotFoundError:
        models = []
    is_open = tracker.is_open_here(run.run_id)
    return {**whole_run_data(run), "models": models, "is_open_here": is_open}
