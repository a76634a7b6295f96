"""One connection of a browser or client: requests checked, answered and written out."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from gittrack.errors import GittrackError, UsageError
from gittrack.web import pages
from gittrack.web.bodies import Limits, length_of, read_document, uploaded
from gittrack.web.guard import Access
from gittrack.web.idempotency import Answered
from gittrack.web.refusals import RefusedRequestError, error_body, status_of
from gittrack.web.routing import PREFIX, Call, Content, Reply, Route, find
from gittrack.web.shapes import read_json
from gittrack.web.workspace import Workspace

_IDLE = 60  # seconds after which a silent connection is closed
_MANY = 2000  # parameters in a query

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""Of what the repository holds, nothing runs, wherever it is opened."""


@dataclass(frozen=True, slots=True)
class Service:
    """What all connections of a server share."""

    workspace: Workspace
    access: Access
    complain: Callable[[str], None]
    limits: Limits = field(default_factory=Limits)
    answered: Answered = field(default_factory=Answered)


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "gittrack"
    sys_version = ""
    timeout = _IDLE
    wbufsize = 1 << 16  # head and body in one piece: else the client's delayed receipt costs 40 ms
    disable_nagle_algorithm = True
    service: Service

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Requests are not logged."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server refuses by itself is told as everything else is."""
        del explain
        self.close_connection = True
        reason = message or HTTPStatus(code).phrase
        status, kind = HTTPStatus(code), "bad_request"
        if status is HTTPStatus.NOT_IMPLEMENTED:  # a method that nothing here knows
            status, kind = HTTPStatus.METHOD_NOT_ALLOWED, "wrong_method"
        self._send_json(status, error_body(RefusedRequestError(status, kind, reason)))

    def answer(self) -> None:
        """Answer one request."""
        self._unread = True
        try:
            self._answer()
        except GittrackError as error:
            self._refuse(error)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - told to both sides, and the server goes on
            self.service.complain(f"{self.command} {self.path[:200]}: {error!r}")
            self._refuse(GittrackError("the server failed at this; its terminal says why"))

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.service.access.check_call(self.command, headers)
        path, _, query = self.path.partition("?")
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            self._send_page(path, headers)
            return
        self.service.access.check_token(self.command, headers)
        parts = [_decoded(part) for part in path.removeprefix(PREFIX).strip("/").split("/")]
        found, names = find(self.command, parts)
        given = _read_query(found, query)
        reply = self._done(found, names, given, headers)
        if isinstance(reply, Content):
            self._send_content(reply)
        else:
            self._send_json(reply.status, reply.body, headers.get("if-none-match"))

    def _done(
        self, found: Route, names: Mapping[str, str], given: Mapping[str, Any], headers: Any
    ) -> Reply | Content:
        most = self.service.limits.upload if found.upload else self.service.limits.document
        length = length_of(
            self.headers.get_all("Content-Length", []),
            self.headers.get_all("Transfer-Encoding", []),
            most,
        )
        if found.upload:
            with uploaded(self.rfile, length) as (file, digest):
                self._unread = False
                call = Call(self.service.workspace, names, given, file=file)
                return self._once(found, call, headers, digest)
        data = read_document(self.rfile, length)
        self._unread = False
        body = None
        if found.checker is not None:
            body = read_json(data)
            found.checker.check(body, "the body")
        call = Call(self.service.workspace, names, given, body)
        return self._once(found, call, headers, hashlib.sha256(data).hexdigest())

    def _once(self, found: Route, call: Call, headers: Any, digest: str) -> Reply | Content:
        key = headers.get("idempotency-key")
        if key is None or found.method == "GET":
            return found.answer(call)
        request = f"{self.command} {self.path} {digest}"
        return self.service.answered.once(key, request, lambda: found.answer(call))

    # Writing

    def _refuse(self, error: GittrackError) -> None:
        # What was not read of the body would be taken for the next request.
        self.close_connection = self.close_connection or self._unread
        with suppress(ConnectionError, TimeoutError):
            self._send_json(status_of(error)[0], error_body(error))

    def _send_json(self, status: int, body: Any, known: str | None = None) -> None:
        data = json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
        tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        if known == tag and status == HTTPStatus.OK:
            self._head(HTTPStatus.NOT_MODIFIED, {"ETag": tag})
            return
        headers = {"Content-Type": "application/json", "ETag": tag}
        if status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        self._head(status, headers, len(data))
        self._write(data)

    def _send_page(self, path: str, headers: Mapping[str, str]) -> None:
        asset = pages.asset_at(path) if self.command in ("GET", "HEAD") else None
        if asset is None:
            raise RefusedRequestError(
                HTTPStatus.NOT_FOUND, "no_page", "there is nothing at this address"
            )
        tag = f'"{asset.tag}"'
        told = {"Content-Type": asset.kind, "ETag": tag, "Content-Security-Policy": _PAGE_POLICY}
        if headers.get("if-none-match") == tag:
            self._head(HTTPStatus.NOT_MODIFIED, told)
            return
        self._head(HTTPStatus.OK, told, len(asset.data))
        self._write(asset.data)

    def _send_content(self, content: Content) -> None:
        shown = "inline" if content.inline else "attachment"
        with content.stream as stream:
            named = f"{shown}; filename*=UTF-8''{quote(content.name, safe='')}"
            told = {"Content-Type": content.kind, "Content-Disposition": named}
            self._head(HTTPStatus.OK, told, content.size)
            if self.command == "HEAD":
                return
            try:
                shutil.copyfileobj(stream, self.wfile)
            except GittrackError as error:
                # The head is sent: only an end that comes too soon can tell the client.
                self.close_connection = True
                self.service.complain(error.message)

    def _head(self, status: int, headers: Mapping[str, str], length: int | None = None) -> None:
        self.send_response(status)
        told = {
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": _DATA_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            **headers,
        }
        if length is not None:
            told["Content-Length"] = str(length)
        if self.close_connection:
            told["Connection"] = "close"
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()

    def _write(self, data: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(data)


def _decoded(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise UsageError("the address is not UTF-8") from None


def _read_query(found: Route, text: str) -> dict[str, Any]:
    """The parameters of a query by name.

    Raises:
        UsageError: one is unknown, missing or not of its shape.
    """
    try:
        given = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MANY)
    except ValueError:  # a UnicodeDecodeError is one, too
        raise UsageError("the query of the address cannot be read") from None
    known = {parameter.name for parameter in found.query}
    unknown = sorted(given.keys() - known)
    if unknown:
        hint = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise UsageError(f"there is no parameter {unknown[0][:80]!r} here", hint=hint)
    return {one.name: one.read(given.get(one.name, [])) for one in found.query}
