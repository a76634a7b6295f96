"""`git exp experiments show`: all that is known of one experiment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from gittrack.canonical import Plain
from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import ExperimentName, flat, tags_text, time_text
from gittrack.runs.model import STATUSES, Run
from gittrack.shown import json_data, typed_text
from gittrack.store.experiments import Experiment
from gittrack.table import aligned
from gittrack.terminal import clean, inline, one_line
from gittrack.tracking.naming import find_experiment


def command(context: typer.Context, name: ExperimentName, json: options.Json = False) -> None:
    """Show an experiment: its facts, tags, summary, and how its runs ended."""
    console: Console = context.obj
    with console.tracker() as tracker:
        experiment, runs = find_experiment(tracker, name)
    if json:
        console.json(_json(experiment, runs))
        return
    with paged(console):
        for line in _lines(console, experiment, runs):
            console.line(line)


def _lines(console: Console, experiment: Experiment, runs: Sequence[Run]) -> list[str]:
    statuses = ", ".join(f"{count} {status}" for status, count in _statuses(runs).items())
    created = experiment.created_at[:19].replace("T", " ")
    lines = [
        f"experiment {console.paint(one_line(experiment.name), 'bold')}",
        f"Id:        {experiment.experiment_id}",
        f"Created:   {created} UTC" if created else "Created:   not sealed yet",
        f"Runs:      {len(runs)}{f' ({statuses})' if statuses else ''}",
    ]
    if runs:
        lines.append(f"Last run:  {time_text(runs[0].start_time)} UTC")
    if experiment.tags:
        lines.append(f"Tags:      {console.paint(tags_text(experiment.tags), 'tag')}")
    if experiment.description:
        lines += ["", *(f"    {line}" for line in clean(experiment.description).splitlines())]
    return [*lines, *_part("Facts", experiment.facts), *_part("Summary", experiment.summary)]


def _part(heading: str, data: Mapping[str | int, Plain]) -> list[str]:
    rows = [["", inline(key), inline(typed_text(value))] for key, value in flat(data).items()]
    return ["", heading, *aligned(rows)] if rows else []


def _statuses(runs: Sequence[Run]) -> dict[str, int]:
    counts = Counter(run.status for run in runs)
    return {status: counts[status] for status in STATUSES if counts[status]}


def _json(experiment: Experiment, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "experiment_id": experiment.experiment_id,
        "created_at": experiment.created_at or None,
        "description": experiment.description,
        "tags": dict(experiment.tags),
        "facts": json_data(dict(experiment.facts)),
        "summary": json_data(dict(experiment.summary)),
        "runs": len(runs),
        "statuses": _statuses(runs),
        "last_run": runs[0].start_time.isoformat() if runs else None,
    }
