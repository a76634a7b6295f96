"""`git exp models versions`: the versions of a model."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelName, json_version, models, version_lines
from gittrack.cli.pager import paged


def command(
    context: typer.Context,
    name: ModelName,
    stage: Annotated[
        str | None,
        typer.Option(metavar="STAGE", help="Only those at it: production, staging and so on."),
    ] = None,
    json: options.Json = False,
) -> None:
    """List the versions of a model, newest first.

    Name, stage, aliases, when it was registered (UTC), run, metrics, and what it is."""
    console: Console = context.obj
    with models(console) as registry:
        found = registry.list_versions(name, stage=stage)
    if json:
        console.json_list(map(json_version, found))
        return
    with paged(console):
        for line in version_lines(found):
            console.line(line)
