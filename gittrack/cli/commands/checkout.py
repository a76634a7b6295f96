"""`git exp checkout`: a config back into a file to work with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(
    context: typer.Context,
    name: options.Name,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; else where it came from.")
    ] = None,
    force: Annotated[
        bool, typer.Option("-f", "--force", help="Even over a file that is not registered.")
    ] = False,
) -> None:
    """Write a config back to a file to work with.

    Without FILE, to the file it came from.

    A file whose content is not registered is not overwritten.
    """
    console: Console = context.obj
    with console.registry() as registry:
        record = registry.get(name)
        path = registry.checkout(name, file, force=force)
    console.line(f"wrote  {console.paint(record.short_id, 'id')}  {inline(_shown(path))}")


def _shown(path: Path) -> str:
    """The path as the user would write it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
