"""What git has of a study's trials: which runs came and went, read as rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from gittrack.errors import DataError, GitError
from gittrack.git.history import PathChange, diff_files, list_files
from gittrack.ids import ObjectId
from gittrack.integrations.optuna.trials import METRIC, Distributions, row_of_run
from gittrack.runs.codec import decode_run
from gittrack.runs.model import MetricPoint, Run
from gittrack.runs.series import read_series, series_paths
from gittrack.store.experiments import RUNS, run_of_path
from gittrack.store.session import Session

_FARTHEST = 10_000
"""How far a trial's number may be ahead of all others; what is farther is numbered anew."""


@dataclass(slots=True)
class SealedChanges:
    """Runs of an experiment by their ids: where new ones are, and which have gone."""

    places: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


def sealed_changes(
    session: Session, old: str | None, tip: ObjectId, known: Collection[str]
) -> SealedChanges:
    """What an experiment's commit has that is not known, and what is known and has gone.

    `old` is the commit that was looked at before; without one, all is looked at.
    """
    if old is not None:
        with suppress(GitError):  # it may have gone since
            return _sorted_out(diff_files(session.repository, old, tip, f"{RUNS}/"), known)
    found = _sorted_out(list_files(session.repository, tip, f"{RUNS}/"), ())
    gone = set(known) - found.places.keys()
    return SealedChanges({i: p for i, p in found.places.items() if i not in known}, gone)


def read_rows(
    session: Session, tip: ObjectId, places: Iterable[str], known: Distributions
) -> list[list[Any]]:
    """The rows of the trials that lie there; runs that are none, or damaged, are left out."""
    listed = list(places)
    names = (f"{tip}:{place}/{file}" for place in listed for file in ("run.yaml", "config.yaml"))
    answers = session.reader.find_many(names)
    runs: list[tuple[str, Run]] = []
    for place in listed:
        record, config = next(answers), next(answers)
        with suppress(DataError):  # `git exp fsck` tells
            if record is not None:
                data = None if config is None else config.data
                runs.append((place, decode_run(record.data, data)))
    histories = _histories(session, tip, runs)
    rows = []
    for _, run in runs:
        with suppress(DataError):
            row = row_of_run(run, histories.get(run.run_id, ()), known)
            if row is not None:
                rows.append(row)
    return rows


def numbered(
    rows: Iterable[Sequence[Any]], is_free: Callable[[int], bool], length: int
) -> Iterator[list[Any]]:
    """Rows with the numbers that they have here: their own where that is free, else the lowest
    that are.

    So trials that two clones gave the same number are all there, without a gap: the one that began
    first keeps it. Which row gets which number depends on nothing but the rows.
    """
    ordered = sorted(map(list, rows), key=lambda row: (row[0], row[4] or 0, row[1]))
    taken: set[int] = set()
    others = []
    highest = length + len(ordered) + _FARTHEST
    for row in ordered:
        if row[0] <= highest and row[0] not in taken and is_free(row[0]):
            taken.add(row[0])
            yield row
        else:
            others.append(row)
    others.sort(key=lambda row: (row[4] or 0, row[1]))
    free = (number for number in count() if number not in taken and is_free(number))
    for row, number in zip(others, free, strict=False):
        row[0] = number
        yield row


def _sorted_out(changes: Iterable[PathChange], known: Collection[str]) -> SealedChanges:
    found = SealedChanges()
    present = set()
    for change in changes:
        run = run_of_path(change.path)
        if run is None:
            continue
        place, run_id = run
        if change.blob is None:
            found.gone.add(run_id)
        else:
            present.add(run_id)
            if run_id not in known:
                found.places[run_id] = place
    found.gone -= present
    return found


def _histories(
    session: Session, tip: ObjectId, runs: Iterable[tuple[str, Run]]
) -> dict[str, list[MetricPoint]]:
    """The intermediate values of trials, by their runs' ids."""
    found: dict[str, list[MetricPoint]] = {}
    wanted: list[tuple[Run, str]] = []
    for place, run in runs:
        summary = run.summaries.get(METRIC)
        if summary is None:
            continue
        if summary.count == 1:
            found[run.run_id] = [MetricPoint(summary.last_step, 0.0, summary.last)]
        else:
            wanted.append((run, f"{tip}:{place}/{series_paths(run.summaries)[METRIC]}"))
    answers = session.reader.find_many(name for _, name in wanted)
    for (run, _), answer in zip(wanted, answers, strict=True):
        with suppress(DataError):
            if answer is not None:
                found[run.run_id] = list(read_series(answer.data, run.start_time.timestamp()))
    return found
