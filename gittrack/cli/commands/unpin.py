"""`git exp unpin`: take pins away."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Pins.")],
) -> None:
    """Take pins away.

    Their configs stay. All of them, or none where one does not exist.
    """
    console: Console = context.obj
    with console.registry() as registry:
        for name in registry.unpin(*names):
            console.line(f"unpinned  {inline(name)}")
