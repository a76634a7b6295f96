"""A client of the REST API over real sockets, and the server that it talks to."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gittrack.web.bodies import Limits
from gittrack.web.server import WebServer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


@dataclass
class Client:
    """Sends requests to a server; with the token unless it is told otherwise."""

    server: WebServer
    notices: list[str] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.server.token}"} if token else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(method, path, data, {**given, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Any:
        answer = self.ask("GET", f"/api/v1/{path}", **options)
        assert answer.status == 200, answer
        return answer.json

    def post(self, path: str, body: Any, **options: Any) -> Any:
        answer = self.ask("POST", f"/api/v1/{path}", body, **options)
        assert answer.status == 201, answer
        return answer.json


@contextmanager
def served(folder: Path, **options: Any) -> Iterator[Client]:
    """A server of a repository, in a thread of this process."""
    notices: list[str] = []
    with WebServer(folder, warn=notices.append, **options) as server:
        worker = threading.Thread(target=server.serve, daemon=True)
        worker.start()
        try:
            yield Client(server, notices)
        finally:
            server.stop()
            worker.join()


SMALL = Limits(document=4096, upload=4096)
