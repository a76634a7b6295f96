"""`git exp push`: records given to a remote."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options, syncing
from gittrack.cli.console import Console


def command(
    context: typer.Context,
    remote: syncing.RemoteName = None,
    experiment: syncing.Experiments = None,
    tags: syncing.Tags = False,
    code: syncing.Code = False,
    artifacts: syncing.Artifacts = None,
    inbox: Annotated[
        bool, typer.Option("--inbox", help="To a place of this clone's own, for others to take in.")
    ] = False,
    dry_run: syncing.DryRun = False,
    porcelain: syncing.Porcelain = False,
    json: options.Json = False,
) -> None:
    """Give a remote what it lacks; nothing else is taken.

    All but the code of runs, unless some is asked for. Where others recorded in the same place,
    theirs is merged with yours first. With --inbox (or exptrack.inbox) nothing is fetched, and any
    number of clones can push at once: whoever syncs next takes it in.
    """
    console: Console = context.obj
    syncing.check_formats(json=json, porcelain=porcelain)
    with console.tracker() as tracker, syncing.progress() as listener:
        summary = tracker.push(
            remote,
            experiments=experiment or (),
            tags=tags,
            code=code,
            artifacts=artifacts,
            dry_run=dry_run,
            inbox=inbox or None,
            listener=listener,
        )
    syncing.show(console, summary, json=json, porcelain=porcelain)
