"""`git exp suggest`: the next configs to try, from what was already run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.errors import UsageError

if TYPE_CHECKING:
    from gittrack.optimize.suggestion import Suggestions


def command(
    context: typer.Context,
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Its name.")],
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="METRIC", help="What is to improve; a study knows."),
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option("--direction", metavar="WAY", help="minimize or maximize; else as usual."),
    ] = None,
    count: Annotated[int, typer.Option("-n", metavar="N", help="How many configs.")] = 5,
    sampler: Annotated[
        str, typer.Option("--sampler", metavar="NAME", help="tpe, gp, cmaes, random, qmc.")
    ] = "tpe",
    space: Annotated[
        Path | None,
        typer.Option("--space", metavar="SPEC", help="The search space, or a sweep's file."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another one gives other configs.")
    ] = 0,
    json: options.Json = False,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print a YAML document for each.")] = False,
) -> None:
    """Propose the next configs to try, from what was already run.

    An optimiser learns from the finished runs of an experiment that have the metric. The search
    space is that of the study, else what varies between the runs. Nothing is recorded.
    """
    from gittrack.optimize.spec import read_space_file
    from gittrack.optimize.suggestion import suggest_next

    console: Console = context.obj
    if json and yaml:
        raise UsageError("--json and --yaml exclude one another", hint="choose one")
    with console.tracker() as tracker:
        found = suggest_next(
            tracker,
            experiment,
            metric,
            direction=direction,
            count=count,
            sampler=sampler,
            seed=seed,
            space=None if space is None else read_space_file(space),
        )
    _tell(console, found, count)
    if json:
        from gittrack.shown import json_data

        configs: list[Any] = found.configs
        console.json(json_data(configs))
    elif yaml:
        _write_yaml(console, found)
    else:
        from gittrack.cli.sweeping import proposals_table

        console.write(proposals_table(found.values))


def _tell(console: Console, found: Suggestions, count: int) -> None:
    """What the proposals stand on, as notes."""
    from gittrack.optimize.suggestion import NEEDED

    runs = f"{found.used:,} run{'' if found.used == 1 else 's'}"
    console.note(f"learned from {runs}, to {found.direction} {found.metric}")
    if found.origin == "inferred":
        console.note("the search space is what varies between the runs; say more by --space SPEC")
        for name, form in found.space.to_mapping().items():
            if isinstance(form, dict) and "constant" not in form:
                console.note(f"  {name}: {_form_text(form)}")
    if found.outside:
        console.note(f"{found.outside:,} left out, as their values are not in the search space")
    if found.used < NEEDED:
        console.note(f"with fewer than {NEEDED} runs, configs are drawn at random")
    if len(found.values) < count:
        console.note(f"only {len(found.values):,} new ones were found: the space is nearly used up")


def _form_text(form: dict[Any, Any]) -> str:
    from gittrack.shown import typed_text

    if form["type"] == "categorical":
        return f"one of {typed_text(form['choices'])}"
    scale = ", logarithmic" if form.get("log") else ""
    return f"{form['type']} from {typed_text(form['low'])} to {typed_text(form['high'])}{scale}"


def _write_yaml(console: Console, found: Suggestions) -> None:
    from gittrack.canonical import emit
    from gittrack.terminal import clean

    for number, config in enumerate(found.configs):
        plain: Any = config
        console.write(("---\n" if number else "") + clean(emit(plain).decode()))
