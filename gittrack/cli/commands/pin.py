"""`git exp pin`: give a config a reviewed name, or move one."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.ids import short
from gittrack.registry.pinning import PinChange
from gittrack.terminal import inline


def command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME CONFIG]", help="The pin, and a file or a config; with --update, pins."
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Move pins to what their files have now.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Pin a config: a reviewed name for it.

    A pin is a small file, .exptrack/pins/NAME.yaml, that is committed and reviewed. One that names
    a FILE watches it: git exp check fails until a change of the file has moved the pin, too.

    With --update, pins whose files changed are moved; without NAME, all of them.
    """
    console: Console = context.obj
    given = names or []
    if not update and len(given) != 2:
        raise UsageError(
            "git exp pin needs NAME and CONFIG",
            hint="as in: git exp pin prod configs/prod.yaml (to see the pins: git exp pins)",
        )
    with console.registry() as registry:
        changes = registry.update_pins(*given) if update else [registry.pin(*given)]
    if json:
        console.json_list(_json(change) for change in changes)
        return
    for change in changes:
        console.line(_line(console, change))
    if update and not changes:
        console.line("no pin names a file")


def _line(console: Console, change: PinChange) -> str:
    name, new = inline(change.name), console.paint(short(change.new), "id")
    source = f"  {inline(change.source)}" if change.source is not None else ""
    if change.old is None:
        return f"pinned  {name}  {new}{source}"
    if not change.changed:
        return f"as it was  {name}  {new}{source}"
    return f"moved  {name}  {console.paint(short(change.old), 'id')} → {new}{source}"


def _json(change: PinChange) -> dict[str, object]:
    return {
        "name": change.name,
        "old": change.old,
        "new": change.new,
        "source": change.source,
        "changed": change.changed,
        "registered": change.registered,
    }
