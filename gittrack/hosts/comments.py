"""The one comment that a program keeps up to date on a pull or merge request."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from gittrack.errors import GittrackError, UsageError
from gittrack.hosts.web import UnavailableError

MARKER = "<!-- gittrack-review -->"
"""The first line of a review, by which its comment is found again."""

_MARKER_FORM = re.compile(r"<!-- (?!-?>)(?:(?!--)[\x20-\x7e])+ -->")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the host has it; `url` is its page."""

    id: int
    body: str
    url: str


class CommentHost(Protocol):
    """One pull or merge request at a host."""

    @property
    def longest(self) -> int:
        """How many characters a comment may have."""

    def own_comments(self) -> Iterable[Comment]:
        """The comments that we ourselves wrote, oldest first; nobody else's, whatever it says."""

    def create(self, body: str) -> Comment:
        """Write a new comment.

        Raises:
            UnavailableError: it may have been written, or not.
        """

    def update(self, comment: Comment, body: str) -> Comment:
        """Replace the text of a comment of ours."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What was done with the comment, or, tried dry, what would be done.

    `none`: there is none, and none was asked for; `url` is empty then.
    """

    action: Literal["posted", "updated", "unchanged", "none"]
    url: str


def marked(text: str, marker: str = MARKER) -> str:
    """The text with the marker as its first line.

    Raises:
        UsageError: the marker is no HTML comment on one line.
    """
    if not _MARKER_FORM.fullmatch(marker):
        raise UsageError(
            f"not a marker: {marker}", hint="it is one HTML comment, as in <!-- sharpe-review -->"
        )
    return text if _first_line(text) == marker else f"{marker}\n{text}"


def post(
    host: CommentHost,
    text: str,
    marker: str = MARKER,
    *,
    update_only: bool = False,
    dry_run: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Posted:
    """Make the request's one comment with this marker say `text`.

    Ours is the oldest comment that we wrote and whose first line is the marker. However often this
    is called, and whatever the host's failures, it writes one comment; with `update_only`, none
    where there is none yet.

    Raises:
        GittrackError: the text is longer than the host takes; nothing was sent.
        NotAllowedError: the token may not write here.
        HostError: the host did not do it.
    """
    body = marked(text, marker)
    if _length(body) > host.longest:
        raise GittrackError(
            f"the comment has {_length(body):,} characters, and the host takes {host.longest:,}",
            hint=f"make it shorter: git exp review --max-chars {host.longest - len(marker) - 1}",
        )
    pauses = [4, 2]
    while True:
        if found := _find(host, marker):
            return _update(host, found, body, dry_run)
        if update_only or dry_run:
            return Posted("none" if update_only else "posted", "")
        try:
            return Posted("posted", host.create(body).url)
        except UnavailableError:  # written or not? The next attempt looks first.
            if not pauses:
                raise
            sleep(pauses.pop())


def _find(host: CommentHost, marker: str) -> Comment | None:
    return next((c for c in host.own_comments() if _first_line(c.body) == marker), None)


def _update(host: CommentHost, found: Comment, body: str, dry_run: bool) -> Posted:
    if _plain(found.body) == _plain(body):
        return Posted("unchanged", found.url)
    return Posted("updated", found.url if dry_run else host.update(found, body).url)


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip()


def _plain(text: str) -> str:
    """The text without what hosts change: the kind of line ends, and white space at the end."""
    return text.replace("\r\n", "\n").rstrip()


def _length(text: str) -> int:
    """UTF-16 units: never fewer than the characters that a host counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
