"""What all `git exp report` commands share: their options, and the file that they write."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gittrack.cli.console import Console
from gittrack.cli.outputs import Output, check_file, write_outputs
from gittrack.cli.working import working
from gittrack.errors import UsageError
from gittrack.report import formats
from gittrack.report.document import Report
from gittrack.report.reporter import ENDINGS
from gittrack.terminal import inline
from gittrack.tracking.tracker import ExperimentTracker

ReportFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="html, markdown or json; else FILE's ending decides, then html.",
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Where it goes; - is standard output."),
]
Open = Annotated[bool, typer.Option("--open", help="Show it in a browser.")]


def write_report(
    console: Console,
    make: Callable[[ExperimentTracker], tuple[Report, str]],
    file: Path | None,
    file_format: str | None,
    *,
    show: bool,
) -> None:
    """Make a report and write it; `make` gives it with the name of its file, without ending.

    Raises:
        UsageError: there is no such format, or no such folder.
        GittrackError: it cannot be made or written.
    """
    chosen = file_format or _by_ending(file)
    formats.check(chosen)
    is_standard = str(file) == "-"
    if is_standard and show:
        raise UsageError("--open needs a file, and -o - is none")
    checked = None if file is None or is_standard else check_file(file)
    with console.tracker() as tracker:
        tracker.count_runs()  # the index tells itself how far it is
        console.clear_progress()
        with working("making the report"):
            report, name = make(tracker)
            text = formats.render(chosen, report)
    target = checked or check_file(Path(f"{name}{ENDINGS[chosen]}"))
    if is_standard:
        console.write_bytes(text.encode("utf-8", "backslashreplace"))
        return
    write_outputs([Output(chosen, target)], lambda _: text)
    console.line(inline(str(file or target.name)))
    if show and not webbrowser.open(target.as_uri()):
        console.note(f"no browser is here: open {target} yourself")


def _by_ending(file: Path | None) -> str:
    ending = "" if file is None else file.suffix.lower()
    return next((name for name, one in ENDINGS.items() if one == ending), "html")
