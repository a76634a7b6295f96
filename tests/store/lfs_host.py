"""A stand-in for a host's Git LFS: the batch API with basic transfers, on loopback.

https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from git_hosts import body_of


class LfsServer(ThreadingHTTPServer):
    """Contents by SHA-256, and the requests in the order in which they came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.contents: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.broken = 0
        self.refuses = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/team.git/info/lfs"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LfsServer  # type: ignore[assignment]

    def do_POST(self) -> None:
        asked = json.loads(body_of(self))
        operation = asked["operation"]
        self.server.requests.append(f"{operation} {len(asked['objects'])}")
        if self.server.refuses:
            self._json(403, {"message": "the quota for large files is used up"})
            return
        objects = [self._object(operation, one) for one in asked["objects"]]
        self._json(200, {"transfer": "basic", "objects": objects})

    def do_PUT(self) -> None:
        data = body_of(self)
        self.server.contents[hashlib.sha256(data).hexdigest()] = data
        self._answer(200, b"")

    def do_GET(self) -> None:
        data = self.server.contents[self.path.rpartition("/")[2]]
        start = int(self.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
        if self.server.broken and not start:
            self.server.broken -= 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self._answer(206 if start else 200, data[start:])

    def log_message(self, *_: object) -> None:
        pass

    def _object(self, operation: str, asked: dict[str, object]) -> dict[str, object]:
        known = str(asked["oid"]) in self.server.contents
        href = f"http://{self.headers['Host']}/contents/{asked['oid']}"
        if operation == "download" and not known:
            return {**asked, "error": {"code": 404, "message": "it is not here"}}
        wanted = known if operation == "download" else not known
        return {**asked, "actions": {operation: {"href": href}}} if wanted else dict(asked)

    def _json(self, status: int, data: object) -> None:
        self._answer(status, json.dumps(data).encode(), "application/vnd.git-lfs+json")

    def _answer(self, status: int, data: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def lfs_served() -> Iterator[LfsServer]:
    """A host's Git LFS while the block runs."""
    with LfsServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
