"""`git exp restore`: deleted configs back."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import summary_line


def command(
    context: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids, or prefixes of four digits or more.")
    ],
    no_worktree: options.NoWorktree = False,
) -> None:
    """Bring deleted configs back.

    With their descriptions, parents and tags."""
    console: Console = context.obj
    with console.registry() as registry:
        for config_id in registry.restore(*ids, worktree=not no_worktree):
            console.line(f"restored  {summary_line(console, registry.get(config_id))}")
