"""Comments on a pull request at GitHub."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gittrack.errors import UsageError
from gittrack.hosts.comments import Comment
from gittrack.hosts.web import Api, HostError

ACTIONS_BOT = "github-actions[bot]"
"""Who writes what a workflow's own token posts; no person's login has brackets."""

_MOST_PAGES = 100
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next\b')


class GitHubComments:
    """The comments of one pull request, through GitHub's REST interface."""

    longest = 65_536

    def __init__(
        self,
        api: str,
        repository: str,
        number: int,
        token: str,
        *,
        author: str = ACTIONS_BOT,
        proxies: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`repository` is `OWNER/NAME`; `author` is the login that `token` belongs to.

        Raises:
            UsageError: the address or the repository's name is not one.
        """
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
            raise UsageError(f"not the name of a GitHub repository: {repository}")
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._api = Api("GitHub", api, headers, proxies=proxies, sleep=sleep)
        self._repository = f"/repos/{repository}"
        self._number = number
        self._author = author.lower()

    def own_comments(self) -> Iterator[Comment]:
        """The comments by `author`, oldest first."""
        page = f"{self._repository}/issues/{self._number}/comments?per_page=100"
        for _ in range(_MOST_PAGES):
            answer = self._api.request("GET", page)
            for found in answer.data if isinstance(answer.data, list) else []:
                if _login(found) == self._author:
                    yield _comment(found)
            link = _NEXT.search(answer.headers.get("link", ""))
            if link is None:
                return
            page = link[1]
        raise HostError(f"GitHub has more than {_MOST_PAGES} pages of comments")

    def create(self, body: str) -> Comment:
        """Write a new comment."""
        path = f"{self._repository}/issues/{self._number}/comments"
        return _comment(self._api.request("POST", path, {"body": body}).data)

    def update(self, comment: Comment, body: str) -> Comment:
        """Replace the text of a comment."""
        path = f"{self._repository}/issues/comments/{comment.id}"
        return _comment(self._api.request("PATCH", path, {"body": body}).data)


def _login(found: Any) -> str:
    user = found.get("user") if isinstance(found, dict) else None
    login = user.get("login") if isinstance(user, dict) else None
    return login.lower() if isinstance(login, str) else ""


def _comment(found: Any) -> Comment:
    try:
        return Comment(int(found["id"]), str(found["body"] or ""), str(found["html_url"]))
    except (KeyError, TypeError, ValueError) as error:
        raise HostError("GitHub's answer is no comment: is this the address of its API?") from error
