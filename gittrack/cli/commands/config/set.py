"""`git exp config set`: values changed in a config file, its comments and order kept."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.configs.manager import ConfigurationManager
from gittrack.diff import Change
from gittrack.shown import cell_text
from gittrack.terminal import inline


def command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A YAML or JSON file.")],
    values: Annotated[
        list[str],
        typer.Argument(metavar="KEY=VALUE...", help="New values; +KEY=VALUE adds, ~KEY removes."),
    ],
    no_validate: Annotated[
        bool, typer.Option("--no-validate", help="Whatever the schemas say.")
    ] = False,
) -> None:
    """Set values in a config file.

    Comments, order and formatting stay. A value is read as YAML: 0.01, '[1, 2]', true, null.
    """
    console: Console = context.obj
    changes = ConfigurationManager(console.path).set_values(file, values, validate=not no_validate)
    for change in changes:
        console.line(_line(change))
    if not changes:
        console.line(f"nothing changed: {inline(file)} says so already")


def _line(change: Change) -> str:
    old, new = inline(cell_text(change.old)), inline(cell_text(change.new))
    return f"{inline(change.text_path)}: {old} → {new}"
