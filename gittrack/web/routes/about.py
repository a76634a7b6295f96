"""The server itself: what it serves, and its own description."""

from __future__ import annotations

from gittrack.web.description import described
from gittrack.web.routing import Call, Reply, route, table
from gittrack.web.shapes import TEXT, answer


@route("GET", "/about", "What is served", returns=answer(repository=TEXT, version=TEXT))
def about(call: Call) -> Reply:
    """The repository's name, and the version of this program."""
    from gittrack import __version__

    return Reply({"repository": call.workspace.name, "version": __version__})


@route("GET", "/openapi.json", "This description, as OpenAPI 3.1", returns=answer(openapi=TEXT))
def openapi(call: Call) -> Reply:  # noqa: ARG001 - every route takes the call
    """All routes, what they take and what they give."""
    return Reply(described(table()))
