"""Changes to what is sealed already: experiments' descriptions, runs' tags and notes.

Each is a commit on the experiment's ref that says what was done; nothing leaves its history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gittrack.canonical import emit, read
from gittrack.dates import format_time
from gittrack.errors import DataError, NotFoundError
from gittrack.git.importer import Edit, Put
from gittrack.store.experiments import (
    RECORD,
    Experiment,
    encode_experiment,
    experiment_ref,
    read_experiment,
)
from gittrack.store.layout import FORMAT_BYTES, FORMAT_PATH
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.runs import SealedRun
from gittrack.store.session import Session, TreeView


def change_experiment(
    session: Session,
    publisher: Publisher,
    name: str,
    change: Callable[[Experiment], Experiment],
    message: str,
) -> Experiment:
    """Change what is known about an experiment; one that does not exist is created.

    Raises:
        ConflictError: others changed it again and again.
    """
    changed: list[Experiment] = []

    def build() -> Sequence[RefCommit]:
        ref = experiment_ref(name)
        view = session.view(ref)
        known = read_experiment(view)
        new = change(known or Experiment(name, format_time(session.now())))
        changed[:] = [new]
        if new == known:
            return []
        edits: list[Edit] = [] if known else [Put(FORMAT_PATH, FORMAT_BYTES)]
        edits.append(Put(RECORD, encode_experiment(new)))
        return [RefCommit(ref, view.commit, edits, message)]

    publisher.transact(build)
    return changed[0]


def change_run(
    session: Session,
    publisher: Publisher,
    place: SealedRun,
    change: Callable[[dict[Any, Any]], None],
    message: str,
    files: Callable[[TreeView], Sequence[Edit]] | None = None,
) -> None:
    """Change a sealed run's record, and with it what `files` says of the files beside it.

    Raises:
        NotFoundError: it was deleted meanwhile.
        DataError: its record is damaged.
    """

    def build() -> Sequence[RefCommit]:
        view = session.view(place.ref)
        path = f"{place.place}/run.yaml"
        data = view.blob(path)
        if data is None:
            raise NotFoundError(f"the run {place.run_id} is not there any more")
        record: Any = read(data)
        if not isinstance(record, dict):
            raise DataError(f"the run {place.run_id} is damaged: its record is no mapping")
        change(record)
        new = emit({key: value for key, value in record.items() if value not in ("", [], {})})
        if new == data:
            return []
        edits = () if files is None else files(view)
        return [RefCommit(place.ref, view.commit, [*edits, Put(path, new)], message)]

    publisher.transact(build)
