"""`git exp artifacts get`: a run's files back on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.artifacts import transfer, write_stream
from gittrack.cli.console import Console
from gittrack.cli.runs import RunName
from gittrack.errors import UsageError
from gittrack.runs.model import Run
from gittrack.terminal import inline
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker


def command(
    context: typer.Context,
    name: RunName,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH...]", help="Artifacts; a folder's name is all that is in it."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the run has.")] = False,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|FOLDER",
            help="A file for one artifact, or a folder (the current one); - is standard output.",
        ),
    ] = ".",
    force: Annotated[bool, typer.Option("-f", "--force", help="Overwrite files.")] = False,
) -> None:
    """Write artifacts of a run to files.

    Below the folder, each has its own path. A file appears when its SHA-256 is checked; none that
    exists is overwritten without --force."""
    console: Console = context.obj
    wanted = paths or []
    if bool(wanted) == everything:
        raise UsageError("name artifacts, or all of them with --all")
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        if output == "-":
            _print(console, tracker, run, wanted)
            return
        written = _write(tracker, run, wanted, output, force=force)
    if not written:
        console.note(f"the run {run.run_id[:12]} has no artifacts")
    for file in written:
        console.line(f"wrote  {inline(str(file))}")


def _print(console: Console, tracker: ExperimentTracker, run: Run, paths: Sequence[str]) -> None:
    if len(paths) != 1:
        raise UsageError("standard output takes one artifact", hint="give a folder: -o FOLDER")
    with tracker.open_artifact(run, paths[0]) as stream:
        write_stream(console, stream)


def _write(
    tracker: ExperimentTracker, run: Run, paths: Sequence[str], output: str, *, force: bool
) -> list[Path]:
    line, progress = transfer()
    target = Path(output)
    is_file = len(paths) == 1 and paths[0] in {artifact.path for artifact in run.artifacts}
    try:
        if is_file and not output.endswith("/") and not target.is_dir():
            return [
                tracker.download_artifact(run, paths[0], target, overwrite=force, progress=progress)
            ]
        return tracker.download_artifacts(
            run, *paths, target=target, overwrite=force, progress=progress
        )
    finally:
        line.clear()
