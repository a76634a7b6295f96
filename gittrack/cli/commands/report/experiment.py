"""`git exp report experiment`: one experiment or several."""

from __future__ import annotations

from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.reports import Open, ReportFile, ReportFormat, write_report
from gittrack.report.comparison_report import experiment_report
from gittrack.report.document import Report
from gittrack.slug import slug
from gittrack.tracking.tracker import ExperimentTracker


def command(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Names or ids of experiments.")
    ],
    file: ReportFile = None,
    file_format: ReportFormat = None,
    show: Open = False,
) -> None:
    """Report on experiments: their metrics side by side, how these went over time, newest runs.

    Without FILE it goes to experiment-<name>.html.
    """
    console: Console = context.obj
    title = ", ".join(names)

    def make(tracker: ExperimentTracker) -> tuple[Report, str]:
        return experiment_report(tracker, names, title), f"experiment-{slug(title)}"

    write_report(console, make, file, file_format, show=show)
