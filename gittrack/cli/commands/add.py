"""`git exp add`: register configs."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.inputs import documents
from gittrack.ids import short
from gittrack.registry.results import Added
from gittrack.terminal import inline


def command(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="YAML or JSON files, folders, or - (standard input)."
        ),
    ],
    description: Annotated[
        str | None, typer.Option("-m", "--description", metavar="TEXT", help="What it is.")
    ] = None,
    tag: options.Tags = None,
    parent: Annotated[
        list[str] | None,
        typer.Option("--parent", metavar="CONFIG", help="What it was derived from; repeatable."),
    ] = None,
    commit: Annotated[
        bool, typer.Option("--commit", help="Also commit their files, and only those.")
    ] = False,
    no_worktree: options.NoWorktree = False,
    json: options.Json = False,
) -> None:
    """Register the configs in files.

    Every document of every file becomes one config.

    The same config registered again makes no second copy; a new description, tag or parent is added
    to what is known.
    """
    console: Console = context.obj
    with console.registry() as registry:
        added = registry.add_documents(
            documents(files, registry.root),
            description=description,
            tags=tag or (),
            parents=parent or (),
            worktree=not no_worktree,
            commit=commit,
        )
    if json:
        console.json_list({"id": a.id, "source": a.source, "new": a.new} for a in added)
        return
    for one in added:
        console.line(_line(console, one))


def _line(console: Console, added: Added) -> str:
    mark = "added" if added.new else "known"
    source = "standard input" if added.source is None else inline(added.source)
    return f"{mark}  {console.paint(short(added.id), 'id')}  {source}"
