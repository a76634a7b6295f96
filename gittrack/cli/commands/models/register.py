"""`git exp models register`: the next version of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.models import (
    ModelName,
    json_version,
    parse_metadata,
    parse_metrics,
    version_line,
)
from gittrack.cli.runs import parse_tags
from gittrack.tracking.naming import find_run


def command(
    context: typer.Context,
    name: ModelName,
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="The file or folder to store.")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="The run that made it: id, name, EXPERIMENT#NUMBER, @."),
    ] = None,
    artifact: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="In place of a path: this artifact of the run."),
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("-m", "--message", "--description", metavar="TEXT", help="What it is."),
    ] = None,
    alias: Annotated[
        list[str] | None,
        typer.Option("--alias", metavar="ALIAS", help="An alias that leads to it; repeatable."),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("-t", "--tag", metavar="KEY=VALUE", help="A tag for it; repeatable."),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option("--metadata", metavar="KEY=VALUE", help="What else is known; repeatable."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="KEY=NUMBER", help="In place of the run's; repeatable."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Register the next version of a model.

    The first one makes the model. With a run, it knows the run's config, code and metrics; without
    one, the code is HEAD."""
    console: Console = context.obj
    with console.tracker() as tracker:
        run_id = None if run is None else find_run(tracker, run).run_id
        version = tracker.models.register_model(
            name,
            path,
            parse_metadata(metadata),
            run_id=run_id,
            artifact=artifact,
            metrics=parse_metrics(metric),
            description=message,
            tags=parse_tags(tag),
            aliases=alias or (),
        )
    if json:
        console.json(json_version(version))
    else:
        console.line(version_line(console, "registered", version))
