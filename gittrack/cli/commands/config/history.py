"""`git exp config history`: the distinct configs that a file held."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.configs.history import FileVersion
from gittrack.configs.manager import ConfigurationManager
from gittrack.ids import short
from gittrack.inputs import source_name
from gittrack.table import aligned
from gittrack.terminal import one_line


def command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A YAML or JSON file.")],
    limit: options.Limit = None,
    json: options.Json = False,
) -> None:
    """Show the distinct configs that a file held.

    Newest first: when, in which commit, the config's id with a star if it is registered, by whom
    and why. Renames are followed, and what is not committed comes first. It is the file alone,
    without what it extends.
    """
    console: Console = context.obj
    manager = ConfigurationManager(console.path)
    versions = manager.history(file, limit)
    if json:
        console.json_list(map(_json, versions))
    else:
        path = source_name(Path(file), manager.root)
        with paged(console):
            for line in aligned([_row(version, path) for version in versions]):
                console.line(line)
    for version in versions:
        if not version.complete:
            console.note(
                f"the history ends with {str(version.commit)[:12]}: this clone is shallow"
                " (all of it: git fetch --unshallow)"
            )


def _row(version: FileVersion, path: str) -> list[str]:
    date = version.date[:16].replace("T", " ") if version.commit else "not committed"
    mark = "*" if version.registered else ""
    ids = ",".join(map(short, version.ids)) + mark or "-"
    text = [one_line(version.subject)] if version.subject else []
    if version.path != path:
        text.append(f"(as {one_line(version.path)})")
    if version.fault is not None:
        text.append(f"[{one_line(version.fault)}]")
    author = one_line(version.author.partition(" <")[0])
    return [date, (version.commit or "")[:7], ids, author, " ".join(text)]


def _json(version: FileVersion) -> dict[str, Any]:
    return {
        "ids": list(version.ids),
        "commit": version.commit,
        "date": version.date or None,
        "author": version.author or None,
        "subject": version.subject or None,
        "path": version.path,
        "registered": version.registered,
        "fault": version.fault,
        "complete": version.complete,
    }
