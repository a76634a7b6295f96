"""`git exp delete`: configs out of the listing."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.listing import summary_line
from gittrack.errors import UsageError
from gittrack.ids import short


def command(
    context: typer.Context,
    names: options.Names,
    force: Annotated[bool, typer.Option("-f", "--force", help="Do not ask.")] = False,
) -> None:
    """Delete configs; restore brings them back.

    They leave the catalogue, their tags and .exptrack/ in the work tree; the history keeps them."""
    console: Console = context.obj
    with console.registry() as registry:
        records = [registry.get(registry.resolve(name)) for name in names]
        if not force:
            _ask([summary_line(console, record) for record in records])
        ids = registry.delete(*(record.id for record in records))
    for config_id in ids:
        console.line(f"deleted  {console.paint(short(config_id), 'id')}")
    them = "it" if len(ids) == 1 else "them"
    console.message(f"bring {them} back with: git exp restore {' '.join(map(short, ids))}")


def _ask(lines: list[str]) -> None:
    if not sys.stdin.isatty():
        raise UsageError("delete asks first, and nobody is there to answer", hint="use --force")
    for line in lines:
        sys.stderr.write(f"{line}\n")
    if not typer.confirm("delete?", err=True):
        raise typer.Exit(1)
