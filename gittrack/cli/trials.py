"""Trials as commands show and export them: lines, the best one, rows of a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from gittrack.cli.runs import flat, metric_text, params_text, short_run
from gittrack.errors import NotFoundError, UsageError
from gittrack.review.metrics import lower_is_better
from gittrack.runs.model import FINISHED, Run
from gittrack.shown import json_data, typed_text
from gittrack.table import aligned
from gittrack.terminal import inline
from gittrack.tracking.naming import find_experiment
from gittrack.tracking.tracker import ExperimentTracker


def trials_of(tracker: ExperimentTracker, study: str) -> list[Run]:
    """The trials of a study by number, of these in the order of time.

    Raises:
        NotFoundError: there is no such study, or it has no trials.
    """
    experiment, runs = find_experiment(tracker, study)
    trials = [run for run in runs if run.trial_number is not None]
    if not trials:
        raise NotFoundError(
            f"the experiment {experiment.name!r} has no trials",
            hint="see its runs: git exp runs list",
        )
    return sorted(trials, key=lambda run: (run.trial_number or 0, run.start_time))


def trial_lines(trials: Sequence[Run]) -> Iterator[str]:
    """A line for each: number, id, status, objective values, parameters."""
    names = _objectives(trials)
    rows = [
        [
            f"#{trial.trial_number}",
            short_run(trial),
            trial.status,
            *(
                f"{inline(n)} {metric_text(trial.performance[n])}"
                if n in trial.performance
                else "-"
                for n in names
            ),
            params_text(trial),
        ]
        for trial in trials
    ]
    yield from aligned(rows)


def best_trial(study: str, trials: Sequence[Run], metric: str | None, *, lower: bool) -> Run:
    """The finished trial with the best value; of equal ones, the first.

    Raises:
        UsageError: there are several objective values, and none is named, or there is none such.
        NotFoundError: no finished trial has a value that is a number.
    """
    names = _objectives(trials)
    if metric is None and len(names) > 1:
        raise UsageError(
            f"the trials of {study!r} have {len(names)} objective values",
            hint=f"name one: --metric {names[0]}",
        )
    if metric is not None and metric not in names:
        known = ", ".join(names) or "none"
        raise UsageError(f"the trials of {study!r} have no {metric!r}", hint=f"they have: {known}")
    wanted = metric or (names[0] if names else "")
    known_values = [
        (trial.performance[wanted], trial)
        for trial in trials
        if trial.status == FINISHED and wanted in trial.performance
    ]
    numbers = [(value, trial) for value, trial in known_values if value == value]
    if not numbers:
        raise NotFoundError(f"no finished trial of {study!r} has a value")
    falling = lower or lower_is_better(wanted)
    return (min if falling else max)(numbers, key=lambda pair: pair[0])[1]


def table_rows(trials: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each trial, with the columns of all."""
    rows = []
    for trial in trials:
        row: dict[str, Any] = {
            "number": trial.trial_number,
            "run_id": trial.run_id,
            "status": trial.status,
        }
        row |= {f"performance.{n}": json_data(v) for n, v in trial.performance.items()}
        row |= {f"params.{path}": json_data(value) for path, value in flat(trial.params).items()}
        rows.append(row)
    return rows


def csv_text(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as CSV (RFC 4180, but for LF); texts as they are, other values as configs spell
    them, nothing where a trial has none."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    order = ("performance.", "params.")
    columns = sorted(
        names, key=lambda name: next((i + 1 for i, p in enumerate(order) if name.startswith(p)), 0)
    )
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(row[name]) if name in row else "" for name in columns])
    return written.getvalue()


def _csv_cell(value: Any) -> str:
    return value if isinstance(value, str) else typed_text(value)


def _objectives(trials: Sequence[Run]) -> list[str]:
    return sorted({name for trial in trials for name in trial.performance})
