"""`git exp log`: what happened, and who did it."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.model import Event
from gittrack.terminal import one_line


def command(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[CONFIG]", help="Id, prefix, tag, file or @{N}.")
    ] = None,
    limit: options.Limit = None,
    json: options.Json = False,
) -> None:
    """Show what happened, and who did it.

    The history of one config or of all: registered, described, tagged, untagged, deleted.

    A deleted config's history is found by its id.
    """
    console: Console = context.obj
    with console.registry() as registry:
        events = registry.log(name, limit=limit)
    if json:
        console.json_list(_json(event) for event in events)
        return
    with paged(console):
        for event in events:
            console.line(_line(console, event))


def _line(console: Console, event: Event) -> str:
    date = event.time[:16].replace("T", " ")
    author = one_line(event.author.partition(" <")[0])
    return (
        f"{date}  {author}  {console.paint(event.action, 'bold')}  {one_line(event.text)}".rstrip()
    )


def _json(event: Event) -> dict[str, object]:
    return {
        "time": event.time,
        "author": event.author,
        "action": event.action,
        "text": event.text,
        "commit": event.commit or None,
    }
