"""`git exp sweep`: run a command again and again, in search of its best config."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gittrack.canonical import Plain
from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.shown import cell_text, json_data
from gittrack.table import aligned
from gittrack.terminal import inline

if TYPE_CHECKING:
    from gittrack.optimize.spec import SweepSpec
    from gittrack.optimize.sweep import SweepResult

_SHOWN = 5  # proposals of a dry run


def command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="SPEC", help="The sweep's YAML or JSON file.")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="CMD...", help="What to run, after --; {NAME} is a value."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The study's; else the file's.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", metavar="N", help="Trials of the study in all.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="Begin no trial after that."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", metavar="N", help="Trials at once.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Propose the same again.")
    ] = None,
    sampler: Annotated[
        str | None,
        typer.Option("--sampler", metavar="NAME", help="tpe, random, grid, gp, cmaes, qmc, nsga2."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the study, if there is one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be tried first.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show what the trials write.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Run a command again and again, in search of its best config.

    Each trial is a run, and a trial of an Optuna study. The command gets its values as {NAME} in
    its arguments, as a file with the whole config ({config}, GITTRACK_CONFIG), and as variables
    (GITTRACK_PARAM_NAME); {dir} is a folder of the trial's own. The objective is a metric that the
    command logs, with gittrack or in a file that the sweep's `metrics` names. Ctrl-C ends the
    running trials; --resume goes on.
    """
    from gittrack.cli.sweeping import Progress, proposals_table
    from gittrack.optimize.commands import check_command
    from gittrack.optimize.spec import read_spec
    from gittrack.optimize.sweep import Surroundings, first_proposals, run_sweep

    console: Console = context.obj
    spec = _changed(read_spec(file), name, trials, timeout, jobs, seed, sampler)
    base = _base(console, file, spec)
    if dry_run:
        if arguments:
            check_command(arguments, [one.name for one in spec.plan.space.parameters])
        found = first_proposals(spec, console.path, min(spec.plan.trials or _SHOWN, _SHOWN))
        if json:
            first: list[Any] = [values for values, _ in found]
            console.json(json_data(first))
        else:
            console.write(proposals_table([values for values, _ in found]))
        return 0
    progress = Progress(console, spec.plan)
    result = run_sweep(
        spec,
        tuple(arguments or ()),
        Surroundings(
            os.environ,
            console.path,
            sys.stderr.buffer if verbose else None,
            sys.stderr.buffer if verbose else None,
            console.note,
        ),
        base=base,
        resume=resume,
        on_trial=progress.ended,
    )
    progress.clear()
    if result.before == result.done and not result.others and result.interrupted is None:
        console.note("nothing was left to do: ask for more by --trials")
    if result.others:
        console.note(
            f"trials that another process began meanwhile: {result.others:,}; the best of all: "
            f"git exp trials best {inline(shlex.quote(result.name))}"
        )
    if json:
        data: Any = _data(spec, result)
        console.json(json_data(data))
    else:
        _show(console, spec, result)
    if result.interrupted is not None:
        console.message("interrupted: go on with --resume")
        return 128 + result.interrupted
    if result.best is None and not result.front:
        console.message("no trial has a result: the runs say why, git exp runs show RUN")
        return 1
    return 0


def _changed(
    spec: SweepSpec,
    name: str | None,
    trials: int | None,
    timeout: float | None,
    jobs: int | None,
    seed: int | None,
    sampler: str | None,
) -> SweepSpec:
    """The sweep with what the command line says instead."""
    from gittrack.optimize.plan import Choice

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs}: it must be 1 or more")
    given: dict[str, Any] = {"trials": trials, "timeout": timeout, "seed": seed}
    given = {key: value for key, value in given.items() if value is not None}
    if sampler is not None:
        given["sampler"] = Choice(sampler.lower())
    return replace(
        spec, name=name or spec.name, jobs=jobs or spec.jobs, plan=replace(spec.plan, **given)
    )


def _base(console: Console, file: Path, spec: SweepSpec) -> Mapping[str, Plain]:
    """The config that a sweep's values are laid over."""
    if not spec.config:
        return {}
    from gittrack.configs.manager import ConfigurationManager

    manager = ConfigurationManager(console.path)
    loaded = manager.load(*(file.parent / one for one in spec.config))
    return loaded.data  # type: ignore[return-value]


def _data(spec: SweepSpec, result: SweepResult) -> dict[str, Any]:
    names = [one.name for one in spec.plan.objectives]
    return {
        "study": result.name,
        "run_id": result.run_id,
        "trials": result.done,
        "failed": result.failed,
        "best_trial": result.best,
        "best_run_id": result.best_run_id,
        "best_values": dict(zip(names, result.best_values, strict=False)),
        "best_config": result.best_config,
        "front": [
            {"trial": number, "values": dict(zip(names, values, strict=True))}
            for number, values in result.front
        ],
        "others": result.others,
        "interrupted": result.interrupted,
    }


def _show(console: Console, spec: SweepSpec, result: SweepResult) -> None:
    from gittrack.cli.sweeping import measures_text

    trials = f"{result.done:,} trial{'' if result.done == 1 else 's'}"
    failed = f", {result.failed:,} failed in this session" if result.failed else ""
    console.line(f"study {inline(result.name)}  {trials}{failed}")
    for number, values in result.front:
        console.line(f"best  #{number}  {measures_text(spec.plan, values)}")
    if result.best is None:
        return
    run = (result.best_run_id or "")[:8]
    console.line(f"best  #{result.best}  run {run}  {measures_text(spec.plan, result.best_values)}")
    rows = [
        ("", inline(path), inline(cell_text(value)))
        for path, value in _leaves(result.best_config or {})
    ]
    console.write("".join(f"{line}\n" for line in aligned(rows)))


def _leaves(config: Mapping[str, Plain]) -> list[tuple[str, Plain]]:
    from gittrack.diff import flatten
    from gittrack.query.paths import path_text

    return [(path_text(path), value) for path, value in flatten(config)]  # type: ignore[arg-type]
