"""`git exp unbundle`: a file's records taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options, syncing
from gittrack.cli.console import Console


def command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What git exp bundle wrote.")],
    experiment: syncing.Experiments = None,
    tags: syncing.Tags = False,
    code: syncing.Code = False,
    dry_run: syncing.DryRun = False,
    porcelain: syncing.Porcelain = False,
    json: options.Json = False,
) -> None:
    """Take in the records of a file, merged with what is here.

    What is damaged is refused; nothing here is overwritten.
    """
    console: Console = context.obj
    syncing.check_formats(json=json, porcelain=porcelain)
    with console.tracker() as tracker:
        summary = tracker.unbundle(
            file, experiments=experiment or (), tags=tags, code=code, dry_run=dry_run
        )
    syncing.show(console, summary, json=json, porcelain=porcelain)
