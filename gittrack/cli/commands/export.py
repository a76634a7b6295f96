"""`git exp export`: a config to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.ids import short
from gittrack.terminal import inline


def command(
    context: typer.Context,
    name: options.Name,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The ending decides: .yaml or .json.")
    ],
) -> None:
    """Write a config to a .yaml or .json file.

    .yaml has the object's bytes, .json all that is known about it."""
    console: Console = context.obj
    with console.registry() as registry:
        config_id = registry.export(name, file)
    console.line(f"exported  {console.paint(short(config_id), 'id')}  {inline(str(file))}")
