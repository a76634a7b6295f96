"""The server: listens, serves each connection in a thread of its own, and ends cleanly."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gittrack.closing import Closing
from gittrack.errors import UsageError
from gittrack.web.bodies import Limits
from gittrack.web.guard import Access, is_loopback
from gittrack.web.handler import Handler, Service
from gittrack.web.workspace import Workspace

_CONNECTIONS = 100
"""Connections at the same time; a browser keeps six."""

_TOKEN = 8
"""Characters that a token has at least."""


class WebServer(Closing):
    """Serves a repository's page and REST API.

    Args:
        path: the repository, or any folder in it; without one, the current folder decides.
        host: the address to listen at; beyond loopback, reading needs the token, too.
        port: where to listen; 0 takes one that is free.
        token: what a client must know in order to write; a new one if none is given.
        names: further names by which browsers call this server.
        warn: takes one-line notices.
        progress: told how far the building of an index is: done, in all.
        limits: how large requests' bodies may be.

    Raises:
        RepositoryError: there is no repository that can be used.
        UsageError: the token is too short, or nobody can listen there.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        names: Iterable[str] = (),
        warn: Callable[[str], None] = lambda _: None,
        progress: Callable[[int, int], None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        if token is not None and (len(token) < _TOKEN or not token.isascii() or " " in token):
            raise UsageError(
                f"the token needs {_TOKEN} ASCII characters or more, without spaces",
                hint="leave it out: a good one is made",
            )
        self.token = token or secrets.token_urlsafe(24)
        self.loopback = is_loopback(host)
        own = () if self.loopback else (socket.gethostname(), socket.getfqdn())
        known = frozenset(name.lower() for name in (*names, *own))
        self._workspace = Workspace(path, warn, progress)
        access = Access(self.token, self.loopback, known)
        service = Service(self._workspace, access, warn, limits or Limits())
        try:
            self._server = _server(host, port, service)
        except OSError as error:
            self._workspace.close()
            raise UsageError(
                f"cannot listen at {host} port {port}: {(error.strerror or str(error)).lower()}",
                hint="choose another one: --port, --host",
            ) from error
        self._host = host

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """The page's address: of a server that listens everywhere, by this machine's name."""
        host = socket.gethostname() if self._host in ("0.0.0.0", "::") else self._host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def link(self) -> str:
        """The page's address with the token behind `#`, which no browser sends anywhere."""
        return f"{self.address}#token={self.token}"

    def serve(self) -> None:
        """Serve until `stop` is called."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Have `serve` return; call it from another thread."""
        self._server.shutdown()

    def close(self) -> None:
        """Listen no longer, and end the git processes. Runs that clients have open are closed as
        `KILLED`, with all that they logged, by the next command once this process has ended."""
        self._server.server_close()
        self._workspace.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(timeout=5):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to tell."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server(host: str, port: int, service: Service) -> _Server:
    handler = type("ServiceHandler", (Handler,), {"service": service})
    kind = _Server6 if ":" in host else _Server
    return kind((host, port), handler)
