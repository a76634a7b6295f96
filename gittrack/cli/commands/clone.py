"""`git exp clone`: a repository with its records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options, syncing
from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="What git clone takes.")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where to [the repository's name].")
    ] = None,
    artifacts: syncing.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Clone a repository with its records, ready for experiments.

    As git clone; then git exp init --remote origin, git exp pull and git exp init in the clone.
    """
    from gittrack.sync.cloning import clone_with_records

    console: Console = context.obj
    with syncing.progress() as listener:
        cloned = clone_with_records(url, folder, artifacts=artifacts, listener=listener)
    if not json:
        console.line(f"cloned into {inline(str(cloned.folder))}")
        for path in cloned.prepared:
            console.line(f"  new file: {inline(path)}")
    syncing.show(console, cloned.summary, json=json)
