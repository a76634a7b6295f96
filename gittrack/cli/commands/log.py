"""`git exp log`: what happened, and who did it."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.events import event_line, json_event
from gittrack.cli.pager import paged


def command(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[CONFIG]", help="Id, prefix, tag, file or @{N}.")
    ] = None,
    limit: options.Limit = None,
    json: options.Json = False,
) -> None:
    """Show what happened, and who did it.

    The history of one config, or of all configs and models: registered, described, tagged, deleted.

    A deleted config's history is found by its id.
    """
    console: Console = context.obj
    with console.registry() as registry:
        events = registry.log(name, limit=limit)
    if json:
        console.json_list(json_event(event) for event in events)
        return
    with paged(console):
        for event in events:
            console.line(event_line(console, event))
