"""Stand-ins for git hosts: bare repositories with rules, also over HTTP on loopback."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from witness import git, name_somebody, new_repository


def new_host(folder: Path, *options: str) -> Path:
    """A bare repository that others push to."""
    return new_repository(folder, bare=True, options=options)


def new_clone(host: Path | str, folder: Path, name: str = "") -> Path:
    """A clone with a name configured, and one commit if the host has none."""
    git(folder.parent, "clone", "-q", str(host), folder.name)
    name_somebody(folder)
    if name:
        git(folder, "config", "user.name", name)
    return folder


def write_hook(host: Path, name: str, script: str) -> None:
    """A hook of a host, in shell."""
    hook = host / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def write_program(path: Path, script: str) -> Path:
    """A program in shell."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def body_of(request: BaseHTTPRequestHandler) -> bytes:
    """What a client sent with a request, in one piece or in chunks."""
    if request.headers.get("Transfer-Encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))
    body = b""
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body


class _Handler(BaseHTTPRequestHandler):
    """Runs `git http-backend` as a web server would."""

    protocol_version = "HTTP/1.1"
    server: GitServer  # type: ignore[assignment]

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self.server.zipped += self.headers.get("Content-Encoding") == "gzip"
        self._serve(body_of(self))

    def log_message(self, *_: object) -> None:
        pass

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def _serve(self, body: bytes) -> None:
        self.server.requests += 1
        path, _, query = self.path.partition("?")
        refused = self.server.refusal(path, query, len(body))
        if refused is not None:
            self._answer(*refused)
            return
        variables = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ("git", "http-backend"), input=body, capture_output=True, check=False, env=variables
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = int(headers.pop("Status", "200").split(" ")[0])
        self._answer(status, content, headers)

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class GitServer(ThreadingHTTPServer):
    """Serves the repositories in a folder; refuses pushes, or large ones, if it is told to."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.read_only = False
        self.most = 1 << 30
        self.busy = 0
        """How many pushes more are told to wait."""
        self.connections = self.requests = self.zipped = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def refusal(self, path: str, query: str, size: int) -> tuple[int, bytes] | None:
        """The answer to a request that is refused."""
        if self.read_only and "git-receive-pack" in path + query:
            return 403, b"you may read only"
        if self.busy and "git-receive-pack" in path + query:
            self.busy -= 1
            return 429, b"too many requests"
        return (413, b"") if size > self.most else None


@contextmanager
def served(folder: Path) -> Iterator[GitServer]:
    """The repositories in a folder over HTTP."""
    with GitServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
