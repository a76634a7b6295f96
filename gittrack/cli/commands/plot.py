"""`git exp plot`: a metric of runs, drawn in the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer

from gittrack.cli import finding, options
from gittrack.cli.console import Console
from gittrack.errors import UsageError
from gittrack.report.curves import Across, Curve, run_curves, smoothed, study_curves
from gittrack.report.text_plot import COLORS, LEAST_HEIGHT, LEAST_WIDTH, Look, plot_lines
from gittrack.shown import json_data
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker

_MOST_RUNS = 20
_MOST_SIZE = 1000
_PIPED = 80
_COLORS = ("36", "33", "32", "35", "34", "31")


def _size(text: str) -> int:
    """A number of characters or lines."""
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= _MOST_SIZE):
        raise UsageError(f"a size is a whole number from 1 to {_MOST_SIZE}, not {text!r}")
    return int(text)


def _across(text: str) -> Across:
    """What is across."""
    known: dict[str, Across] = {"step": "step", "time": "time"}
    if text not in known:
        raise UsageError(f"--x takes step or time, not {text!r}")
    return known[text]


def _weight(text: str) -> float:
    """How much of what came before stays: 0 to below 1."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1:
        raise UsageError(f"--smooth takes a number from 0 to below 1, such as 0.9, not {text!r}")
    return found


def command(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The metric's key.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN...]", help="Ids, names, EXPERIMENT#NUMBER; else @{0}."),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option("--study", metavar="STUDY", help="Each trial's value with the best so far."),
    ] = None,
    across: Annotated[
        Across,
        typer.Option("--x", parser=_across, metavar="step|time", help="Across; time in seconds."),
    ] = "step",
    log: Annotated[bool, typer.Option("--log", help="A logarithmic height.")] = False,
    smooth: Annotated[
        float,
        typer.Option("--smooth", parser=_weight, metavar="W", help="Average; 0.9 is a good one."),
    ] = 0.0,
    width: Annotated[
        int | None, typer.Option(parser=_size, metavar="N", help="Characters; else the terminal's.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(parser=_size, metavar="N", help="Lines; 20 if none is given.")
    ] = None,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Plain characters only.")] = False,
    higher: finding.Higher = False,
    lower: finding.Lower = False,
    json: options.Json = False,
) -> None:
    """Draw a metric's curves in the terminal, several runs in one plot.

    NaN and infinite values are gaps; the legend counts them. With --json, the points."""
    console: Console = context.obj
    if study is not None:
        _check_study(names, across, smooth)
    with console.tracker() as tracker:
        if study is not None:
            found = study_curves(tracker, study, metric, finding.direction(higher, lower))
        else:
            found = _of_runs(tracker, names or ["@{0}"], metric, across)
    curves = [smoothed(curve, smooth) for curve in found]
    unit = "trial" if study is not None else across
    if json:
        console.json({"metric": metric, "x": unit, "curves": _points(curves)})
        return
    look = Look(
        width=max(width or _columns(console), LEAST_WIDTH),
        height=max(height or 20, LEAST_HEIGHT),
        log=log,
        ascii_only=ascii_only or "utf" not in (sys.stdout.encoding or "").lower(),
        marked=len(curves) > 1 and not console.colorful,
        x_label="seconds" if unit == "time" else unit,
    )
    for line in plot_lines(metric, curves, look, partial(_paint, console)):
        console.line(line)


def _check_study(names: Sequence[str] | None, across: Across, smooth: float) -> None:
    if names:
        raise UsageError("name runs or --study, not both")
    if across != "step":
        raise UsageError("--x does not go with --study: its trials are across")
    if smooth:
        raise UsageError("--smooth does not go with --study: leave it out")


def _of_runs(
    tracker: ExperimentTracker, names: Sequence[str], metric: str, across: Across
) -> list[Curve]:
    if len(names) > _MOST_RUNS:
        raise UsageError(
            f"{len(names)} curves in one plot cannot be told apart",
            hint=f"name {_MOST_RUNS} runs at the most, or see: git exp ui",
        )
    runs = [find_run(tracker, name) for name in dict.fromkeys(names)]
    return run_curves(tracker, runs, metric, across)


def _columns(console: Console) -> int:
    return shutil.get_terminal_size().columns if console.cells is not None else _PIPED


def _paint(console: Console, text: str, number: int) -> str:
    if not console.colorful:
        return text
    return f"\x1b[{_COLORS[number % COLORS]}m{text}\x1b[0m"


def _points(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json_data(
        [
            {"label": one.label, "run_id": one.run_id or None, "x": list(one.x), "y": list(one.y)}
            for one in curves
        ]
    )
    return found
