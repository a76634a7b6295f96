"""The files of runs: listed, read, sent."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import PurePosixPath

from gittrack.runs.model import Artifact
from gittrack.web.refusals import RefusedRequestError
from gittrack.web.routing import Call, Content, Reply, route
from gittrack.web.shapes import BOOLEAN, TEXT, Parameter, answer, listing

_ARTIFACT = answer(path=TEXT, size={"type": "integer"}, sha256=TEXT, store=TEXT)
_IMAGES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
_TEXTS = re.compile(
    r"\.(?:txt|log|md|rst|csv|tsv|jsonl?|ya?ml|toml|ini|cfg|diff|patch|html|css|xml|tex"
    r"|py|sh|sql|r|jl|c|h|cpp|rs|go|java|js|ts)"
)
_NAME = {"type": "string", "minLength": 1}
_OTHER = "application/octet-stream"


@route(
    "GET",
    "/runs/{id}/artifacts",
    "A run's artifacts, by path",
    returns=answer(artifacts=listing(_ARTIFACT)),
)
def list_artifacts(call: Call) -> Reply:
    """Names, sizes, SHA-256, and how a browser may show them."""
    found = call.workspace.tracker.list_artifacts(call.path["id"])
    return Reply({"artifacts": [_data(one) for one in found]})


@route(
    "GET",
    "/runs/{id}/artifacts/{path}",
    "An artifact's bytes",
    content=True,
)
def read_artifact(call: Call) -> Content:
    """The bytes; images and texts may be shown, everything else is for saving."""
    tracker, path = call.workspace.tracker, call.path["path"]
    run = tracker.get_run(call.path["id"])
    stream = tracker.open_artifact(run, path)
    size = next(one.size for one in run.artifacts if one.path == path)
    kind = content_kind(path)
    return Content(stream, size, kind, PurePosixPath(path).name, inline=kind != _OTHER)


@route(
    "POST",
    "/runs/{id}/artifacts",
    "Store the bytes of the body with a run, also with one that has ended",
    query=[
        Parameter("path", _NAME, "The name that it gets, such as plots/roc.png.", required=True),
        Parameter("type", TEXT, "What it is: model, plot, …"),
        Parameter("replace", BOOLEAN, "Whether it may take the place of another, after the end."),
    ],
    returns=_ARTIFACT,
    status=HTTPStatus.CREATED,
    upload=True,
)
def add_artifact(call: Call) -> Reply:
    """The artifact as it is recorded."""
    workspace, given = call.workspace, call.query
    assert call.file is not None
    with workspace.writing() as tracker:
        run = workspace.changeable_run(call.path["id"])
        if tracker.is_open_here(run.run_id):
            tracker.log_artifact(call.file, given["path"], given["type"], run=run.run_id)
        else:
            tracker.add_artifacts(
                run, call.file, given["path"], given["type"], replace=bool(given["replace"])
            )
        found = tracker.list_artifacts(run.run_id)
    path = str(PurePosixPath(given["path"]))
    kept = next((one for one in found if one.path == path), None)
    if kept is None:
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, "bad_request", f"no artifact can be called {path!r}"
        )
    return Reply(_data(kept), HTTPStatus.CREATED)


def content_kind(path: str) -> str:
    """The media type under which a browser gets a file: images and texts as such, and everything
    else, pages among it, as bytes or as plain text."""
    suffix = PurePosixPath(path).suffix.lower()
    if _TEXTS.fullmatch(suffix):
        return "text/plain; charset=utf-8"
    return _IMAGES.get(suffix, _OTHER)


def _data(artifact: Artifact) -> dict[str, object]:
    kind = content_kind(artifact.path)
    preview = "image" if kind.startswith("image/") else "text" if kind != _OTHER else None
    return {
        "path": artifact.path,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "store": artifact.store,
        "type": artifact.artifact_type,
        "preview": preview,
    }
