"""Experiments: listed, made, described, deleted; how a study went."""

from __future__ import annotations

from http import HTTPStatus

from gittrack.shown import json_data
from gittrack.web.data import experiment_data, overview_data
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import OBJECT, TAGS, TEXT, Parameter, answer, listing, mapping

_EXPERIMENT = answer(experiment_id=TEXT, name=TEXT, description=TEXT, tags=OBJECT)
_DIRECTION = Parameter("direction", {"enum": ["min", "max"]}, "Which values are better.")


@route(
    "GET",
    "/experiments",
    "List the experiments by name, with the number of their runs",
    returns=answer(experiments=listing(_EXPERIMENT)),
)
def list_experiments(call: Call) -> Reply:
    """All experiments."""
    found = call.workspace.tracker.overviews()
    return Reply({"experiments": [overview_data(one) for one in found]})


@route(
    "POST",
    "/experiments",
    "Make an experiment, or say more about one that there is",
    body=mapping(["name"], name=TEXT, description=TEXT, tags=TAGS, facts=OBJECT),
    returns=_EXPERIMENT,
    status=HTTPStatus.CREATED,
)
def create_experiment(call: Call) -> Reply:
    """The experiment that was made."""
    given = call.body
    tags = {key: text for key, text in given.get("tags", {}).items() if text is not None}
    with call.workspace.writing() as tracker:
        name = tracker.create_experiment(
            given["name"],
            config=given.get("facts"),
            description=given.get("description", ""),
            tags=tags,
        )
        return Reply(experiment_data(tracker.get_experiment(name)), HTTPStatus.CREATED)


@route("GET", "/experiments/{id}", "An experiment, by its name or id", returns=_EXPERIMENT)
def get_experiment(call: Call) -> Reply:
    """What is known of one experiment, and how many runs it has."""
    tracker = call.workspace.tracker
    found = tracker.get_experiment(call.path["id"])
    return Reply({**experiment_data(found), "runs": tracker.count_runs(found.name)})


@route(
    "PATCH",
    "/experiments/{id}",
    "Describe or tag an experiment",
    body=mapping(description=TEXT, tags=TAGS),
    returns=_EXPERIMENT,
)
def update_experiment(call: Call) -> Reply:
    """The experiment as it is now."""
    with call.workspace.writing() as tracker:
        found = tracker.update_experiment(call.path["id"], **call.body)
    return Reply(experiment_data(found))


@route(
    "DELETE",
    "/experiments/{id}",
    "Delete an experiment with its runs; git exp experiments restore brings it back",
    returns=answer(deleted=TEXT, runs={"type": "integer"}),
)
def delete_experiment(call: Call) -> Reply:
    """How many runs it had."""
    with call.workspace.writing() as tracker:
        found = tracker.get_experiment(call.path["id"])
        count = tracker.delete_experiment(found.name)
    return Reply({"deleted": found.experiment_id, "runs": count})


@route(
    "POST",
    "/experiments/{id}/restore",
    "Bring back what the last deletion of an experiment took away, with all its runs",
    returns=_EXPERIMENT,
)
def restore_experiment(call: Call) -> Reply:
    """The experiment that is there again."""
    with call.workspace.writing() as tracker:
        found = tracker.restore_experiment(call.path["id"])
    return Reply(experiment_data(found))


@route(
    "GET",
    "/experiments/{id}/progress",
    "The best value of a metric so far, run by run",
    query=[Parameter("metric", TEXT, "The metric's key.", required=True), _DIRECTION],
    returns=answer(metric=TEXT, runs=listing(answer(run_id=TEXT))),
)
def experiment_progress(call: Call) -> Reply:
    """Each run that has the metric in the order in which they started."""
    metric = call.query["metric"]
    steps = call.workspace.tracker.best_so_far(
        call.path["id"], metric, direction=call.query["direction"]
    )
    runs = [
        {
            "run_id": step.run_id,
            "run_name": step.run_name,
            "time": step.time.isoformat(),
            "value": json_data(step.value),
            "best": json_data(step.best),
            "improved": step.improved,
        }
        for step in steps
    ]
    return Reply({"metric": metric, "runs": runs})
