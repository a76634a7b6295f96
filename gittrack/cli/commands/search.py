"""`git exp search`: configs in which words are found."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import show_list
from gittrack.errors import UsageError
from gittrack.index.select import Filter


def command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD...]", help="Texts or numbers; all must be found."),
    ] = None,
    tag: options.WithTags = None,
    since: options.Since = None,
    until: options.Until = None,
    author: options.Author = None,
    where: options.Where = None,
    limit: options.Limit = None,
    line_format: options.Format = None,
    full: options.Full = False,
    json: options.Json = False,
) -> None:
    """Find configs by words.

    Looks at ids, tags, descriptions, sources, keys and values.

    Exit status 1 when nothing is found.
    """
    console: Console = context.obj
    wanted = Filter(tuple(tag or ()), since, until, author, where, tuple(words or ()), limit)
    if wanted == Filter(limit=limit):
        raise UsageError(
            "search for what?", hint="give a word, --where, --tag or another condition"
        )
    with console.registry() as registry:
        count = show_list(console, registry, wanted, json=json, full=full, line_format=line_format)
    if not count:
        raise typer.Exit(1)
