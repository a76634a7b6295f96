"""`git exp comment`: a review as the one comment of a pull or merge request."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gittrack.cli.console import Console
from gittrack.errors import GittrackError, UsageError
from gittrack.terminal import inline

if TYPE_CHECKING:
    from gittrack.hosts.comments import CommentHost


_SET_BY_HOST = "in a CI job for a pull or merge request, the host sets it"
_SET_BY_YOU = "it holds the token to write the comment with"


def command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Markdown, or - (standard input).")],
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="github or gitlab; else that of this CI job."),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(metavar="N", help="Which request; else that of this CI job."),
    ] = None,
    marker: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="An HTML comment that tells this comment from others."),
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(metavar="LOGIN", help="At GitHub: whose token it is, if not the workflow's."),
    ] = None,
    update_only: Annotated[
        bool, typer.Option("--update-only", help="Post nothing where there is no comment yet.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look, and say what would be done.")
    ] = False,
) -> None:
    """Post a review to the pull or merge request of this CI job, as one comment.

    Later runs update that comment. It is found by the marker in its first line and by its author:
    what somebody else wrote is never touched.

    Exit status 1 when the token may not write, as in a pull request from a fork.
    """
    # The overview loads every command, and these load TLS.
    from gittrack.hosts.comments import MARKER, post
    from gittrack.hosts.web import NotAllowedError

    console: Console = context.obj
    text = _read(file)
    request = _request(host, number, author)
    try:
        posted = post(request, text, marker or MARKER, update_only=update_only, dry_run=dry_run)
    except NotAllowedError as error:
        console.message(f"not allowed  {inline(error.message)}")
        raise typer.Exit(1) from error
    if posted.action == "none":
        console.line("no comment yet, and none posted")
        return
    action = f"would be {posted.action}" if dry_run else posted.action
    console.line(f"{action}  {inline(posted.url)}".rstrip())


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise GittrackError(f"{file}: not valid UTF-8", hint="a comment is text") from error


def _request(host: str | None, number: int | None, author: str | None) -> CommentHost:
    """The pull or merge request that this job is for."""
    if number is not None and number < 1:
        raise UsageError(f"--number takes the number of a request, not {number}")
    given = host or _host_of_job()
    if given == "gitlab":
        if author is not None:
            raise UsageError("--author is for GitHub", hint="GitLab says itself whose token it is")
        return _gitlab(number)
    if given == "github":
        return _github(number, author)
    raise UsageError(f"there is no host {given!r}", hint="known are github and gitlab")


def _host_of_job() -> str:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    if os.environ.get("GITLAB_CI") == "true":
        return "gitlab"
    raise UsageError(
        "no CI job of GitHub or GitLab", hint="say which: --host github or --host gitlab"
    )


def _github(number: int | None, author: str | None) -> CommentHost:
    from gittrack.hosts.github import ACTIONS_BOT, GitHubComments

    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    return GitHubComments(
        api,
        _variable("GITHUB_REPOSITORY"),
        number or _pull_request(),
        _variable("GITHUB_TOKEN", hint=_SET_BY_YOU),
        author=author or ACTIONS_BOT,
        proxies=_proxies(api),
    )


def _gitlab(number: int | None) -> CommentHost:
    from gittrack.hosts.gitlab import GitLabNotes

    api = _variable("CI_API_V4_URL")
    request = number or int(_variable("CI_MERGE_REQUEST_IID", r"[0-9]{1,12}"))
    # In a fork's pipeline, CI_PROJECT_ID is the fork; the request is in the project it goes to.
    project = os.environ.get("CI_MERGE_REQUEST_PROJECT_ID") or _variable("CI_PROJECT_ID")
    page = os.environ.get("CI_MERGE_REQUEST_PROJECT_URL") or os.environ.get("CI_PROJECT_URL", "")
    token = os.environ.get("GITTRACK_TOKEN") or _variable("GITLAB_TOKEN", hint=_SET_BY_YOU)
    return GitLabNotes(
        api,
        project,
        request,
        token,
        page=f"{page}/-/merge_requests/{request}",
        proxies=_proxies(api),
    )


def _variable(name: str, form: str = ".+", hint: str = _SET_BY_HOST) -> str:
    value = os.environ.get(name, "")
    if re.fullmatch(form, value):
        return value
    raise UsageError(f"{name} is {'no number' if value else 'not set'}", hint=hint)


def _pull_request() -> int:
    """The number of the pull request that started this workflow."""
    event = _event(os.environ.get("GITHUB_EVENT_PATH", ""))
    request = event.get("pull_request") or event.get("issue")
    number = request.get("number") if isinstance(request, dict) else None
    if isinstance(number, int) and number > 0:
        return number
    if match := re.fullmatch(r"refs/pull/(\d{1,12})/\w+", os.environ.get("GITHUB_REF", "")):
        return int(match[1])
    raise UsageError("this workflow's event is no pull request", hint="say which: --number N")


def _event(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_bytes())
    except ValueError as error:
        raise GittrackError(f"{path}: not the JSON of an event") from error
    return event if isinstance(event, dict) else {}


def _proxies(api: str) -> Mapping[str, str]:
    """The proxies that this machine uses for that address."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    try:
        name = urlsplit(api).hostname
    except ValueError:
        name = None
    return {} if name is None or proxy_bypass(name) else getproxies()
