"""`git exp runs show`: one run and all that is known of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.cli.runs import (
    RunName,
    duration_text,
    flat,
    json_run,
    metric_text,
    tags_text,
    time_text,
)
from gittrack.errors import GittrackError
from gittrack.ids import short
from gittrack.runs.model import CodeVersion, Run, Validation
from gittrack.runs.own_tags import shown_tags
from gittrack.shown import json_data, typed_text
from gittrack.store.models import ModelVersion
from gittrack.table import aligned
from gittrack.tables.sparkline import sparkline
from gittrack.terminal import clean, inline, one_line
from gittrack.tracking.naming import find_run, numbered_name
from gittrack.tracking.tracker import ExperimentTracker

_CELLS = 16
_MOST_DRAWN = 100


def command(context: typer.Context, name: RunName, json: options.Json = False) -> None:
    """Show a run: parameters, metrics, tags, validations, artifacts, models, code, notes."""
    console: Console = context.obj
    with console.tracker() as tracker:
        run = find_run(tracker, name)
        made = tracker.versions_of_run(run)
        drawn = {} if json else _sparklines(tracker, run)
    if json:
        console.json({**_json(run), "models": [version.reference for version in made]})
        return
    with paged(console):
        for line in _heading(console, run):
            console.line(line)
        for heading, rows in (*_parts(run, drawn), *_models(made)):
            console.line(f"\n{heading}")
            for line in aligned([["", *row] for row in rows]):
                console.line(line)


def _heading(console: Console, run: Run) -> Iterator[str]:
    ended = "not yet" if run.end_time is None else f"{time_text(run.end_time)} UTC"
    yield f"run {console.paint(run.run_id, 'id')}"
    yield f"Name:        {one_line(run.run_name)}"
    yield f"Experiment:  {one_line(numbered_name(run))}"
    yield f"Status:      {run.status}"
    yield f"Started:     {time_text(run.start_time)} UTC"
    yield f"Ended:       {ended}"
    if run.duration is not None:
        yield f"Duration:    {duration_text(run.duration)}"
    if run.trial_number is not None:
        yield f"Trial:       {run.trial_number}"
    if run.config_id is not None:
        yield f"Config:      {short(run.config_id)}"
    if run.parent_run_id is not None:
        yield f"Parent:      {inline(run.parent_run_id)}"
    if run.code_version is not None:
        yield f"Code:        {_code_text(run.code_version)}"
    if tags := shown_tags(run.tags):
        yield f"Tags:        {console.paint(tags_text(tags), 'tag')}"
    for note in run.notes:
        yield from ("", *(f"    {line}" for line in clean(note).splitlines()))


def _code_text(code: CodeVersion) -> str:
    parts = [inline(code.head[:12]) if code.head else "no commit yet"]
    if code.branch:
        parts.append(f"on {inline(code.branch)}")
    if code.dirty and code.commit:
        parts.append(f"with changes, kept as {inline(code.commit[:12])}")
    if code.remote:
        parts.append(f"from {inline(code.remote)}")
    return " ".join(parts)


def _parts(run: Run, drawn: Mapping[str, str]) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    if run.params:
        values = flat(run.params).items()
        yield "Parameters", [[inline(key), inline(typed_text(value))] for key, value in values]
    if run.performance:
        yield "Performance", [[inline(k), metric_text(v)] for k, v in run.performance.items()]
    if run.summaries:
        yield "Metrics", _metric_rows(run, drawn)
    if run.validations:
        yield "Validations", [_validation_row(validation) for validation in run.validations]
    if run.artifacts:
        yield (
            "Artifacts",
            [
                [inline(a.path), f"{a.size:,} bytes", a.sha256[:12], inline(a.store)]
                for a in run.artifacts
            ],
        )
    if run.details:
        details = flat(run.details).items()
        yield "Details", [[inline(key), inline(typed_text(value))] for key, value in details]


def _models(made: Sequence[ModelVersion]) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    if made:
        rows = [[one_line(v.reference), " ".join(f"@{inline(a)}" for a in v.aliases)] for v in made]
        yield "Models", rows


def _sparklines(tracker: ExperimentTracker, run: Run) -> dict[str, str]:
    """The histories of the first metrics that have any, each in a few characters."""
    keys = [key for key, metric in sorted(run.summaries.items()) if metric.count > 1]
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    found: dict[str, str] = {}
    for key in keys[:_MOST_DRAWN]:
        # A history that is not here, in a partial clone or a damaged record, is no reason to fail.
        with suppress(GittrackError):
            values = [point.value for point in tracker.get_metric_history(run, key)]
            found[key] = sparkline(values, _CELLS, ascii_only=ascii_only)
    return found


def _metric_rows(run: Run, drawn: Mapping[str, str]) -> list[list[str]]:
    rows = [["", "last", "min", "max", "count"]]
    for key, metric in sorted(run.summaries.items()):
        values = map(metric_text, (metric.last, metric.min, metric.max))
        rows.append([inline(key), *values, str(metric.count), drawn.get(key, "")])
    return rows


def _validation_row(validation: Validation) -> list[str]:
    count = validation.num_violations
    violations = "" if not count else "1 violation" if count == 1 else f"{count} violations"
    metrics = "  ".join(f"{inline(k)} {metric_text(v)}" for k, v in validation.metrics.items())
    return [
        inline(validation.name),
        "passed" if validation.passed else "failed",
        violations,
        metrics,
    ]


def _json(run: Run) -> dict[str, Any]:
    code = None if run.code_version is None else asdict(run.code_version)
    summaries: Any = {key: asdict(summary) for key, summary in run.summaries.items()}
    return {
        **json_run(run),
        "metric_summaries": json_data(summaries),
        "code": code,
        "details": json_data(dict(run.details)),
    }
