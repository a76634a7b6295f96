"""`git exp review`: what a branch changes in configs, and what that did to the metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.outputs import parse_outputs, write_outputs
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.review import formats


def command(
    context: typer.Context,
    span: Annotated[
        str | None, typer.Argument(metavar="[BASE...HEAD]", help="From where to where.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="What to print; see below.")
    ] = "terminal",
    max_chars: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Leave sections out to fit N characters; a comment takes 65536."
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT=FILE", help="Write that format to a file; repeatable."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Fail if it is met; repeatable."),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON with runs of configs and their metrics."),
    ] = None,
    lower_is_better: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC", help="Its smaller value is the better one; repeatable."),
    ] = None,
) -> None:
    """Show what a branch changes in configs and pins.

    Each pin that moved and each config that is new stands beside its predecessor: the pin's old
    config, else its parent, else the most similar config of the base. Without BASE...HEAD: from
    where HEAD left the default branch of the upstream.

    Formats: terminal, markdown, html, json.

    A CONDITION is one comparison: 'metrics.sharpe < base', 'metrics.loss > base + 5%',
    'training.lr > 0.1', 'optimizer.name != base', 'configs.new > 10'.

    Exit status 1 when a condition of --fail-on is met.
    """
    console: Console = context.obj
    formats.FORMATS.check(format_)
    outputs = parse_outputs(output or (), formats.FORMATS.names())
    if max_chars is not None and max_chars < 500:
        raise UsageError("--max-chars takes 500 or more: less holds no summary")
    with console.registry() as registry:
        review = registry.review(
            span, fail_on=fail_on or (), metrics=metrics, lower_is_better=lower_is_better or ()
        )

    def render(name: str, color: bool = False) -> str:
        return formats.render(name, review, color=color, max_chars=max_chars)

    write_outputs(outputs, render)
    text = render(format_, console.colorful)
    if format_ == "terminal":
        with paged(console):
            console.write(text)
    else:
        console.write(text)
    if review.failed:
        raise typer.Exit(1)
