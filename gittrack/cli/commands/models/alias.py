"""`git exp models alias`: a name that leads to a version."""

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
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="As in churn@ALIAS.")],
    json: options.Json = False,
) -> None:
    """Have an alias lead to a version, wherever it led before."""
    console: Console = context.obj
    with models(console) as registry:
        found = registry.set_alias(name, alias.removeprefix("@"), version)
    if json:
        console.json(json_version(found))
    else:
        console.line(version_line(console, "changed", found))
