"""Models and their versions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gittrack.web.data import mapped
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import BOOLEAN, OBJECT, TAGS, TEXT, TEXTS, answer, listing, mapping

_MODEL = answer(name=TEXT, versions=listing({"type": "integer"}), aliases=OBJECT)
_VERSION = answer(model=TEXT, stage=TEXT, aliases=TEXTS)


@route("GET", "/models", "All models, by name", returns=answer(models=listing(_MODEL)))
def list_models(call: Call) -> Reply:
    """The models that are not deleted."""
    found = call.workspace.tracker.models.list_models()
    return Reply({"models": [one.to_dict() for one in found]})


@route(
    "POST",
    "/models",
    "Make a model that has no version yet",
    body=mapping(["name"], name=TEXT, description=TEXT, tags=TAGS),
    returns=_MODEL,
    status=HTTPStatus.CREATED,
)
def create_model(call: Call) -> Reply:
    """The model; one that there is already stays as it is."""
    given = call.body
    with call.workspace.writing() as tracker:
        tracker.models.create_model(
            given["name"], description=given.get("description", ""), tags=_given_tags(given)
        )
        found = tracker.models.get_model(given["name"])
    return Reply(mapped(found.to_dict()), HTTPStatus.CREATED)


@route("GET", "/models/{name}", "A model with its versions, newest first", returns=_MODEL)
def get_model(call: Call) -> Reply:
    """The model, and each version's record."""
    models, name = call.workspace.tracker.models, call.path["name"]
    model = models.get_model(name)
    records = [mapped(one.to_dict()) for one in models.list_versions(name)]
    return Reply({**model.to_dict(), "records": records})


@route(
    "GET",
    "/models/{name}/versions/{version}",
    "A version of a model: a number, an alias or latest",
    returns=_VERSION,
)
def get_version(call: Call) -> Reply:
    """The version's record."""
    models = call.workspace.tracker.models
    found = models.get_version(call.path["name"], call.path["version"])
    return Reply(mapped(found.to_dict()))


@route(
    "POST",
    "/models/{name}/versions",
    "Register the next version of a model, made by a run",
    body=mapping(
        ["run_id"],
        run_id=TEXT,
        artifact=TEXT,
        description=TEXT,
        metadata=OBJECT,
        tags=TAGS,
        aliases=TEXTS,
    ),
    returns=_VERSION,
    status=HTTPStatus.CREATED,
)
def register_version(call: Call) -> Reply:
    """The version; with an artifact of the run, its content is the model's."""
    given = call.body
    with call.workspace.writing() as tracker:
        found = tracker.models.register_model(
            call.path["name"],
            metadata=given.get("metadata"),
            run_id=tracker.get_run(given["run_id"]).run_id,
            artifact=given.get("artifact"),
            description=given.get("description"),
            tags=_given_tags(given),
            aliases=given.get("aliases", ()),
        )
    return Reply(mapped(found.to_dict()), HTTPStatus.CREATED)


@route(
    "POST",
    "/models/{name}/aliases",
    "Have an alias lead to a version",
    body=mapping(["alias", "version"], alias=TEXT, version=TEXT),
    returns=_VERSION,
    status=HTTPStatus.CREATED,
)
def set_alias(call: Call) -> Reply:
    """The version to which it leads."""
    given = call.body
    with call.workspace.writing() as tracker:
        found = tracker.models.set_alias(call.path["name"], given["alias"], given["version"])
    return Reply(mapped(found.to_dict()), HTTPStatus.CREATED)


@route(
    "DELETE",
    "/models/{name}/aliases/{path}",
    "Take an alias away",
    returns=answer(deleted=TEXT),
)
def delete_alias(call: Call) -> Reply:
    """The alias that is gone."""
    with call.workspace.writing() as tracker:
        tracker.models.delete_alias(call.path["name"], call.path["path"])
    return Reply({"deleted": call.path["path"]})


@route(
    "PATCH",
    "/models/{name}/versions/{version}",
    "Describe or tag a version, or put it at a stage: None, Staging, Production or Archived",
    body=mapping(description=TEXT, tags=TAGS, stage=TEXT, archive_existing=BOOLEAN),
    returns=_VERSION,
)
def update_version(call: Call) -> Reply:
    """The version as it is now; `archive_existing` archives the others at its stage."""
    name, version, given = call.path["name"], call.path["version"], call.body
    with call.workspace.writing() as tracker:
        found = tracker.models.get_version(name, version)
        if "stage" in given:
            archive = bool(given.get("archive_existing"))
            found = tracker.models.transition_stage(name, version, given["stage"], archive)
        if "description" in given or given.get("tags"):
            found = tracker.models.update_version(
                name, version, description=given.get("description"), tags=given.get("tags")
            )
    return Reply(mapped(found.to_dict()))


def _given_tags(given: dict[str, Any]) -> dict[str, str]:
    return {key: text for key, text in given.get("tags", {}).items() if text is not None}
