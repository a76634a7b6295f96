"""`git exp models rename`: another name for a model."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelName, json_model, models
from gittrack.terminal import one_line


def command(
    context: typer.Context,
    name: ModelName,
    new_name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.")],
    json: options.Json = False,
) -> None:
    """Give a model another name.

    Versions, aliases and history go with it. The old name tells the new one."""
    console: Console = context.obj
    with models(console) as registry:
        model = registry.rename(name, new_name)
    if json:
        console.json(json_model(model))
    else:
        console.line(f"renamed  {one_line(name)}  {one_line(model.name)}")
