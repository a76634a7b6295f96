"""Configs: found, registered, described, tagged, compared."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from gittrack.diff import MISSING
from gittrack.errors import UsageError
from gittrack.model import ConfigRecord
from gittrack.query.paths import path_text
from gittrack.registry import ExperimentRegistry
from gittrack.shown import json_change, json_data, typed_text
from gittrack.web.data import mapped
from gittrack.web.routing import Call, Reply, route
from gittrack.web.shapes import OBJECT, TEXT, TEXTS, Parameter, answer, listing, mapping, whole

_CONFIG = answer(id=TEXT, description=TEXT, tags=TEXTS, created_at=TEXT, parents=TEXTS)
_SAFE_NAME = re.compile(r"[0-9a-f]{4,64}|tag:.+|@\{\d{1,9}\}|@", re.DOTALL)


@route(
    "GET",
    "/configs",
    "Find configs, newest first",
    query=[
        Parameter("filter", TEXT, "A query, such as model.depth >= 4."),
        Parameter("tag", TEXT, "Only with this tag; repeatable.", many=True),
        Parameter("limit", whole(1, 10_000), "Configs at the most; 100 if none is given."),
    ],
    returns=answer(configs=listing(_CONFIG)),
)
def list_configs(call: Call) -> Reply:
    """Records, without the configs' values."""
    given = call.query
    with call.workspace.registry() as registry:
        found = registry.list(
            where=given["filter"], tag=given["tag"], limit=given["limit"] or 100, full=False
        )
    return Reply({"configs": [_record(one) for one in found]})


@route(
    "POST",
    "/configs",
    "Register configs, all or none; the work tree is left alone",
    body=mapping(
        ["configs"],
        configs={**listing(OBJECT), "minItems": 1, "maxItems": 10_000},
        description=TEXT,
        tags=TEXTS,
        parents=TEXTS,
    ),
    returns=answer(ids=TEXTS),
    status=HTTPStatus.CREATED,
)
def register_configs(call: Call) -> Reply:
    """Their ids, in the same order."""
    given = call.body
    with call.workspace.registry() as registry:
        parents = [resolved(registry, name) for name in given.get("parents", [])]
        ids = registry.register_many(
            given["configs"],
            description=given.get("description"),
            tags=given.get("tags", ()),
            parents=parents,
            worktree=False,
        )
    return Reply({"ids": ids}, HTTPStatus.CREATED)


@route("GET", "/configs/{id}", "A config with its values", returns=_CONFIG)
def get_config(call: Call) -> Reply:
    """What is known of it, and its values."""
    with call.workspace.registry() as registry:
        found = registry.get(resolved(registry, call.path["id"]))
    return Reply(_record(found))


@route(
    "PATCH",
    "/configs/{id}",
    "Describe a config",
    body=mapping(["description"], description=TEXT),
    returns=_CONFIG,
)
def describe_config(call: Call) -> Reply:
    """The config as it is now."""
    with call.workspace.registry() as registry:
        config_id = resolved(registry, call.path["id"])
        registry.update(config_id, call.body["description"])
        return Reply(_record(registry.get(config_id)))


@route(
    "DELETE",
    "/configs/{id}",
    "Delete a config; git exp restore brings it back",
    returns=answer(deleted=TEXTS),
)
def delete_config(call: Call) -> Reply:
    """The ids of the configs that are gone."""
    with call.workspace.registry() as registry:
        return Reply({"deleted": registry.delete(resolved(registry, call.path["id"]))})


@route(
    "GET",
    "/configs/{id}/diff/{other}",
    "What differs between two configs, typed",
    returns=answer(changes=listing(answer(path=TEXT, kind=TEXT))),
)
def compare_configs(call: Call) -> Reply:
    """The changes from the first to the second."""
    with call.workspace.registry() as registry:
        ids = [resolved(registry, call.path[name]) for name in ("id", "other")]
        found = registry.compare(*ids)
    texts = [
        {
            name: typed_text(value)
            for name, value in (("old", one.old), ("new", one.new))
            if value is not MISSING
        }
        for one in found.changes
    ]
    rows = [
        {
            "path": path_text(row.path),
            "values": [None if cell is MISSING else json_data(cell) for cell in row.cells],
        }
        for row in found.rows
    ]
    return Reply(
        {
            "ids": ids,
            "changes": [
                {**json_change(change), "texts": shown}
                for change, shown in zip(found.changes, texts, strict=True)
            ],
            "rows": rows,
        }
    )


@route(
    "POST",
    "/configs/{id}/tags",
    "Tag a config, or take tags away",
    body=mapping(add=TEXTS, remove=TEXTS),
    returns=_CONFIG,
    status=HTTPStatus.CREATED,
)
def tag_config(call: Call) -> Reply:
    """The config as it is now."""
    with call.workspace.registry() as registry:
        config_id = resolved(registry, call.path["id"])
        if call.body.get("add"):
            registry.tag(config_id, *call.body["add"])
        if call.body.get("remove"):
            registry.untag(config_id, *call.body["remove"])
        return Reply(_record(registry.get(config_id)), HTTPStatus.CREATED)


def resolved(registry: ExperimentRegistry, name: str) -> str:
    """The id of a registered config. A file's path would be a name, too, for who is on this
    machine; a client must not have files read."""
    if _SAFE_NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name[:80]!r} is no name of a config",
            hint="name it by its id, a prefix of four digits or more, tag:NAME or @{N}",
        )
    return registry.resolve(name)


def _record(record: ConfigRecord) -> dict[str, Any]:
    return mapped(record.to_dict())
