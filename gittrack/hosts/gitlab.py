"""Notes on a merge request at GitLab."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from gittrack.hosts.comments import Comment
from gittrack.hosts.web import Api, HostError

_MOST_PAGES = 100
_QUICK_ACTION = re.compile(r"((?:^|[\r\n])\s*)/(?=\w)")


class GitLabNotes:
    """The notes of one merge request, through GitLab's REST interface."""

    longest = 1_000_000

    def __init__(
        self,
        api: str,
        project: str,
        number: int,
        token: str,
        *,
        page: str = "",
        proxies: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`project` is its id or path, `number` the request's within it, `page` its web page.

        Raises:
            UsageError: the address is not one.
        """
        self._api = Api("GitLab", api, {"PRIVATE-TOKEN": token}, proxies=proxies, sleep=sleep)
        self._notes = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
        self._page = page

    def own_comments(self) -> Iterator[Comment]:
        """The notes by the token's own user, oldest first."""
        ourselves = _number(self._api.request("GET", "/user").data, "id")
        page = "1"
        for _ in range(_MOST_PAGES):
            path = f"{self._notes}?per_page=100&sort=asc&order_by=created_at&page={page}"
            answer = self._api.request("GET", path)
            for found in answer.data if isinstance(answer.data, list) else []:
                if _author(found) == ourselves and not found.get("system"):
                    yield self._comment(found)
            page = answer.headers.get("x-next-page", "")
            if not re.fullmatch(r"\d{1,6}", page):
                return
        raise HostError(f"GitLab has more than {_MOST_PAGES} pages of notes")

    def create(self, body: str) -> Comment:
        """Write a new note."""
        return self._comment(self._api.request("POST", self._notes, _content(body)).data)

    def update(self, comment: Comment, body: str) -> Comment:
        """Replace the text of a note."""
        path = f"{self._notes}/{comment.id}"
        return self._comment(self._api.request("PUT", path, _content(body)).data)

    def _comment(self, found: Any) -> Comment:
        number = _number(found, "id")
        return Comment(number, str(found.get("body") or ""), f"{self._page}#note_{number}")


def without_quick_actions(body: str) -> str:
    """The text with no line that GitLab would obey, as it does `/merge` or `/close`."""
    return _QUICK_ACTION.sub(r"\1&#47;", body)


def _content(body: str) -> dict[str, str]:
    return {"body": without_quick_actions(body)}


def _author(found: Any) -> int | None:
    author = found.get("author") if isinstance(found, dict) else None
    number = author.get("id") if isinstance(author, dict) else None
    return number if isinstance(number, int) else None


def _number(found: Any, key: str) -> int:
    number = found.get(key) if isinstance(found, dict) else None
    if not isinstance(number, int):
        raise HostError("GitLab's answer is not as documented: is this the address of its API?")
    return number
