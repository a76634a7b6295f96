"""`git exp tag`: labels on a config."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import summary_line


def command(
    context: typer.Context,
    name: options.Name,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Labels to put on it.")],
) -> None:
    """Put tags on a config.

    Each tag is a git ref: refs/exptrack/tags/<tag>."""
    console: Console = context.obj
    with console.registry() as registry:
        config_id = registry.tag(name, *tags)
        console.line(f"tagged  {summary_line(console, registry.get(config_id))}")
