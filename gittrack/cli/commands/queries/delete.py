"""`git exp queries delete`: take saved queries away."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Saved queries.")],
) -> None:
    """Take saved queries away.

    All of them, or none where one does not exist; git has what was committed.
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        tracker.delete_queries(*names)
    for name in names:
        console.line(f"deleted  {inline(name)}")
