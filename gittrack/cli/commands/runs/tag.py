"""`git exp runs tag`: labels on a run."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName, check_ended, json_run, parse_tags, tags_text, title
from gittrack.errors import UsageError
from gittrack.runs.model import Run
from gittrack.runs.own_tags import shown_tags
from gittrack.tracking.naming import find_run


def command(
    context: typer.Context,
    name: RunName,
    tags: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE...", help="Tags; with --remove, keys alone.")
    ],
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags away.")] = False,
    json: options.Json = False,
) -> None:
    """Put tags on a run that has ended, or take them away."""
    console: Console = context.obj
    given: dict[str, str] = {} if remove else parse_tags(tags, "a tag")
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        check_ended(run, "tag")
        changes = _removed(run, tags) if remove else given
        tracker.set_tags(changes, run=run)
        run = tracker.get_run(run.run_id)
    if json:
        console.json(json_run(run))
        return
    tags_now = shown_tags(run.tags)
    shown = f"  ({console.paint(tags_text(tags_now), 'tag')})" if tags_now else ""
    console.line(f"{'untagged' if remove else 'tagged'}  {title(console, run)}{shown}")


def _removed(run: Run, keys: list[str]) -> dict[str, None]:
    for key in keys:
        if key not in run.tags:
            hint = "with --remove, write the key alone" if "=" in key else None
            raise UsageError(f"the run {run.run_id[:12]} does not bear the tag {key!r}", hint=hint)
    return dict.fromkeys(keys)
