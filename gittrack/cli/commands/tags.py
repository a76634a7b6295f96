"""`git exp tags`: all labels."""

from __future__ import annotations

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.ids import short
from gittrack.model import TagRecord
from gittrack.table import aligned
from gittrack.terminal import one_line


def command(context: typer.Context, json: options.Json = False) -> None:
    """List the tags.

    How many configs bear each, which got it last, and when."""
    console: Console = context.obj
    with console.registry() as registry:
        tags = registry.tags()
    if json:
        console.json_list(_json(tag) for tag in tags)
        return
    rows = [
        [
            one_line(tag.name),
            str(tag.count),
            short(tag.newest),
            tag.updated_at[:16].replace("T", " "),
        ]
        for tag in tags
    ]
    for line in aligned(rows):
        console.line(line)


def _json(tag: TagRecord) -> dict[str, object]:
    return {
        "tag": tag.name,
        "ref": tag.ref,
        "count": tag.count,
        "newest": tag.newest,
        "updated_at": tag.updated_at,
    }
