"""`git exp runs restore`: a deleted run back."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import json_run, title
from gittrack.errors import UsageError
from gittrack.ids import SHORT_LENGTH

_ID = re.compile(rf"[0-9a-f]{{{SHORT_LENGTH},20}}")


def command(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="The run's id, or twelve digits of it at the least.")
    ],
    json: options.Json = False,
) -> None:
    """Bring a deleted run back, with all its files."""
    console: Console = context.obj
    if not _ID.fullmatch(name):
        raise UsageError(
            f"a deleted run is named by its id, not {name!r}",
            hint=f"write {SHORT_LENGTH} digits of it at the least, as delete printed them",
        )
    with console.tracker() as tracker:
        run = tracker.restore_run(name)
    if json:
        console.json(json_run(run))
    else:
        console.line(f"restored  {title(console, run)}")
