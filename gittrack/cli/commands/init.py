"""`git exp init`: make a repository ready."""

from __future__ import annotations

import typer

from gittrack.cli.console import Console
from gittrack.terminal import inline


def command(context: typer.Context) -> None:
    """Make this repository ready for experiments.

    Writes .exptrack/format and .exptrack/.gitattributes (which keeps line endings as they are) into
    the work tree. Commit them with your next change.
    """
    console: Console = context.obj
    with console.registry() as registry:
        written = registry.prepare()
        where = registry.root
    if written:
        console.line(f"ready for experiments: {inline(str(where))}")
        for path in written:
            console.line(f"  new file: {inline(path)}")
        console.line("next: git exp add CONFIG.yaml -m 'what it is' -t baseline")
    else:
        console.line(f"was ready already: {inline(str(where))}")
