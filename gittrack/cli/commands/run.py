"""`git exp run`: run any command as a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.runs.model import Run
from gittrack.terminal import inline


def command(
    context: typer.Context,
    arguments: Annotated[
        list[str], typer.Argument(metavar="CMD...", help="What to run, after --.")
    ],
    experiment: Annotated[
        str | None,
        typer.Option(
            "-e", "--experiment", metavar="NAME", help="Its experiment; else the folder's name."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("-n", "--name", metavar="TEXT", help="The run's name.")
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("-t", "--tag", metavar="KEY=TEXT", help="Tag the run; repeatable."),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("-c", "--config", metavar="CONFIG", help="Id, tag, pin:NAME or file."),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="KEY=VALUE", help="Log a parameter; repeatable."),
    ] = None,
    artifacts: Annotated[
        list[str] | None,
        typer.Option("--artifact", metavar="GLOB", help="Keep these files at its end; repeatable."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metrics",
            metavar="FILE",
            help="Read metrics from it at its end: JSON, JSON lines, CSV or YAML; repeatable.",
        ),
    ] = None,
    needed: Annotated[
        bool,
        typer.Option("--needed", help="Only where command, config and code did not run yet."),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Say nothing of the run itself.")
    ] = False,
) -> int:
    """Run any command as a run.

    Output is shown as it comes, and kept; the exit status is the command's. A script that uses
    gittrack logs to this very run.
    """
    from gittrack.tracking.programs import Program, find_done, run_program
    from gittrack.tracking.tracker import ExperimentTracker

    console: Console = context.obj
    data = _config(console, config)
    program = Program(
        command=tuple(arguments),
        experiment=experiment,
        name=name,
        config=data,
        params=_params(data, params or ()),
        tags=dict(_tag(text) for text in tags or ()),
        artifacts=tuple(artifacts or ()),
        metrics=tuple(metrics or ()),
    )
    with ExperimentTracker(console.path, warn=console.note) as tracker:
        done = find_done(tracker, program, console.note) if needed else None
        if done is not None:
            if not quiet:
                console.message(f"already done: {_name(done)}")
            return 0
        ended = run_program(
            tracker,
            program,
            environment=os.environ,
            output=sys.stdout.buffer,
            errors=sys.stderr.buffer,
            started=lambda run: None if quiet else console.message(f"{_name(run)}  started"),
            warn=console.note,
        )
    if not quiet:
        seconds = ended.run.duration or 0.0
        console.message(f"{_name(ended.run)}  {ended.run.status} in {seconds:,.1f} s")
    return ended.exit_status


def _name(run: Run) -> str:
    return f"run {run.run_id[:8]}  {inline(run.experiment_name)}#{run.number}"


def _config(console: Console, name: str | None) -> dict[Any, Any] | None:
    if name is None:
        return None
    with console.registry() as registry:
        return registry.get(name).config or {}


def _params(config: dict[Any, Any] | None, texts: Sequence[str]) -> dict[Any, Any]:
    """The parameters given; of what lies within a value of the config, all of that value."""
    if not texts:
        return {}
    from copy import deepcopy

    from gittrack.configs.overrides import OverrideError, apply, read_override

    overrides = [read_override(text) for text in texts]
    for override in overrides:
        if override.action == "remove":
            raise UsageError(f"--param {override.text}: a parameter is KEY=VALUE")
    applied = apply(deepcopy(config or {}), texts, lambda _: None)
    if applied.faults:
        raise OverrideError(applied.faults)
    tops = [path[0] for path in applied.done]
    return {top.name: applied.data[top.name] for top in tops if hasattr(top, "name")}


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"-t takes KEY=TEXT, not {text!r}", hint="as in: -t owner=ada")
    return key.strip(), value
