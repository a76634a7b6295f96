"""`git exp import-from`: what another tracker recorded, as runs here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gittrack.cli import options
from gittrack.cli.console import Console, Progress
from gittrack.terminal import inline

if TYPE_CHECKING:  # loaded on use: help does without
    from gittrack.importers import Imported

_SHOWN = 20
"""Refusals that are printed; --json has them all."""


def command(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="[SOURCE]", help="mlflow, tensorboard, wandb, dvc, sacred or optuna."
        ),
    ],
    uri: Annotated[
        str | None, typer.Argument(metavar="URI", help="The folder or file to import from.")
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Record all runs in this experiment."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Take this experiment of theirs only; repeatable."),
    ] = None,
    artifacts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Take artifacts from this folder, too."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and count; record nothing.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Import runs of another tracker.

    From MLflow (mlruns folders, SQLite), TensorBoard, Weights & Biases (offline), DVC, Sacred and
    Optuna, read from their files: they need not be installed, but for Optuna. Without SOURCE, the
    files tell. Once more, it takes what is new since. What cannot be read is named, and all else
    is taken: the exit status is 1 then.
    """
    from gittrack.importers import import_from

    console: Console = context.obj
    name, place = (source, uri) if uri is not None else (None, source)
    progress = Progress(sys.stderr, "importing")
    with console.tracker() as tracker:
        try:
            result = import_from(
                tracker,
                name,
                place,
                experiment=experiment,
                only=only or (),
                artifacts=artifacts,
                dry_run=dry_run,
                progress=progress.show,
            )
        finally:
            progress.clear()
    if json:
        console.json(result.to_dict())
    else:
        _show(console, result)
    if result.refused_count:
        raise typer.Exit(1)


def _show(console: Console, result: Imported) -> None:
    for one in result.refused[:_SHOWN]:
        console.message(f"refused: {inline(one.place)}: {inline(one.reason)}")
    more = result.refused_count - _SHOWN
    if more > 0:
        console.message(f"refused: {more:,} more (--json names them)")
    for what, count in result.left.items():
        console.message(f"note: not taken: {inline(what)} ({count:,})")
    would = "would be " if result.dry_run else ""
    counts = [
        f"{number:,} {would}{word}"
        for number, word in ((result.new, "new"), (result.updated, "updated"))
        if number
    ]
    if result.unchanged or not counts:
        counts.append(f"{result.unchanged:,} here already")
    console.line(f"runs from {result.source}: {', '.join(counts)}")
    if result.models:
        word = "model version" if result.models == 1 else "model versions"
        console.line(f"{result.models:,} {word} {would}registered")
    if not result.dry_run:
        _show_next(console, result)


def _show_next(console: Console, result: Imported) -> None:
    from shlex import quote

    names = [quote(inline(name)) for name in result.experiments]
    for name in names[:3]:
        console.line(f"see them: git exp runs list {name}")
    if len(names) > 3:
        console.line(f"and {len(names) - 3:,} more experiments: git exp experiments list")
