"""What clients log to the runs that they started: metrics, parameters, tags, notes, validations."""

from __future__ import annotations

from http import HTTPStatus

from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import (
    BOOLEAN,
    NUMBER,
    NUMBERS,
    OBJECT,
    STEP,
    TAGS,
    TEXT,
    answer,
    listing,
    mapping,
    number,
    whole,
)

_TIME = {
    "type": "number",
    "minimum": 0,
    "maximum": 32_503_680_000,
    "description": "Seconds since 1970; without it, now.",
}
_POINT = mapping(["key", "value"], key=TEXT, value=NUMBER, step=STEP, time=_TIME)
_LOGGED = answer(run_id=TEXT, logged={"type": "integer"})


@route(
    "POST",
    "/runs/{id}/metrics",
    "Log metrics of one moment (metrics, step), or any number of points",
    body={
        "anyOf": [
            mapping(["metrics"], metrics=NUMBERS, step=STEP),
            mapping(["points"], points={**listing(_POINT), "maxItems": 100_000}),
        ]
    },
    returns=_LOGGED,
    status=HTTPStatus.CREATED,
)
def log_metrics(call: Call) -> Reply:
    """How many values were logged; where one cannot be, none is."""
    workspace, given = call.workspace, call.body
    points = given.get("points")
    if points is None:
        points = [{"key": k, "value": v, **_step(given)} for k, v in given["metrics"].items()]
    values = [
        (one["key"], number(one["value"]), one.get("step"), one.get("time")) for one in points
    ]
    run_id = workspace.open_run(call.path["id"])
    for key, value, step, time in values:
        workspace.tracker.log_point(run_id, key, value, step, time)
    return Reply({"run_id": run_id, "logged": len(values)}, HTTPStatus.CREATED)


@route(
    "POST",
    "/runs/{id}/params",
    "Log parameters; each can be logged once",
    body=mapping(["params"], params=OBJECT),
    returns=_LOGGED,
    status=HTTPStatus.CREATED,
)
def log_params(call: Call) -> Reply:
    """How many were given."""
    run_id = call.workspace.open_run(call.path["id"])
    call.workspace.tracker.log_params(call.body["params"], run=run_id)
    return Reply({"run_id": run_id, "logged": len(call.body["params"])}, HTTPStatus.CREATED)


@route(
    "POST",
    "/runs/{id}/tags",
    "Set tags, on a run that has ended, too",
    body=mapping(["tags"], tags=TAGS),
    returns=answer(run_id=TEXT, tags=OBJECT),
    status=HTTPStatus.CREATED,
)
def set_tags(call: Call) -> Reply:
    """All tags that the run has now."""
    with call.workspace.writing() as tracker:
        run = call.workspace.changeable_run(call.path["id"])
        if call.body["tags"]:
            tracker.set_tags(call.body["tags"], run=run.run_id)
        tags = dict(tracker.get_run(run.run_id).tags)
    return Reply({"run_id": run.run_id, "tags": tags}, HTTPStatus.CREATED)


@route(
    "POST",
    "/runs/{id}/notes",
    "Add a remark for people, to a run that has ended, too",
    body=mapping(["text"], text={"type": "string", "minLength": 1, "maxLength": 100_000}),
    returns=answer(run_id=TEXT),
    status=HTTPStatus.CREATED,
)
def add_note(call: Call) -> Reply:
    """The run that has it."""
    with call.workspace.writing() as tracker:
        run = call.workspace.changeable_run(call.path["id"])
        tracker.log_note(call.body["text"], run=run.run_id)
    return Reply({"run_id": run.run_id}, HTTPStatus.CREATED)


@route(
    "POST",
    "/runs/{id}/validations",
    "Record a check that was made on a run",
    body=mapping(
        ["name", "passed"],
        name={"type": "string", "minLength": 1, "maxLength": 1000},
        passed=BOOLEAN,
        num_violations=whole(0, 2**53),
        metrics=NUMBERS,
    ),
    returns=answer(run_id=TEXT),
    status=HTTPStatus.CREATED,
)
def log_validation(call: Call) -> Reply:
    """The run that it was made on."""
    given = call.body
    measured = {key: number(value) for key, value in given.get("metrics", {}).items()}
    with call.workspace.writing() as tracker:
        run = call.workspace.changeable_run(call.path["id"])
        tracker.log_validation(
            run.run_id, given["name"], given["passed"], given.get("num_violations", 0), measured
        )
    return Reply({"run_id": run.run_id}, HTTPStatus.CREATED)


def _step(given: dict[str, int | None]) -> dict[str, int | None]:
    return {"step": given["step"]} if given.get("step") is not None else {}
