"""`git exp verify`: stored bytes against ids."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONFIG...]", help="Ids, prefixes, tags or @{N}; else all."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Check stored configs against their ids.

    Each must be canonical and hash to its id, in the catalogue as well as in the work tree.

    Exit status 1 when something is wrong.
    """
    console: Console = context.obj
    with console.registry() as registry:
        checked, problems = registry.verify(names or ())
    if json:
        console.json(
            {
                "ok": not problems,
                "checked": checked,
                "problems": [{"id": p.id, "place": p.place, "reason": p.reason} for p in problems],
            }
        )
    else:
        for problem in problems:
            console.line(f"bad  {inline(problem.place or problem.id)}: {inline(problem.reason)}")
        configs = f"{checked:,} config" + ("" if checked == 1 else "s")
        console.line(f"{configs} checked, {f'{len(problems):,}' if problems else 'no'} problems")
    if problems:
        raise typer.Exit(1)
