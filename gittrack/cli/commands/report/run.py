"""`git exp report run`: all about one run."""

from __future__ import annotations

import typer

from gittrack.cli.console import Console
from gittrack.cli.reports import Open, ReportFile, ReportFormat, write_report
from gittrack.cli.runs import RunName
from gittrack.report.document import Report
from gittrack.report.run_report import run_report
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker


def command(
    context: typer.Context,
    name: RunName,
    file: ReportFile = None,
    file_format: ReportFormat = None,
    show: Open = False,
) -> None:
    """Report on a run: curves, what RunLogger kept, config, validations, code, environment.

    A live run is shown as far as it is. Without FILE it goes to run-<id>.html.
    """
    console: Console = context.obj

    def make(tracker: ExperimentTracker) -> tuple[Report, str]:
        run = find_run(tracker, name)
        return run_report(tracker, run), f"run-{run.run_id[:12]}"

    write_report(console, make, file, file_format, show=show)
