"""`git exp list`: the registered configs."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import show_list
from gittrack.index.select import Filter


def command(
    context: typer.Context,
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
    """List the registered configs, newest first."""
    console: Console = context.obj
    wanted = Filter(tuple(tag or ()), since, until, author, where, (), limit)
    with console.registry() as registry:
        show_list(console, registry, wanted, json=json, full=full, line_format=line_format)
