"""`git exp models unalias`: an alias taken away."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelName, json_model, models
from gittrack.terminal import inline, one_line


def command(
    context: typer.Context,
    name: ModelName,
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="As in churn@ALIAS.")],
    json: options.Json = False,
) -> None:
    """Take an alias away from a model; the version stays."""
    console: Console = context.obj
    with models(console) as registry:
        registry.delete_alias(name, alias)
        model = registry.get_model(name)
    if json:
        console.json(json_model(model))
    else:
        console.line(f"removed  {one_line(model.name)}@{inline(alias.removeprefix('@'))}")
