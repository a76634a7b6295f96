"""Single pictures of a run, exported as SVG or PNG."""

from __future__ import annotations

from contextlib import suppress

from gittrack.errors import GittrackError, NotFoundError, UsageError
from gittrack.report.drawing import standalone
from gittrack.report.figures import Figure
from gittrack.report.record_blocks import figure_of, figures_of
from gittrack.report.records import records_in
from gittrack.report.runs import metric_curve
from gittrack.report.stored import read_record
from gittrack.report.studies import study_of_record
from gittrack.report.study_figures import history
from gittrack.runs.model import Run
from gittrack.tracking.tracker import ExperimentTracker

FORMATS = ("svg", "png")
SCALE = 2
"""Pixels of a PNG for each unit of the picture."""


def figure_names(run: Run) -> list[str]:
    """What can be drawn of a run: its records, and its metrics that have several values."""
    metrics = [key for key, one in run.summaries.items() if one.count > 1]
    return list(dict.fromkeys([*records_in(run), *sorted(metrics)]))


def figure_counts(tracker: ExperimentTracker, run: Run) -> dict[str, int]:
    """How many figures each record of a run has that has several: a column of data each."""
    counts: dict[str, int] = {}
    for name, (kind, _) in records_in(run).items():
        if kind == "distribution":
            with suppress(GittrackError):  # who asks for it is told
                counts[name] = len(figures_of(read_record(tracker, run, name)))
    return {name: count for name, count in counts.items() if count > 1}


def part_of_figure(tracker: ExperimentTracker, run: Run, name: str, part: int) -> Figure:
    """One of several figures of a record, counted from 0.

    Raises:
        NotFoundError: there is no such figure.
        DataError: it is damaged.
    """
    if part == 0:
        return run_figure(tracker, run, name)
    found = figures_of(read_record(tracker, run, name))
    if part >= len(found):
        raise NotFoundError(f"the figure {name!r} has {len(found)} parts, counted from 0")
    return found[part]


def run_figure(tracker: ExperimentTracker, run: Run, name: str) -> Figure:
    """The figure of that name: a record, else the curve of a metric.

    Raises:
        NotFoundError: there is none of that name.
        DataError: it is damaged, or holds facts alone.
    """
    if name in records_in(run):
        record = read_record(tracker, run, name)
        if record.kind != "hpo":
            return figure_of(record)
        study = study_of_record(record.data)
        if study.objectives:
            return history(study, study.objectives[0])
        raise NotFoundError(f"the study {name!r} has no objective to draw")
    curve = metric_curve(tracker, run, name)
    if curve is None:
        known = figure_names(run)
        raise NotFoundError(
            f"the run {run.run_id[:12]} has no figure {name!r}",
            hint=f"it has {', '.join(known[:20])}" if known else "gittrack.RunLogger logs some",
        )
    return curve


def picture_bytes(figure: Figure, kind: str) -> bytes:
    """The picture as a file of a kind: `svg` or `png`.

    Raises:
        UsageError: there is no such kind, or what draws PNG is not installed.
    """
    if kind not in FORMATS:
        raise UsageError(f"a picture is svg or png, not {kind!r}")
    drawn = standalone(figure)
    if kind == "svg":
        return drawn.encode("utf-8", "backslashreplace") + b"\n"
    try:
        import resvg_py
    except ImportError as error:
        raise UsageError(
            "PNG pictures need the package resvg-py",
            hint="pip install 'gittrack[png]', or name an .svg file",
        ) from error
    return bytes(resvg_py.svg_to_bytes(svg_string=drawn, zoom=SCALE))
