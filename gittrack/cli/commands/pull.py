"""`git exp pull`: records taken from a remote."""

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
    """Take what a remote has, merged with what is here; nothing is sent.

    All but the code of runs, unless some is asked for. Nothing here is overwritten: what two clones
    recorded is merged.
    """
    console: Console = context.obj
    syncing.check_formats(json=json, porcelain=porcelain)
    with console.tracker() as tracker, syncing.progress() as listener:
        summary = tracker.pull(
            remote,
            experiments=experiment or (),
            tags=tags,
            code=code,
            artifacts=artifacts,
            dry_run=dry_run,
            listener=listener,
        )
    syncing.show(console, summary, json=json, porcelain=porcelain)
