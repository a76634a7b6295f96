"""`git exp sync`: records exchanged with a remote."""

from __future__ import annotations

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
    dry_run: syncing.DryRun = False,
    porcelain: syncing.Porcelain = False,
    json: options.Json = False,
) -> None:
    """Take what a remote has, merge it with what is here, and give it what it lacks.

    All but the code of runs, unless some is asked for. Your branches, index, HEAD and hooks have no
    part in it. What two clones recorded is merged, never overwritten.
    """
    console: Console = context.obj
    syncing.check_formats(json=json, porcelain=porcelain)
    with console.tracker() as tracker, syncing.progress() as listener:
        summary = tracker.sync(
            remote,
            experiments=experiment or (),
            tags=tags,
            code=code,
            artifacts=artifacts,
            dry_run=dry_run,
            listener=listener,
        )
    syncing.show(console, summary, json=json, porcelain=porcelain)
