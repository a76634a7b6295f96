"""`git exp report figure`: one picture of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.outputs import check_file, write_file
from gittrack.cli.runs import RunName
from gittrack.errors import UsageError
from gittrack.report.pictures import figure_names, picture_bytes, run_figure
from gittrack.terminal import inline
from gittrack.tracking.naming import find_run


def command(
    context: typer.Context,
    name: RunName,
    figure: Annotated[
        str | None, typer.Argument(metavar="[FIGURE]", help="As in roc, or a metric's name.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="FILE.svg or FILE.png."),
    ] = None,
) -> None:
    """Draw one picture of a run: what RunLogger kept, or a metric. Without FIGURE, list them.

    PNG needs gittrack[png].
    """
    console: Console = context.obj
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        if figure is None:
            for known in figure_names(run):
                console.line(inline(known))
            return
        target = check_file(file or Path(f"{figure.replace('/', '-')}.svg"))
        kind = target.suffix.lower().removeprefix(".")
        if kind not in ("svg", "png"):
            raise UsageError(f"cannot draw to {str(file)!r}", hint="name an .svg or .png file")
        data = picture_bytes(run_figure(tracker, run, figure), kind)
    write_file(target, data)
    console.line(inline(str(file or target.name)))
