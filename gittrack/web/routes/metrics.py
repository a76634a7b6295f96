"""The histories of metrics, of one run or of many."""

from __future__ import annotations

from http import HTTPStatus

from gittrack.errors import NotFoundError
from gittrack.web.data import SERIES, series_data
from gittrack.web.refusals import RefusedRequestError
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import TEXT, Parameter, answer, listing, whole

_ALL = 10**9
_POINTS = Parameter(
    "points",
    whole(10, 1_000_000),
    "About how many points are enough for each; extremes and gaps stay. Without it, all.",
)


@route(
    "GET",
    "/runs/{id}/metrics/{path}",
    "A metric's values, in the order in which they were logged",
    query=[_POINTS],
    returns=SERIES,
)
def metric_history(call: Call) -> Reply:
    """Steps, times (seconds since the epoch) and values, as three lists."""
    tracker = call.workspace.tracker
    run, key = tracker.get_run(call.path["id"]), call.path["path"]
    points = tracker.get_metric_history(run, key)
    return Reply(series_data(run.run_id, key, points, call.query["points"] or _ALL))


@route(
    "GET",
    "/metrics",
    "Metrics of several runs at once; runs without such a metric are left out",
    query=[
        Parameter("run_id", TEXT, "A run; repeatable.", required=True, many=True),
        Parameter("key", TEXT, "A metric's key; repeatable.", required=True, many=True),
        _POINTS,
    ],
    returns=answer(series=listing(SERIES)),
)
def metric_histories(call: Call) -> Reply:
    """One series for each run and key."""
    tracker, given = call.workspace.tracker, call.query
    if len(given["run_id"]) * len(given["key"]) > 2000:
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, "bad_request", "at most 2,000 series are read at once"
        )
    found = []
    for run in map(tracker.get_run, given["run_id"]):
        for key in given["key"]:
            try:
                points = tracker.get_metric_history(run, key)
            except NotFoundError:
                continue
            found.append(series_data(run.run_id, key, points, given["points"] or _ALL))
    return Reply({"series": found})
