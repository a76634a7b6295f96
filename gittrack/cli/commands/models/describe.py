"""`git exp models describe`: say what a model or a version is."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelOrVersion, json_model, json_version, models, names_version
from gittrack.terminal import one_line


def command(
    context: typer.Context,
    name: ModelOrVersion,
    description: Annotated[
        str, typer.Argument(metavar="TEXT", help="What it is; an empty text takes it away.")
    ],
    json: options.Json = False,
) -> None:
    """Say what a model or a version is.

    The history of the model's ref keeps what it was called before."""
    console: Console = context.obj
    with models(console) as registry:
        if names_version(name):
            version = registry.update_version(name, description=description)
            shown, title = json_version(version), version.reference
        else:
            model = registry.update_model(name, description=description)
            shown, title = json_model(model), model.name
    if json:
        console.json(shown)
    else:
        console.line(f"described  {one_line(title)}  {one_line(description)}".rstrip())
