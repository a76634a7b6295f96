"""`git exp models list`: all models."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import json_model, model_lines, models
from gittrack.cli.pager import paged


def command(
    context: typer.Context,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that were deleted.")] = False,
    json: options.Json = False,
) -> None:
    """List the models by name.

    How many versions each has, where its aliases lead, and what it is."""
    console: Console = context.obj
    with models(console) as registry:
        found = registry.list_models(deleted=deleted)
    if json:
        console.json_list(map(json_model, found))
        return
    if not found and not deleted:
        console.note("there is no model yet; to make one: git exp models register MODEL PATH")
    with paged(console):
        for line in model_lines(found):
            console.line(line)
