"""`git exp queries show`: one saved query."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.commands.queries.list_ import json_query
from gittrack.cli.console import Console
from gittrack.terminal import clean


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The saved query's name.")],
    json: options.Json = False,
) -> None:
    """Show a saved query as its file has it."""
    console: Console = context.obj
    with console.tracker() as tracker:
        query = tracker.saved_query(name)
    if json:
        console.json(json_query(query))
        return
    from gittrack.store.queries import encode_query

    console.write(clean(encode_query(query).decode()))
