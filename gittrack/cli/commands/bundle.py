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
    artifacts: Annotated[
        bool, typer.Option("--artifacts", help="Large files in Git LFS, too: a tar of both.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Write records with their history into one file, for machines with no network.

    It is a git bundle: git exp unbundle takes it in elsewhere, and plain git can fetch from it. All
    but the code of runs, unless some is asked for. With --artifacts it is a tar of the bundle and
    the large files.
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        summary = tracker.bundle(
            file, experiments=experiment or (), tags=tags, code=code, artifacts=artifacts
        )
    if json:
        syncing.show(console, summary, json=True)
        return
    held = [syncing.counted(summary.went_counts), syncing.carried_text(summary.artifacts_went)]
    console.line(f"{inline(str(file))}: {', '.join(filter(None, held))}")
    if absent := len(summary.artifacts_went.absent):
        reason = "not here" if artifacts else "--artifacts takes them along"
        console.note(f"without {absent:,} of the large files that these records name: {reason}")
