"""Tags and pins: the names that configs have."""

from __future__ import annotations

from http import HTTPStatus

from gittrack.web.routes.configs import resolved
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import TEXT, answer, listing, mapping


@route("GET", "/tags", "All tags of configs", returns=answer(tags=listing(answer(name=TEXT))))
def list_tags(call: Call) -> Reply:
    """Each with the number of configs that bear it, and the one that was given it last."""
    with call.workspace.registry() as registry:
        found = registry.tags()
    tags = [
        {"name": one.name, "count": one.count, "newest": one.newest, "updated_at": one.updated_at}
        for one in found
    ]
    return Reply({"tags": tags})


@route("GET", "/pins", "The branch's pins", returns=answer(pins=listing(answer(name=TEXT))))
def list_pins(call: Call) -> Reply:
    """Each with its config and how it stands."""
    with call.workspace.registry() as registry:
        found = registry.pins()
    pins = [
        {
            "name": one.name,
            "config": one.config,
            "source": one.source,
            "state": one.state,
            "reason": one.reason,
        }
        for one in found
    ]
    return Reply({"pins": pins})


@route(
    "POST",
    "/pins",
    "Pin a config: a file below .exptrack/pins/ of the work tree, to be committed",
    body=mapping(["name", "config"], name=TEXT, config=TEXT),
    returns=answer(name=TEXT, config=TEXT),
    status=HTTPStatus.CREATED,
)
def set_pin(call: Call) -> Reply:
    """The pin, and the config that it named before. HEAD and the index are left alone."""
    given = call.body
    with call.workspace.registry() as registry:
        change = registry.pin(given["name"], resolved(registry, given["config"]))
    pin = {"name": change.name, "config": change.new, "before": change.old}
    return Reply(pin, HTTPStatus.CREATED)


@route(
    "DELETE",
    "/pins/{path}",
    "Take a pin away from the work tree",
    returns=answer(deleted=TEXT),
)
def delete_pin(call: Call) -> Reply:
    """The pin that is gone; git still has it where it was committed."""
    with call.workspace.registry() as registry:
        registry.unpin(call.path["path"])
    return Reply({"deleted": call.path["path"]})
