"""`git exp config default`: the config that a schema's defaults make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.configs.manager import ConfigurationManager
from gittrack.errors import UsageError
from gittrack.query.paths import path_text
from gittrack.schemas import create_default, default_text
from gittrack.terminal import clean, inline


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SCHEMA", help="Its name in .exptrack/schema/.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if there is one.")
    ] = False,
) -> None:
    """Print the config that a schema's defaults make.

    As commented YAML: descriptions, what is allowed, and what must be filled in.
    """
    console: Console = context.obj
    manager = ConfigurationManager(console.path)
    schema = manager.schema(name)
    if output is None:
        console.write(clean(default_text(schema)))
    else:
        try:
            manager.create_default_config(name, output, force=force)
        except UsageError as error:
            raise UsageError(error.message, hint="replace it with --force") from None
        console.line(f"wrote  {inline(str(output))}")
    missing = create_default(schema).missing
    if missing:
        names = ", ".join(map(path_text, missing))
        console.note(f"no default, to be filled in: {names}")
