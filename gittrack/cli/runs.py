"""Runs as commands name and show them: arguments, cells, JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from gittrack.canonical import Plain
from gittrack.cli.console import Console
from gittrack.diff.values import leaves
from gittrack.errors import UsageError
from gittrack.ids import SHORT_LENGTH
from gittrack.query.paths import path_text
from gittrack.runs.model import Run
from gittrack.shown import json_data, typed_text
from gittrack.terminal import inline, one_line
from gittrack.tracking.naming import numbered_name

RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="Id, prefix, name, EXPERIMENT#NUMBER or @{N}.")
]
RunNames = Annotated[
    list[str],
    typer.Argument(metavar="RUN...", help="Ids, prefixes, names, EXPERIMENT#NUMBER or @{N}."),
]
ExperimentName = Annotated[str, typer.Argument(metavar="NAME", help="The experiment's name or id.")]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="The study's name or id.")]


def short_run(run: Run) -> str:
    """The first twelve digits of its id."""
    return run.run_id[:SHORT_LENGTH]


def title(console: Console, run: Run) -> str:
    """`1a2b3c4d5e6f  exp#3  name`, the id in colour."""
    cells = [one_line(numbered_name(run)), one_line(run.run_name)]
    return "  ".join([console.paint(short_run(run), "id"), *cells])


def flat(params: Mapping[str | int, Plain]) -> dict[str, Plain]:
    """Parameters by their paths, as in `model.depth`; a list of scalars is one."""
    return {
        path_text(path): value for path, value in leaves(dict(params), whole_lists=True) if path
    }


def params_text(run: Run) -> str:
    """All parameters on one line."""
    return "  ".join(
        f"{inline(key)}={inline(typed_text(value))}" for key, value in flat(run.params).items()
    )


def metric_text(value: float) -> str:
    """A metric's value in six significant digits."""
    return f"{value:.6g}"


def time_text(moment: datetime | None) -> str:
    """UTC to the second; a hyphen where there is none."""
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def duration_text(seconds: float | None) -> str:
    """`420ms`, `12.3s`, `3m05s`, `2h07m`, `4d03h`; a hyphen where there is none."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    if seconds < 60:
        return f"{int(seconds * 10) / 10}s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes}m{int(seconds) % 60:02}s"
    if minutes < 24 * 60:
        return f"{minutes // 60}h{minutes % 60:02}m"
    return f"{minutes // 1440}d{minutes // 60 % 24:02}h"


def json_run(run: Run) -> dict[str, Any]:
    """A run as JSON says it."""
    data: Any = run.to_dict()
    shown: dict[str, Any] = json_data(data)
    return shown


def parse_tags(texts: Iterable[str] | None, option: str = "--tag") -> dict[str, str]:
    """Tags from `KEY=VALUE` texts.

    Raises:
        UsageError: one is not such.
    """
    found: dict[str, str] = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"{option} takes KEY=VALUE, not {text!r}")
        found[key] = value
    return found


def tags_text(tags: Mapping[str, str]) -> str:
    """`key=value, key=value` on one line."""
    return ", ".join(f"{inline(key)}={inline(value)}" for key, value in sorted(tags.items()))


def check_ended(run: Run, verb: str) -> None:
    """Refuse what only a run that has ended takes.

    Raises:
        UsageError: it is live.
    """
    if run.is_live:
        raise UsageError(
            f"cannot {verb} the run {short_run(run)}: it is live",
            hint=f"wait for its end: git exp tail {short_run(run)}",
        )


def ask_to_delete(lines: Sequence[str]) -> None:
    """Go on only if the user says so.

    Raises:
        UsageError: nobody is there to answer.
    """
    if not sys.stdin.isatty():
        raise UsageError("delete asks first, and nobody is there to answer", hint="use --force")
    for line in lines:
        sys.stderr.write(f"{line}\n")
    if not typer.confirm("delete?", err=True):
        raise typer.Exit(1)
