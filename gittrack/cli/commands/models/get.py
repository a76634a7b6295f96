"""`git exp models get`: a version's file or folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.models import StoredVersion
from gittrack.terminal import inline


def command(
    context: typer.Context,
    name: StoredVersion,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="PATH", help="Where the file or the folder is written."
        ),
    ],
    force: Annotated[bool, typer.Option("-f", "--force", help="Overwrite a file.")] = False,
) -> None:
    """Write the file or folder of a version to the disk.

    It is checked, and written whole or not at all. A folder needs a path that is new or empty."""
    console: Console = context.obj
    with console.tracker() as tracker:  # knows the artifacts that a version was made of
        tracker.models.fetch(name, target=output, overwrite=force)
    console.line(f"wrote  {inline(str(output))}")
