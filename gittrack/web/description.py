"""The OpenAPI 3.1 description, made from the table of routes; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gittrack.web.routing import PREFIX, Route
from gittrack.web.shapes import TEXT, Parameter, answer

_ERROR = answer(error=answer(code=TEXT, message=TEXT))


def described(routes: Iterable[Route]) -> dict[str, Any]:
    """The description of these routes."""
    paths: dict[str, dict[str, Any]] = {}
    for one in routes:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gittrack",
            "version": "1",
            "description": "Runs, configs and models of one git repository.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Route) -> dict[str, Any]:
    kind = "application/octet-stream" if one.content else "application/json"
    good: dict[str, Any] = {"description": "Done."}
    if not one.content:
        good["content"] = {kind: {"schema": one.returns}}
    wrong = {
        "description": "It was not done; error says why.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    operation: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.subject],
        "summary": one.summary,
        "parameters": [*_in_path(one), *map(_in_query, one.query)],
        "responses": {str(int(one.status)): good, "default": wrong},
    }
    if one.method not in ("GET", "DELETE"):
        operation["parameters"].append(_KEY)
    if one.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": one.body}},
        }
    elif one.upload:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    return operation


_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key once more gives the first answer, and does nothing.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}


def _in_path(one: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": part[1:-1],
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }
        for part in one.segments
        if part.startswith("{")
    ]


def _in_query(parameter: Parameter) -> dict[str, Any]:
    shape = {"type": "array", "items": parameter.shape} if parameter.many else parameter.shape
    if parameter.many and parameter.required:
        shape = {**shape, "minItems": 1}
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": shape,
    }
