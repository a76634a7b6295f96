"""`git exp grep`: lines of configs by a regular expression."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.ids import short
from gittrack.terminal import clean


def command(
    context: typer.Context,
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="A basic regular expression, as for git grep.")
    ],
    ignore_case: Annotated[
        bool, typer.Option("-i", "--ignore-case", help="Case does not matter.")
    ] = False,
    fixed: Annotated[
        bool, typer.Option("-F", "--fixed-strings", help="The pattern is just a text.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Print the lines of configs that match.

    Each with the config's id and the line's number.

    Exit status 1 when nothing matches.
    """
    console: Console = context.obj
    with console.registry() as registry:
        found = registry.grep(pattern, ignore_case=ignore_case, fixed=fixed)
    if json:
        console.json_list({"id": m.id, "line": m.line, "text": m.text} for m in found)
    else:
        with paged(console):
            for match in found:
                place = f"{console.paint(short(match.id), 'id')}:{match.line}"
                console.line(f"{place}:{clean(match.text)}")
    if not found:
        raise typer.Exit(1)
