"""`git exp reproduce`: do a recorded run again and compare."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName, json_run, short_run, title
from gittrack.errors import UsageError
from gittrack.shown import json_data, number_text, typed_text
from gittrack.table import aligned
from gittrack.terminal import inline

if TYPE_CHECKING:
    from gittrack.runs.model import Run
    from gittrack.tracking.agreement import MetricComparison
    from gittrack.tracking.reproducing import Reproduction


def command(
    context: typer.Context,
    name: RunName,
    extra: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- ARG...]", help="Arguments behind the recorded ones."),
    ] = None,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[KEY=]NUMBER",
            help="Relative difference that is none, of all metrics or one; repeatable.",
        ),
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="What the record redacted; repeatable, in its order."),
    ] = None,
    link: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Link in what the record lacks (data); repeatable."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Make the work tree there.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the work tree there.")] = False,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop it then: 90, 15m, 2h.")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Do not show the program's output.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Do a recorded run again, and compare its metrics.

    Runs the recorded command on the exact recorded code, in a linked work tree of its own, as a new
    run of the same experiment. Its output goes to standard error. The exit status is 0 if it
    finishes and all recorded metrics are the same.
    """
    from gittrack.tracking.agreement import parse_tolerances
    from gittrack.tracking.naming import find_run
    from gittrack.tracking.reproducing import Replay, reproduce

    console: Console = context.obj
    replay = Replay(
        folder=folder,
        keep=keep,
        timeout=_seconds(timeout),
        extra=tuple(extra or ()),
        secrets=tuple(secret or ()),
        links=tuple(link or ()),
    )
    tolerances = parse_tolerances(tolerance or ())
    with console.tracker() as tracker, Path(os.devnull).open("wb") as nowhere:
        shown = nowhere if quiet else sys.stderr.buffer
        done = reproduce(
            tracker,
            find_run(tracker, name),
            replay,
            environment=os.environ,
            output=shown,
            errors=shown,
            tolerances=tolerances,
            started=lambda run, command: _tell_start(console, run, command),
            warn=console.note,
        )
    if json:
        console.json(_json(done))
    else:
        _show(console, done)
    _tell_end(console, done)
    return 0 if done.agrees else 1


def _tell_start(console: Console, run: Run, command: str) -> None:
    console.message(f"{title(console, run)}  started")
    console.message(f"$ {inline(command)}")


def _tell_end(console: Console, done: Reproduction) -> None:
    if done.folder is not None:
        place = inline(shlex.quote(str(done.folder)))
        console.message(f"the work tree stays; to remove it: git worktree remove --force {place}")
    if not done.metrics:
        console.note("neither run has metrics: only the exit status was compared")
    if not done.agrees and done.new.status != "KILLED":
        console.note(
            "what git ignores, secrets and large files are not part of the recorded code, "
            "and packages are those of today"
        )


def _show(console: Console, done: Reproduction) -> None:
    if done.metrics:
        heading = ["metric", "recorded", "new", "difference", "verdict"]
        for line in aligned([heading, *map(_row, done.metrics)]):
            console.line(line)
    console.line(f"{_verdict(done)}  {short_run(done.recorded)} by {short_run(done.new)}")


def _row(one: MetricComparison) -> list[str]:
    values = ["-" if value is None else typed_text(value) for value in (one.recorded, one.new)]
    return [inline(one.key), *values, _difference(one.difference), one.verdict]


def _difference(value: float | None) -> str:
    if value is None or value != value:
        return "-"
    return number_text(value) if value else "0"


def _verdict(done: Reproduction) -> str:
    if done.agrees:
        return "reproduced"
    wrong = [one for one in done.metrics if not one.agrees]
    reasons = [] if done.new.status == "FINISHED" else [f"the new run is {done.new.status}"]
    if wrong:
        reasons.append(f"{len(wrong)} of {len(done.metrics)} metrics differ or are missing")
    return f"not reproduced: {', '.join(reasons)}"


def _json(done: Reproduction) -> dict[str, Any]:
    return {
        "agrees": done.agrees,
        "exit_status": done.exit_status,
        "recorded": json_run(done.recorded),
        "new": json_run(done.new),
        "metrics": [
            {
                "metric": one.key,
                "recorded": json_data(one.recorded),
                "new": json_data(one.new),
                "difference": json_data(one.difference),
                "tolerance": json_data(one.tolerance),
                "verdict": one.verdict,
            }
            for one in done.metrics
        ],
        "absent": list(done.absent),
        "folder": None if done.folder is None else str(done.folder),
    }


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600}
    unit = units.get(text[-1:])
    number = text if unit is None else text[:-1]
    if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number)):
        raise UsageError(f"--timeout takes seconds, or as in 15m and 2h, not {text!r}")
    return float(int(number) * (unit or 1))
