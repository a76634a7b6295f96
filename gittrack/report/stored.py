"""The records of a run, read from where its artifacts are."""

from __future__ import annotations

from gittrack.errors import GittrackError, NotFoundError
from gittrack.report.records import MAX_BYTES, Record, decode_record, records_in
from gittrack.runs.model import Run
from gittrack.tracking.tracker import ExperimentTracker

MOST_RECORDS = 60


def read_records(tracker: ExperimentTracker, run: Run) -> tuple[list[Record], list[str]]:
    """The records of a run by name; and a line for each that cannot be shown."""
    found, faults = [], []
    known = list(records_in(run))
    for name in known[:MOST_RECORDS]:
        try:
            found.append(read_record(tracker, run, name))
        except GittrackError as error:
            faults.append(f"{name}: {error.message}")
    if len(known) > MOST_RECORDS:
        faults.append(f"{len(known) - MOST_RECORDS} more records")
    return found, faults


def read_record(tracker: ExperimentTracker, run: Run, name: str) -> Record:
    """A record of a run.

    Raises:
        NotFoundError: the run has none of that name, or its content is not here.
        DataError: it is damaged.
    """
    known = records_in(run)
    if name not in known:
        raise NotFoundError(
            f"the run {run.run_id[:12]} has no figure {name!r}",
            hint=f"it has {', '.join(known)}" if known else "RunLogger logs some",
        )
    kind, artifact = known[name]
    if artifact.size > MAX_BYTES:
        raise NotFoundError(f"the record {name!r} is too large: {artifact.size:,} bytes")
    return decode_record(name, kind, tracker.get_artifact(run, artifact.path))
