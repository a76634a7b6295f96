"""`git exp reindex`: the index made anew."""

from __future__ import annotations

import typer

from gittrack.cli.console import Console


def command(context: typer.Context) -> None:
    """Make the index anew from git.

    Never needed for right answers: the index is brought up to date by every command. It may also be
    deleted at any time.
    """
    console: Console = context.obj
    with console.registry() as registry:
        registry.reindex()
