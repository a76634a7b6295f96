"""`git exp models show`: all that is known of a model, or of a version."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import (
    ModelOrVersion,
    json_model,
    json_version,
    model_page,
    models,
    names_version,
    version_page,
)
from gittrack.cli.pager import paged


def command(context: typer.Context, name: ModelOrVersion, json: options.Json = False) -> None:
    """Show a model with its versions, or one version.

    Of a version: what made it, its metrics, its files, and what was said of it."""
    console: Console = context.obj
    with models(console) as registry:
        if names_version(name):
            version = registry.get_version(name)
            shown, lines = json_version(version), version_page(console, version)
        else:
            model = registry.get_model(name)
            lines = model_page(console, model, registry.list_versions(name))
            shown = json_model(model)
    if json:
        console.json(shown)
        return
    with paged(console):
        for line in lines:
            console.line(line)
