"""`git exp models stage`: how far a version has come."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import ModelName, VersionName, json_version, models, version_line


def command(
    context: typer.Context,
    name: ModelName,
    version: VersionName,
    stage: Annotated[
        str, typer.Argument(metavar="STAGE", help="none, staging, production or archived.")
    ],
    archive: Annotated[
        bool, typer.Option("--archive-existing", help="Archive the others that are there.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Put a version at a stage."""
    console: Console = context.obj
    with models(console) as registry:
        found = registry.transition_stage(name, version, stage, archive)
    if json:
        console.json(json_version(found))
    else:
        console.line(f"{version_line(console, 'changed', found)}  {found.stage}")
