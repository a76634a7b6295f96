"""`git exp bundle`: records in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options, syncing
from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle to write.")],
    experiment: syncing.Experiments = None,
    tags: syncing.Tags = False,
    code: syncing.Code = False,
    json: options.Json = False,
) -> None:
    """Write records with their history into one file, for machines with no network.

    It is a git bundle: git exp unbundle takes it in elsewhere, and plain git can fetch from it. All
    but the code of runs, unless some is asked for.
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        summary = tracker.bundle(file, experiments=experiment or (), tags=tags, code=code)
    if json:
        syncing.show(console, summary, json=True)
        return
    console.line(f"{inline(str(file))}: {syncing.counted(summary.went_counts)}")
