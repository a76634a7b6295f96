"""`git exp hash`: ids of files, without registering them."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.canonical import config_id, emit
from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.inputs import documents
from gittrack.terminal import inline


def command(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="YAML or JSON files, folders, or - (standard input)."
        ),
    ],
    json: options.Json = False,
) -> None:
    """Print the ids of the configs in files.

    Registers nothing and needs no repository; the output is that of sha256sum."""
    console: Console = context.obj
    ids = [(config_id(emit(doc.data)), doc.name) for doc in documents(files)]
    if json:
        console.json_list({"id": found, "file": name} for found, name in ids)
        return
    for found, name in ids:
        console.line(f"{found}  {inline(name)}")
