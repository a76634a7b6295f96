"""`git exp report compare`: several runs beside one another."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.reports import Open, ReportFile, ReportFormat, write_report
from gittrack.cli.runs import RunNames
from gittrack.report.comparison_report import comparison_report
from gittrack.report.document import Report
from gittrack.slug import slug
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker


def command(
    context: typer.Context,
    names: RunNames,
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", help="What it is called.")
    ] = "comparison",
    file: ReportFile = None,
    file_format: ReportFormat = None,
    show: Open = False,
) -> None:
    """Report on two to fifty runs: metrics with the best marked, what differs, curves overlaid.

    Without FILE it goes to <title>.html.
    """
    console: Console = context.obj

    def make(tracker: ExperimentTracker) -> tuple[Report, str]:
        runs = [find_run(tracker, name) for name in names]
        return comparison_report(tracker, runs, title), slug(title)

    write_report(console, make, file, file_format, show=show)
