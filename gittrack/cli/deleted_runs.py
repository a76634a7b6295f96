"""The list of runs that were deleted and can come back."""

from __future__ import annotations

from collections.abc import Sequence

from gittrack.cli.console import Console
from gittrack.cli.finding import status_terms
from gittrack.cli.pager import paged
from gittrack.cli.runs import json_run, short_run, time_text
from gittrack.ids import SHORT_LENGTH
from gittrack.runs.model import Run
from gittrack.table import aligned
from gittrack.terminal import one_line
from gittrack.tracking.deleting import DeletedRun
from gittrack.tracking.naming import find_experiment, numbered_name
from gittrack.tracking.tracker import ExperimentTracker


def show_deleted(
    console: Console,
    tracker: ExperimentTracker,
    experiments: Sequence[str],
    limit: int | None,
    status: str | None,
    tags: Sequence[str] | None,
    *,
    json: bool,
) -> None:
    """Print deleted runs, the latest deletion first, and when and by whom they were deleted.

    Raises:
        NotFoundError: there is no such experiment.
        UsageError: there is no such status.
    """
    status_terms(status)
    wanted = {find_experiment(tracker, name)[0].experiment_id for name in experiments}
    deleted = [
        one
        for one in tracker.list_deleted_runs()
        if (not wanted or one.run.experiment_id in wanted)
        and (status is None or one.run.status == status.upper())
        and _has(one.run, tags or ())
    ][:limit]
    if json:
        console.json_list({**json_run(one.run), **_deletion(one)} for one in deleted)
        return
    if not deleted:
        console.note("no such run is deleted")
    with paged(console):
        for line in aligned([_cells(one) for one in deleted]):
            console.line(console.paint(line[:SHORT_LENGTH], "id") + line[SHORT_LENGTH:])


def _deletion(deleted: DeletedRun) -> dict[str, str]:
    return {"deleted_at": deleted.deleted_at.isoformat(), "deleted_by": deleted.deleted_by}


def _cells(deleted: DeletedRun) -> list[str]:
    run = deleted.run
    return [
        short_run(run),
        one_line(numbered_name(run)),
        one_line(run.run_name),
        run.status,
        time_text(run.start_time),
        f"deleted {time_text(deleted.deleted_at)}",
        f"by {one_line(deleted.deleted_by)}",
    ]


def _has(run: Run, tags: Sequence[str]) -> bool:
    for text in tags:
        key, equals, value = text.partition("=")
        if key not in run.tags or (equals and run.tags[key] != value):
            return False
    return True
