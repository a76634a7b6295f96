"""The table of routes: which function answers which method and path."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from gittrack.web.refusals import RefusedRequestError
from gittrack.web.shapes import Checker, Parameter, Shape
from gittrack.web.workspace import Workspace

PREFIX = "/api/v1"
"""All routes' paths begin so."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is served: what the path, the query and the body say, checked already.

    `file` is the upload, where the route takes one; it is gone after the answer.
    """

    workspace: Workspace
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a JSON document."""

    body: Any
    status: int = HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Content:
    """An answer of bytes: a stream of that many, of a type; `name` is for the file it becomes.

    `inline` tells whether a browser may show it.
    """

    stream: BinaryIO
    size: int
    kind: str
    name: str
    inline: bool


Answer = Callable[[Call], "Reply | Content"]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its method, its path below `/api/v1` with `{names}`, what it takes and gives.

    A last `{path}` stands for all that is left of the path, slashes among it.
    """

    method: str
    path: str
    summary: str
    answer: Answer
    subject: str
    query: tuple[Parameter, ...] = ()
    body: Shape | None = None
    returns: Shape = field(default_factory=dict)
    status: int = HTTPStatus.OK
    upload: bool = False
    content: bool = False
    checker: Checker | None = None

    @property
    def name(self) -> str:
        """The operation's name."""
        return getattr(self.answer, "__name__", "")

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's parts."""
        return tuple(self.path.strip("/").split("/"))

    def match(self, given: Sequence[str]) -> dict[str, str] | None:
        """What the names in the path stand for; `None` if it is another path."""
        parts = self.segments
        if parts[-1] == "{path}" and len(given) > len(parts):
            given = [*given[: len(parts) - 1], "/".join(given[len(parts) - 1 :])]
        if len(given) != len(parts):
            return None
        found = {}
        for part, text in zip(parts, given, strict=True):
            if part.startswith("{"):
                found[part[1:-1]] = text
            elif part != text:
                return None
        return found if all(found.values()) else None


def route(
    method: str,
    path: str,
    summary: str,
    *,
    query: Sequence[Parameter] = (),
    body: Shape | None = None,
    returns: Shape | None = None,
    status: int = HTTPStatus.OK,
    upload: bool = False,
    content: bool = False,
) -> Callable[[Answer], Route]:
    """Make a function a route of the table; its module is the route's subject."""

    def made(answer: Answer) -> Route:
        subject = answer.__module__.rpartition(".")[2]
        checker = None if body is None else Checker(body)
        return Route(
            method,
            path,
            summary,
            answer,
            subject,
            tuple(query),
            body,
            returns or {},
            status,
            upload,
            content,
            checker,
        )

    return made


@cache
def table() -> tuple[Route, ...]:
    """All routes: those of the modules in `gittrack.web.routes`."""
    return tuple(_routes())


def find(method: str, given: Sequence[str]) -> tuple[Route, dict[str, str]]:
    """The route for a method and the parts of a path below `/api/v1`.

    Raises:
        RefusedRequestError: nothing is there, or it is not done by that method.
    """
    wanted = "GET" if method == "HEAD" else method
    matches = [(one, names) for one in table() if (names := one.match(given)) is not None]
    if not matches:
        raise RefusedRequestError(
            HTTPStatus.NOT_FOUND, "no_route", "there is nothing at this address"
        )
    # A part that is spelled out comes before a name: runs/search is no run's id.
    fixed = min(len(names) for _, names in matches)
    for one, names in matches:
        if one.method == wanted and len(names) == fixed:
            return one, names
    allowed = sorted({one.method for one, names in matches if len(names) == fixed})
    raise RefusedRequestError(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "wrong_method",
        f"this address is not for {method[:20]}",
        hint=f"it is for {', '.join(allowed)}",
    )


def _routes() -> Iterator[Route]:
    from gittrack.web import routes

    for module in sorted(found.name for found in pkgutil.iter_modules(routes.__path__)):
        for value in vars(import_module(f"{routes.__name__}.{module}")).values():
            if isinstance(value, Route):
                yield value
