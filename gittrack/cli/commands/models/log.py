"""`git exp models log`: what happened to a model, and who did it."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.events import event_line, json_event
from gittrack.cli.models import ModelName, models
from gittrack.cli.pager import paged


def command(
    context: typer.Context,
    name: ModelName,
    limit: options.Limit = None,
    json: options.Json = False,
) -> None:
    """Show what happened to a model, and who did it.

    The newest comes first. A deleted model has its history still."""
    console: Console = context.obj
    with models(console) as registry:
        events = registry.history(name)[:limit]
    if json:
        console.json_list(json_event(event) for event in events)
        return
    with paged(console):
        for event in events:
            console.line(event_line(console, event))
