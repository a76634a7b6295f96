"""What went wrong, as a client reads it: a status, and `{"error": {…}}`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gittrack import errors

_STATUS: tuple[tuple[type[errors.GittrackError], int, str], ...] = (
    (errors.QueryError, HTTPStatus.BAD_REQUEST, "bad_query"),
    (errors.AmbiguousError, HTTPStatus.CONFLICT, "ambiguous"),
    (errors.NotFoundError, HTTPStatus.NOT_FOUND, "not_found"),
    (errors.UsageError, HTTPStatus.BAD_REQUEST, "bad_request"),
    (errors.ValueRefusedError, HTTPStatus.BAD_REQUEST, "bad_value"),
    (errors.SourceError, HTTPStatus.BAD_REQUEST, "bad_value"),
    (errors.ConflictError, HTTPStatus.CONFLICT, "conflict"),
    (errors.RepositoryError, HTTPStatus.INTERNAL_SERVER_ERROR, "repository"),
)
"""The first kind that an error is of counts."""


class RefusedRequestError(errors.UsageError):
    """A request that is not served; `status` is HTTP's, `code` names the reason in a word."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, *, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


def status_of(error: errors.GittrackError) -> tuple[int, str]:
    """The HTTP status that an error means, and its code."""
    if isinstance(error, RefusedRequestError):
        return error.status, error.code
    found = ((status, code) for kind, status, code in _STATUS if isinstance(error, kind))
    return next(found, (HTTPStatus.INTERNAL_SERVER_ERROR, "internal"))


def error_body(error: errors.GittrackError) -> dict[str, Any]:
    """What the client is told: code, message, hint; of a query its column, of names the others."""
    told: dict[str, Any] = {"code": status_of(error)[1], "message": error.message}
    if error.hint is not None:
        told["hint"] = error.hint
    if isinstance(error, errors.QueryError):
        told |= {"column": error.column, "query": error.query}
    if isinstance(error, errors.AmbiguousError):
        told["candidates"] = list(error.candidates)
    if isinstance(error, errors.ValueRefusedError) and error.path:
        told["path"] = error.path
    return {"error": told}
