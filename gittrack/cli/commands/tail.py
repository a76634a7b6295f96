"""`git exp tail`: a live run's records as they are logged."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from gittrack.canonical import Plain, read
from gittrack.cli import options
from gittrack.cli.console import Console, output_error
from gittrack.cli.runs import RunName, duration_text, flat, metric_text
from gittrack.dates import format_time
from gittrack.errors import UsageError
from gittrack.runs.model import FINISHED, Run
from gittrack.shown import json_data, typed_text
from gittrack.terminal import inline, json_text
from gittrack.tracking.following import RunFollower
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker

_PAUSE = 0.2  # seconds between two looks
_SHOWN = ("params", "metrics", "tags", "artifact", "validation", "note")


def _count(given: object) -> int:
    """A number of lines: 0 or more."""
    text = str(given)
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--lines takes a whole number, 0 or more, not {text!r}")
    return int(text) if len(text) < 10 else 10**9


def command(
    context: typer.Context,
    name: RunName,
    lines: Annotated[
        int, typer.Option("--lines", parser=_count, metavar="N", help="First the last N records.")
    ] = 10,
    json: options.Json = False,
) -> None:
    """Follow a live run: what it logs, as it logs it, until it ends.

    With --json, a JSON document on a line for each record. Ctrl-C stops the following, not the
    run."""
    console: Console = context.obj
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        with RunFollower(console.path, run.run_id) as follower:
            past = deque(_wanted(follower), maxlen=lines)
            if not past and follower.is_over() and not follower.ended:
                past.extend(_sealed_records(tracker, run))
            _show(console, past, json=json)
            while not follower.ended and not follower.is_over():
                time.sleep(_PAUSE)
                _show(console, _wanted(follower), json=json)
            _show(console, _wanted(follower), json=json)  # what came before the last look
        tracker.seal()  # so that a run whose process died counts as ended
        _show_end(console, tracker.get_run(run.run_id), json=json)


def _wanted(follower: RunFollower) -> Iterator[list[Any]]:
    return (event for event in follower.new_events() if event[0] in _SHOWN)


def _sealed_records(tracker: ExperimentTracker, run: Run) -> list[list[Any]]:
    """The metric records of a run whose journal is gone: values of one moment and step are one."""
    records: dict[tuple[float, int | None], dict[str, float]] = {}
    for key in run.summaries:
        for point in tracker.get_metric_history(run, key):
            records.setdefault((point.time, point.step), {})[key] = point.value
    return [
        ["metrics", round(moment * 1e6), step, values]
        for (moment, step), values in sorted(records.items(), key=lambda item: item[0][0])
    ]


def _show(console: Console, events: Iterable[list[Any]], *, json: bool) -> None:
    for event in events:
        console.line(json_text(_json(event)) if json else _text(event))
    _flush()


def _show_end(console: Console, run: Run, *, json: bool) -> None:
    if json:
        ended = None if run.end_time is None else f"{run.end_time:%Y-%m-%dT%H:%M:%S.%fZ}"
        console.line(json_text({"event": "end", "time": ended, "status": run.status}))
    elif run.end_time is None:  # on another machine, perhaps, that was not heard of for long
        console.note("nothing more comes, and the run has not ended")
    else:
        color = "new" if run.status == FINISHED else "old"
        after = duration_text(run.duration)
        console.line(f"ended {console.paint(run.status, color)} after {after}")


def _text(event: list[Any]) -> str:
    kind, _, *facts = event
    if kind == "metrics":
        step, values = facts
        shown = [f"step {step}"] if step is not None else []
        return "  ".join([*shown, *(f"{inline(k)} {metric_text(v)}" for k, v in values.items())])
    if kind == "note":
        return f"note  {inline(facts[0])}"
    if kind == "artifact":
        return f"artifact  {inline(facts[0]['path'])}  {facts[0]['size']:,} bytes"
    if kind == "validation":
        outcome = "passed" if facts[0]["passed"] else "failed"
        return f"validation  {inline(facts[0]['name'])}  {outcome}"
    if kind == "tags":
        return "  ".join(["tags", *(_tag_text(key, value) for key, value in facts[0].items())])
    values = flat(_params(facts[0])).items()
    return "  ".join(["params", *(f"{inline(k)}={inline(typed_text(v))}" for k, v in values)])


def _tag_text(key: str, value: str | None) -> str:
    return f"-{inline(key)}" if value is None else f"{inline(key)}={inline(value)}"


def _params(text: str) -> dict[str | int, Plain]:
    found = read(text.encode())
    return found if isinstance(found, dict) else {}


def _json(event: list[Any]) -> dict[str, Any]:
    kind, moment, *facts = event
    shown: dict[str, Any] = {"event": kind, "time": format_time(moment)}
    if kind == "metrics":
        return shown | {"step": facts[0], "values": json_data(facts[1])}
    return shown | {kind: json_data(_params(facts[0]) if kind == "params" else facts[0])}


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        raise output_error(error) from error
