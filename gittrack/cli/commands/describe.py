"""`git exp describe`: say what a config is."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import summary_line


def command(
    context: typer.Context,
    name: options.Name,
    description: Annotated[
        str, typer.Argument(metavar="TEXT", help="What it is; an empty text takes it away.")
    ],
) -> None:
    """Say what a config is.

    Its id stays, and the history keeps what it was called before."""
    console: Console = context.obj
    with console.registry() as registry:
        config_id = registry.update(name, description)
        console.line(f"described  {summary_line(console, registry.get(config_id))}")
