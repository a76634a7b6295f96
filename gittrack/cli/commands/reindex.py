"""`git exp reindex`: the indexes made anew."""

from __future__ import annotations

import typer

from gittrack.cli.console import Console


def command(context: typer.Context) -> None:
    """Make the indexes of configs and runs anew, from git and journals.

    Never needed for right answers: the indexes are brought up to date by every command. They may
    also be deleted at any time.
    """
    console: Console = context.obj
    with console.registry() as registry:
        registry.reindex()
    console.clear_progress()
    with console.tracker() as tracker:
        tracker.reindex()
    console.clear_progress()
