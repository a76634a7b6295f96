"""The report of several runs beside one another, and of whole experiments."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gittrack.errors import GittrackError, NotFoundError, UsageError
from gittrack.report.document import Block, Facts, Prose, Report, Section, Table
from gittrack.report.drawing.scales import number_text
from gittrack.report.figures import Lines, Points
from gittrack.report.record_blocks import blocks_of
from gittrack.report.records import records_in
from gittrack.report.runs import duration_text, labels, learning_curves, now_text, time_text
from gittrack.report.stored import read_record
from gittrack.report.studies import Objective, Study, study_of_table
from gittrack.report.study_figures import history, parallel, plotted
from gittrack.runs.comparison import MetricRow, RunComparison
from gittrack.runs.model import Run
from gittrack.shown import typed_text
from gittrack.tables import Table as Columns
from gittrack.tracking.comparing import lower_is_better, metric_field
from gittrack.tracking.naming import numbered_name
from gittrack.tracking.tracker import ExperimentTracker

MOST_RUNS = 50
_AXES = 7
_MOST_ROWS = 300
_MOST_METRICS = 8
_LATEST = 20
_FACTS = ("run_id", "run_name", "status", "start_time", "end_time", "trial_number")
_UNSEEN = re.compile(r"(?:^|[_/. -])(?:val|valid|validation|test|eval)(?:$|[_/. -])")


def comparison_report(tracker: ExperimentTracker, runs: Sequence[Run], title: str) -> Report:
    """The report of runs beside one another: what differs, which is best, all curves together.

    Raises:
        UsageError: there are fewer than two runs, or more than 50.
    """
    if not 2 <= len(runs) <= MOST_RUNS:
        raise UsageError(
            f"a comparison is of 2 to {MOST_RUNS} runs, not {len(runs)}",
            hint="for many runs there are: git exp report study, git exp report experiment",
        )
    found = tracker.compare_runs(list(runs))
    names = labels(runs)
    figures, left_out = learning_curves(tracker, runs)
    said = [Prose(f"Not drawn, to keep this short: {', '.join(left_out[:200])}.")]
    sections = [
        Section("Runs", [_runs(runs, names)]),
        Section("Metrics", _metrics(found, names)),
        Section("What differs", _differences(found, names)),
        Section("Learning curves", [*figures, *(said if left_out else [])]),
        Section("Classification", _shared_records(tracker, runs, names)),
        Section("Repeats", _repeats(found)),
    ]
    shown = [section for section in sections if section.blocks]
    return Report("comparison", title, f"{len(runs)} runs compared", now_text(), shown)


def _runs(runs: Sequence[Run], names: Sequence[str]) -> Table:
    rows = [
        [
            name,
            numbered_name(run),
            run.status,
            time_text(run.start_time),
            duration_text(run.duration),
        ]
        for run, name in zip(runs, names, strict=True)
    ]
    return Table(["run", "experiment", "status", "started", "took"], rows)


def _metrics(found: RunComparison, names: Sequence[str]) -> list[Block]:
    rows, marked = [], set()
    for number, row in enumerate(found.metrics[:_MOST_ROWS]):
        cells = ["" if v is None else number_text(v, 6) for v in row.values]
        rows.append([row.name, "smaller" if row.lower_is_better else "larger", *cells])
        marked |= {(number, place + 2) for place in row.best} if len(set(row.values)) > 1 else set()
    if not rows:
        return []
    numbers = frozenset(range(2, len(names) + 2))
    head = ["metric", "better", *names]
    return [Table(head, rows, numbers, frozenset(marked))]


def _differences(found: RunComparison, names: Sequence[str]) -> list[Block]:
    rows = []
    for path, values in list(found.params.items())[:_MOST_ROWS]:
        lacking = found.lacking.get(path, ())
        cells = ["" if n in lacking else typed_text(v) for n, v in enumerate(values)]
        rows.append([path, *cells])
    blocks: list[Block] = [Table(["parameter", *names], rows)] if rows else []
    same = f"{found.same:,} parameters are the same in all." if found.same else ""
    blocks += [Prose(same)] if same else []
    plot = _parallel(found, names)
    return [*blocks, *([plot] if plot else [])]


def _parallel(found: RunComparison, names: Sequence[str]) -> Block | None:
    if len(found.runs) < 3 or not found.params or not found.metrics:
        return None
    row = max(found.metrics, key=_telling)
    objective = Objective(row.name, row.lower_is_better)
    values = [math.nan if v is None else v for v in row.values]
    study = Study(
        objectives=(objective,),
        labels=tuple(names),
        states=("FINISHED",) * len(names),
        starts=(math.nan,) * len(names),
        ends=(math.nan,) * len(names),
        values={row.name: values},
        params=found.params,
    )
    params = {n: plotted(found.params[n], n) for n in list(found.params)[:_AXES]}
    return parallel(study, objective, params)


def _telling(row: MetricRow) -> tuple[int, bool, bool]:
    """How much a metric says of runs: how many have it, and whether it was measured on data that
    they did not learn from; a parameter that was logged as one says little."""
    count = sum(value is not None for value in row.values)
    return count, bool(_UNSEEN.search(row.name)), row.lower_is_better


def _repeats(found: RunComparison) -> list[Block]:
    rows = []
    for group in found.groups:
        if len(group.positions) < 2:
            continue
        for name, spread in group.metrics.items():
            cells = [number_text(spread.mean, 6), number_text(spread.deviation, 4)]
            config = "" if group.config_id is None else group.config_id[:12]
            rows.append([config, name, str(spread.count), *cells])
    head = ["config", "metric", "runs", "mean", "deviation"]
    return [Table(head, rows[:_MOST_ROWS], frozenset((2, 3, 4)))] if rows else []


def _shared_records(
    tracker: ExperimentTracker, runs: Sequence[Run], names: Sequence[str]
) -> list[Block]:
    """ROC and precision-recall curves that several runs have, over one another."""
    kinds = [{n: k for n, (k, _) in records_in(run).items() if k in ("roc", "pr")} for run in runs]
    shared = Counter(name for known in kinds for name in known)
    found: list[Block] = []
    for name, count in shared.items():
        if count > 1:
            figure = _overlaid(tracker, runs, names, name)
            found += [figure] if figure else []
    return found


def _overlaid(
    tracker: ExperimentTracker, runs: Sequence[Run], names: Sequence[str], record: str
) -> Lines | None:
    figures = []
    for run, label in zip(runs, names, strict=True):
        try:
            [block] = blocks_of(read_record(tracker, run, record))
        except (GittrackError, ValueError):
            continue  # it has none, or its own report says what is wrong
        if isinstance(block, Lines):
            series = [replace(s, name=f"{label}: {s.name}") for s in block.series]
            figures.append(replace(block, series=series))
    if not figures:
        return None
    return replace(figures[0], series=[s for figure in figures for s in figure.series])


def experiment_report(tracker: ExperimentTracker, names: Sequence[str], title: str) -> Report:
    """The report of one experiment or several: their runs, metrics, and how these went over time.

    Raises:
        NotFoundError: there is no such experiment, or it has no runs.
    """
    measured = tracker.compare_experiments(list(names)).to_dicts()
    told = [Section(name, _experiment(tracker, name, measured)) for name in names]
    sections = [Section("Metrics", [_experiment_metrics(measured)]), *told]
    plural = "experiments" if len(names) > 1 else "experiment"
    return Report("experiment", title, f"{len(names)} {plural}", now_text(), sections)


def _experiment_metrics(measured: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            str(row["experiment_name"]),
            str(row["metric"]),
            f"{row['runs']:,}",
            *(_cell(row[key]) for key in ("best", "mean", "deviation", "min", "max")),
            str(row["best_run_id"] or "")[:12],
        ]
        for row in measured[:_MOST_ROWS]
    ]
    head = ["experiment", "metric", "runs", "best", "mean", "deviation", "least", "greatest"]
    return Table([*head, "best run"], rows, frozenset(range(2, 8)))


def _cell(value: Any) -> str:
    known = isinstance(value, int | float) and value == value
    return number_text(value, 6) if known else ""


def _experiment(
    tracker: ExperimentTracker, name: str, measured: Sequence[Mapping[str, Any]]
) -> list[Block]:
    newest = tracker.search_runs(name, max_results=_LATEST)
    if not newest:
        raise NotFoundError(f"the experiment {name!r} has no runs")
    own = newest[0].experiment_name
    metrics = [str(row["metric"]) for row in measured if row["experiment_name"] in (name, own)]
    objectives = [
        Objective(m, lower_is_better(m, tracker.objective_direction(name, m)))
        for m in dict.fromkeys(metrics[:_MOST_METRICS])
    ]
    study = _measured(tracker, name, objectives)
    states = Counter(study.states)
    counts = ", ".join(f"{count:,} {state.lower()}" for state, count in states.most_common())
    blocks: list[Block] = [Facts([("runs", counts), *_about(tracker, name)])]
    blocks += [_over_runs(study, o) for o in objectives if len(study.scored(o)) > 1]
    return [*blocks, replace(_runs(newest, labels(newest)), caption="the newest runs")]


def _measured(tracker: ExperimentTracker, name: str, objectives: Sequence[Objective]) -> Study:
    """What pictures over runs are drawn from: parameters are not read, which takes longest."""
    fields = {metric_field(one.name): f"metrics.{one.name}" for one in objectives}
    table = tracker.runs_table(name, columns=[*_FACTS, *fields])
    named = [column.named(fields.get(column.name, column.name)) for column in table.columns]
    return study_of_table(Columns(named), objectives)


def _over_runs(study: Study, objective: Objective) -> Points:
    figure = history(study, objective)
    return replace(figure, title=objective.name, x_label="run", groups=["a run", "best so far"])


def _about(tracker: ExperimentTracker, name: str) -> list[tuple[str, str]]:
    try:
        known = tracker.get_experiment(name)
    except NotFoundError:
        return []  # its first run is live still
    tags = ", ".join(f"{key}={value}" for key, value in sorted(known.tags.items()))
    summary = [(str(key), typed_text(value)) for key, value in known.summary.items()]
    return [("description", known.description), ("tags", tags), *summary[:20]]
