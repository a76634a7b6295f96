"""`git-exp pre-push`: what git calls before a push, where `git exp init --hook` asked for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gittrack.cli.complaints import DONE, NO
from gittrack.cli.console import Console
from gittrack.cli.syncing import lines
from gittrack.errors import GittrackError
from gittrack.git.repository import discover
from gittrack.sync.hook import REQUIRE, how, pushed_tips
from gittrack.terminal import inline


def before_push(console: Console, arguments: Sequence[str]) -> int:
    """Send the records that are needed; the exit status for git: whether the push may go on.

    Arguments and input are those of git's `pre-push` hook. What it says goes to standard error.
    """
    remote = arguments[0] if arguments else ""
    way = how(discover(), remote) if remote else None
    tips = pushed_tips(sys.stdin) if way else []
    if not tips:
        return DONE
    try:
        with console.tracker() as tracker:
            summary = tracker.push_needed(remote, tips)
    except GittrackError as error:
        console.message(
            f"{'error' if way == REQUIRE else 'note'}: records were not sent: "
            f"{inline(error.message)}"
        )
        if error.hint:
            console.message(f"hint: {inline(error.hint)}")
        if way == REQUIRE:
            console.message("hint: to push without them: git push --no-verify")
        return NO if way == REQUIRE else DONE
    for line in lines(summary) if summary is not None else ():
        console.message(f"records: {line}")
    return DONE
