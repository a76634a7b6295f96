"""`git exp show`: one config and all that is known about it."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.canonical import emit
from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.ids import short
from gittrack.model import ConfigRecord
from gittrack.registry.portable import to_json_value
from gittrack.terminal import clean, one_line


def command(
    context: typer.Context,
    name: options.Name,
    yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the object's bytes: sha256sum of them is the id.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show a config and all that is known of it."""
    console: Console = context.obj
    with console.registry() as registry:
        record = registry.get(name)
    if json and yaml:
        raise UsageError("--json and --yaml cannot go together: leave out one of the two")
    if json:
        console.json(to_json_value(record))
        return
    data = emit(record.config or {})
    if yaml:
        console.write_bytes(data)
        return
    with paged(console):
        console.write("\n".join(_heading(console, record)) + "\n\n")
        console.write(data.decode())


def _heading(console: Console, record: ConfigRecord) -> list[str]:
    lines = [f"config {console.paint(record.id, 'id')}"]
    if record.tags:
        lines.append(f"Tags:    {console.paint(', '.join(map(one_line, record.tags)), 'tag')}")
    if record.author:
        lines.append(f"Author:  {one_line(record.author)}")
    date = record.created_at[:19].replace("T", " ")
    lines.append(f"Date:    {date} UTC" if date else "Date:    not registered")
    if record.source:
        lines.append(f"Source:  {one_line(record.source)}")
    lines += [f"Parent:  {short(parent)}" for parent in record.parents]
    if record.description:
        lines += ["", *(f"    {line}" for line in clean(record.description).splitlines())]
    return lines
