"""`git exp check`: what a reviewer or CI must be able to rely on."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.checks import formats
from gittrack.cli.console import Console
from gittrack.cli.outputs import parse_outputs, write_outputs


def command(
    context: typer.Context,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REV", help="Hold against it: no config of it may have changed or vanished."
        ),
    ] = None,
    staged: Annotated[
        bool, typer.Option("--staged", help="Check what the next commit would hold.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="REV", help="Check a commit, not the work tree.")
    ] = None,
    require_registered: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Every file that matches is registered; repeatable."),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="What to print; see below.")
    ] = "human",
    output: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT=FILE", help="Write that format to a file; repeatable."),
    ] = None,
) -> None:
    """Check configs, pins and schemas on this branch.

    Every config is canonical and hashes to its name; pins name configs that are here and that their
    files have; schemas are satisfied; records are well formed. Needs no refs of ours, so that it
    works on any clone.

    Formats: human, json, github (annotations), gitlab (code quality), junit, sarif.

    Exit status 1 when something was found.
    """
    console: Console = context.obj
    formats.FORMATS.check(format_)
    outputs = parse_outputs(output or (), formats.FORMATS.names())
    with console.registry() as registry:
        report = registry.check(
            at=at, staged=staged, base=base, require_registered=require_registered or ()
        )
    write_outputs(outputs, lambda name: formats.render(name, report))
    console.write(formats.render(format_, report, color=console.colorful))
    if not report.ok:
        raise typer.Exit(1)
