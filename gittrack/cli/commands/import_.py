"""`git exp import`: exported configs back into a registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.ids import short


def command(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Exported .yaml or .json files.")
    ],
    no_worktree: options.NoWorktree = False,
    json: options.Json = False,
) -> None:
    """Register exported configs.

    A .json file brings description, tags, author, time and parents back."""
    console: Console = context.obj
    with console.registry() as registry:
        ids = registry.import_(*files, worktree=not no_worktree)
    if json:
        console.json_list({"id": config_id} for config_id in ids)
        return
    for config_id in ids:
        console.line(f"imported  {console.paint(short(config_id), 'id')}")
