"""`git exp untag`: labels off a config."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import summary_line


def command(
    context: typer.Context,
    name: options.Name,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Labels to take from it.")],
) -> None:
    """Take tags from a config.

    The tags' history keeps that it had them."""
    console: Console = context.obj
    with console.registry() as registry:
        config_id = registry.untag(name, *tags)
        console.line(f"untagged  {summary_line(console, registry.get(config_id))}")
