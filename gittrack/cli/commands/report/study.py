"""`git exp report study`: how a search for parameters went."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.reports import Open, ReportFile, ReportFormat, write_report
from gittrack.cli.runs import StudyName
from gittrack.errors import UsageError
from gittrack.report.document import Report
from gittrack.report.study_report import study_report
from gittrack.slug import slug
from gittrack.tracking.tracker import ExperimentTracker


def command(
    context: typer.Context,
    name: StudyName,
    metric: Annotated[
        str | None, typer.Option(metavar="METRIC", help="The objective; else that of its trials.")
    ] = None,
    lower: Annotated[bool, typer.Option("--min", help="Smaller is better.")] = False,
    higher: Annotated[bool, typer.Option("--max", help="Larger is better.")] = False,
    file: ReportFile = None,
    file_format: ReportFormat = None,
    show: Open = False,
) -> None:
    """Report on a study: history, importance, parallel coordinates, slices, Pareto front, failures.

    Any experiment is one, if its runs have a metric. Without FILE it goes to study-<name>.html.
    """
    console: Console = context.obj
    if lower and higher:
        raise UsageError("--min and --max exclude one another")
    direction = "min" if lower else "max" if higher else None

    def make(tracker: ExperimentTracker) -> tuple[Report, str]:
        return study_report(tracker, name, metric, direction), f"study-{slug(name)}"

    write_report(console, make, file, file_format, show=show)
