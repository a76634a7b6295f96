"""`git exp models restore`: a deleted model or version brought back."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelOrVersion, json_model, json_version, models, names_version
from gittrack.terminal import one_line


def command(context: typer.Context, name: ModelOrVersion, json: options.Json = False) -> None:
    """Bring a deleted model or version back.

    A version is named by its number; its aliases are not given back. A model comes back with all
    its versions and aliases."""
    console: Console = context.obj
    with models(console) as registry:
        if names_version(name):
            version = registry.restore_version(name)
            shown, title = json_version(version), version.reference
        else:
            model = registry.restore_model(name)
            shown, title = json_model(model), model.name
    if json:
        console.json(shown)
    else:
        console.line(f"restored  {one_line(title)}")
