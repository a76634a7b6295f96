"""Stand-ins for the hosts' interfaces: they record what is asked, and answer as documented.

https://docs.github.com/en/rest/issues/comments and https://docs.gitlab.com/api/notes
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"


@dataclass(frozen=True)
class Asked:
    """One request: what was asked for, with which headers (names in lower case)."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, str]


@dataclass(frozen=True)
class Told:
    """One answer."""

    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """A host on this machine; `first` are answers to give before the host's own."""

    page = 100

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.first: list[Told] = []
        self.comments: list[dict[str, Any]] = []
        self.read_only = False
        self.lose_answers = 0
        self.address = ""

    @property
    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]

    @property
    def written(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method != "GET"]

    def answer(self, asked: Asked) -> Told | None:
        """What to say; `None`: hang up."""
        self.asked.append(asked)
        if self.first:
            return self.first.pop(0)
        if asked.method != "GET" and self.read_only:
            return Told(403, {"message": "Resource not accessible by integration"})
        told = self.own_answer(asked)
        if asked.method != "GET" and self.lose_answers:
            self.lose_answers -= 1
            return None
        return told

    def own_answer(self, asked: Asked) -> Told:
        raise NotImplementedError

    def some(self, asked: Asked) -> tuple[list[dict[str, Any]], int, int]:
        """A page of the comments, its number, and that of the last page."""
        size = min(self.page, int(asked.query.get("per_page", "30")))
        number = int(asked.query.get("page", "1"))
        last = max(1, -(-len(self.comments) // size))
        return self.comments[(number - 1) * size : number * size], number, last

    def edit(self, number: int, body: str) -> Told:
        for comment in self.comments:
            if comment["id"] == number:
                comment["body"] = body
                return Told(200, comment)
        return Told(404, {"message": "Not Found"})


class GitHub(StandIn):
    """Pull request 1 of `ada/strategies`."""

    def comment(self, body: str, login: str = BOT) -> dict[str, Any]:
        number = 1000 + len(self.comments)
        page = "https://github.example/ada/strategies/pull/1"
        made = {
            "id": number,
            "html_url": f"{page}#issuecomment-{number}",
            "body": body,
            "user": {"login": login, "id": len(login), "type": "Bot" if "[" in login else "User"},
        }
        self.comments.append(made)
        return made

    def own_answer(self, asked: Asked) -> Told:
        comments = "/repos/ada/strategies/issues/1/comments"
        if asked.headers.get("authorization") != "Bearer secret-of-ada":
            return Told(401, {"message": "Bad credentials"})
        if (asked.method, asked.path) == ("POST", comments):
            return Told(201, self.comment(asked.body["body"]))
        match = re.fullmatch(r"/repos/ada/strategies/issues/comments/(\d+)", asked.path)
        if asked.method == "PATCH" and match:
            return self.edit(int(match[1]), asked.body["body"])
        if (asked.method, asked.path) != ("GET", comments):
            return Told(404, {"message": "Not Found"})
        shown, number, last = self.some(asked)
        here = f"{self.address}{comments}?per_page={asked.query['per_page']}"
        links = [f'<{here}&page={last}>; rel="last"']
        if number < last:
            links.insert(0, f'<{here}&page={number + 1}>; rel="next"')
        return Told(200, shown, {"Link": ", ".join(links)})


class GitLab(StandIn):
    """Merge request 7 of project 42; the token's user has the id 5."""

    def comment(self, body: str, author: int = 5, system: bool = False) -> dict[str, Any]:
        made = {
            "id": 300 + len(self.comments),
            "body": body,
            "author": {"id": author, "username": f"user{author}"},
            "system": system,
        }
        self.comments.append(made)
        return made

    def own_answer(self, asked: Asked) -> Told:
        notes = "/projects/42/merge_requests/7/notes"
        if asked.headers.get("private-token") != "secret-of-ada":
            return Told(401, {"message": "401 Unauthorized"})
        if (asked.method, asked.path) == ("GET", "/user"):
            return Told(200, {"id": 5, "username": "project_42_bot"})
        if (asked.method, asked.path) == ("POST", notes):
            return Told(201, self.comment(asked.body["body"]))
        match = re.fullmatch(rf"{notes}/(\d+)", asked.path)
        if asked.method == "PUT" and match:
            return self.edit(int(match[1]), asked.body["body"])
        if (asked.method, asked.path) != ("GET", notes):
            return Told(404, {"message": "404 Not found"})
        shown, number, last = self.some(asked)
        return Told(200, shown, {"X-Next-Page": str(number + 1) if number < last else ""})


@contextmanager
def serving(host: StandIn) -> Iterator[None]:
    """The stand-in answers at `host.address` while this lasts."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            parts = urlsplit(self.path)
            told = host.answer(
                Asked(
                    self.command,
                    parts.path,
                    {name: values[0] for name, values in parse_qs(parts.query).items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    json.loads(self.rfile.read(length) or "{}"),
                )
            )
            if told is None:
                return  # nothing: the connection ends
            content = json.dumps(told.data).encode()
            self.send_response(told.status)
            for name, value in {**told.headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = respond

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
