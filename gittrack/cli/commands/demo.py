"""`git exp demo`: a worked example from end to end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.errors import GittrackError
from gittrack.terminal import clean


def command(
    context: typer.Context,
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where; else a new temporary folder.")
    ] = None,
) -> None:
    """Run a worked example in a new repository.

    A small backtest on real prices: every command is printed before it runs. Needs nothing but
    git; the folder stays, to be looked at.
    """
    from gittrack.demo import run_demo

    console: Console = context.obj
    run_demo(directory, run=_run, say=lambda line: console.line(clean(line)))


def _run(arguments: Sequence[str], folder: Path) -> None:
    """Run one command of the tour, its output going straight to the user."""
    sys.stdout.flush()
    environment = {n: v for n, v in os.environ.items() if not n.startswith("GIT_")}
    environment |= {"GIT_PAGER": "cat", "PAGER": "cat"}
    finished = subprocess.run(arguments, cwd=folder, env=environment, check=False)
    if finished.returncode:
        raise GittrackError(f"the demo stopped: {' '.join(arguments)!r} failed")
