"""`git exp runs promote`: a run's config to the branch, for review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName
from gittrack.ids import short
from gittrack.terminal import inline
from gittrack.tracking.naming import find_run, numbered_name

if TYPE_CHECKING:
    from gittrack.tracking.promoting import Promotion


def command(
    context: typer.Context,
    name: RunName,
    pin: Annotated[
        str | None, typer.Option("--pin", metavar="NAME", help="Move this pin to it.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("-m", "--description", metavar="TEXT", help="What it is.")
    ] = None,
    tag: options.Tags = None,
    params: Annotated[
        bool, typer.Option("--params", help="With the parameters logged beside the config.")
    ] = False,
    commit: Annotated[
        bool, typer.Option("--commit", help="Also commit its files, and only those.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Register a run's config for review.

    As git exp add does it for a file: the config's files below .exptrack/ are written to the work
    tree, to be committed and reviewed in a pull request. Its description names the run.
    """
    from gittrack.tracking.promoting import promote

    console: Console = context.obj
    with console.tracker() as tracker:
        done = promote(
            tracker,
            find_run(tracker, name),
            pin=pin,
            description=description,
            tags=tag or (),
            params=params,
            commit=commit,
            warn=console.note,
        )
    if json:
        console.json(_json(done))
    else:
        _show(console, done)
    _tell(console, done, commit=commit)


def _show(console: Console, done: Promotion) -> None:
    mark = "added" if done.new else "known"
    config = console.paint(short(done.config_id), "id")
    console.line(f"{mark}  {config}  {inline(numbered_name(done.run))}")
    if done.pin is None:
        return
    name = inline(done.pin.name)
    if not done.pin.changed:
        console.line(f"as it was  {name}  {config}")
    elif done.pin.old is None:
        console.line(f"pinned  {name}  {config}")
    else:
        old = console.paint(short(done.pin.old), "id")
        console.line(f"moved  {name}  {old} → {config}")


def _tell(console: Console, done: Promotion, *, commit: bool) -> None:
    if done.left_out:
        some = ", ".join(map(str, done.left_out[:5])) + (", …" if len(done.left_out) > 5 else "")
        console.note(f"logged beside the config and not in it: {some}; to take it in: --params")
    if not commit:
        console.message("now commit it: git add .exptrack && git commit")


def _json(done: Promotion) -> dict[str, Any]:
    return {
        "id": done.config_id,
        "run_id": done.run.run_id,
        "new": done.new,
        "pin": None if done.pin is None else done.pin.name,
        "left_out": [str(key) for key in done.left_out],
        "commit": done.commit,
    }
