"""`git exp experiments create`: an experiment before its first run."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import ExperimentName, parse_tags
from gittrack.slug import slug
from gittrack.terminal import one_line


def command(
    context: typer.Context,
    name: ExperimentName,
    message: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="What it is.")
    ] = "",
    tag: Annotated[
        list[str] | None,
        typer.Option("-t", "--tag", metavar="KEY=VALUE", help="A tag for it; repeatable."),
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What its runs are made from.")
    ] = None,
    mode: Annotated[str | None, typer.Option(metavar="TEXT", help="How its runs are made.")] = None,
    json: options.Json = False,
) -> None:
    """Create an experiment, or say more about one that exists."""
    console: Console = context.obj
    tags = parse_tags(tag)
    with console.tracker() as tracker:
        known = {one.experiment_id for one in tracker.list_experiments()}
        created = slug(name.strip()) not in known
        tracker.create_experiment(name, template, mode, description=message, tags=tags)
        experiment = tracker.get_experiment(name.strip())
    if json:
        shown = {"experiment_id": experiment.experiment_id, "name": experiment.name}
        console.json({**shown, "created": created})
    else:
        console.line(f"{'created' if created else 'changed'}  {one_line(experiment.name)}")
