"""Pictures and reports: what was recorded, drawn for people."""

from __future__ import annotations

import io
from http import HTTPStatus

from gittrack.errors import UsageError
from gittrack.report import formats
from gittrack.report.comparison_report import comparison_report
from gittrack.report.document import Report
from gittrack.report.pictures import figure_counts, part_of_figure, picture_bytes
from gittrack.report.records import records_in
from gittrack.report.reporter import ENDINGS
from gittrack.report.run_report import run_report
from gittrack.report.study_report import study_report
from gittrack.slug import slug
from gittrack.web.refusals import RefusedRequestError
from gittrack.web.routing import Call, Content, Reply, route
from gittrack.web.shapes import OBJECT, TEXT, TEXTS, Parameter, answer
from gittrack.web.workspace import ServedTracker

_FORMAT = {"enum": ["html", "markdown", "json"]}
_PART = {"type": "integer", "minimum": 0, "maximum": 1000}
_FACTS = ("environment", "scaler")


@route(
    "GET",
    "/runs/{id}/figures",
    "What RunLogger kept of a run and can be drawn, by name",
    returns=answer(figures=TEXTS, parts=OBJECT),
)
def list_figures(call: Call) -> Reply:
    """The names; and of those that have several pictures, how many."""
    tracker = call.workspace.tracker
    run = tracker.get_run(call.path["id"])
    names = [name for name, (kind, _) in records_in(run).items() if kind not in _FACTS]
    return Reply({"figures": names, "parts": figure_counts(tracker, run)})


@route(
    "GET",
    "/runs/{id}/figures/{path}",
    "A picture of a run, as SVG",
    query=[Parameter("part", _PART, "Which one of several: a column of data; from 0.")],
    content=True,
)
def draw_figure(call: Call) -> Content:
    """What RunLogger kept under that name, or the curve of a metric."""
    tracker, name = call.workspace.tracker, call.path["path"]
    run, part = tracker.get_run(call.path["id"]), call.query["part"] or 0
    drawn = picture_bytes(part_of_figure(tracker, run, name, part), "svg")
    return Content(io.BytesIO(drawn), len(drawn), "image/svg+xml", f"{slug(name)}.svg", inline=True)


@route(
    "GET",
    "/report",
    "A report as one file: of a run, of several runs compared, or of a study",
    query=[
        Parameter("run_id", TEXT, "A run; of several, a comparison.", many=True),
        Parameter("study", TEXT, "An experiment whose runs a search made: its name or id."),
        Parameter("format", _FORMAT, "html if none is given."),
    ],
    content=True,
)
def make_report(call: Call) -> Content:
    """The file, to be saved."""
    given = call.query
    if bool(given["run_id"]) == bool(given["study"]):
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, "bad_request", "a report is of run_id or of a study"
        )
    file_format = given["format"] or "html"
    report, name = _report(call.workspace.tracker, given["run_id"], given["study"])
    data = formats.render(file_format, report).encode("utf-8", "backslashreplace")
    kind = {"html": "text/html; charset=utf-8", "json": "application/json"}.get(
        file_format, "text/markdown; charset=utf-8"
    )
    file = f"{name}{ENDINGS[file_format]}"
    return Content(io.BytesIO(data), len(data), kind, file, inline=False)


def _report(tracker: ServedTracker, run_ids: list[str], study: str | None) -> tuple[Report, str]:
    if study:
        return study_report(tracker, study), f"study-{slug(study)}"
    if len(run_ids) == 1:
        run = tracker.get_run(run_ids[0])
        return run_report(tracker, run), f"run-{run.run_id[:12]}"
    if len(run_ids) > 50:
        raise UsageError("a report compares at most 50 runs")
    return comparison_report(
        tracker, [tracker.get_run(i) for i in run_ids], "comparison"
    ), "comparison"
