"""Studies copied into a repository from Optuna's other storages, and back."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import BaseStorage, JournalStorage, get_storage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from gittrack.errors import GittrackError, NotFoundError, SourceError, UsageError
from gittrack.integrations.optuna.storage import GitStorage

WAS = "gittrack:was"
"""The system attribute of a trial that was not finished where it came from: its state there."""

_SOURCE = "gittrack:source"


def import_study(
    source: BaseStorage | Path | str,
    into: GitStorage,
    study_name: str | None = None,
    *,
    name: str | None = None,
) -> int:
    """Copy a study into a repository; returns how many trials were copied.

    The same call once more copies what the study got since, and goes on after a crash.

    Args:
        source: an Optuna storage, its URL (`sqlite:///study.db`), or a journal's file.
        into: the repository's storage.
        study_name: the study there; the only one, if none is named.
        name: what it is called here; the same as there, if nothing else is said.

    Raises:
        NotFoundError: there is no such study.
        SourceError: the source cannot be read.
        UsageError: several studies are there and none is named, or another one has the name here.
    """
    storage = open_storage(source)
    return _copied(storage, _found(storage, study_name), into, name, finish=True)


def export_study(
    source: GitStorage,
    study_name: str,
    into: BaseStorage | Path | str,
    *,
    name: str | None = None,
) -> int:
    """Copy a study out of a repository into any Optuna storage; returns how many trials.

    The same call once more copies what the study got since.

    Raises:
        NotFoundError: there is no such study.
        SourceError: the target cannot be opened.
        UsageError: another study has the name there.
    """
    storage = open_storage(into, create=True)
    return _copied(source, _found(source, study_name), storage, name, finish=False)


def open_storage(storage: BaseStorage | Path | str, *, create: bool = False) -> BaseStorage:
    """A storage as it is given, by its URL, or that a file is: an SQLite database or a journal.

    Raises:
        SourceError: it cannot be read, or there is no file and none is to be created.
    """
    if isinstance(storage, BaseStorage):
        return storage
    text = str(storage)
    try:
        if "://" in text:
            return get_storage(text)
        file = Path(text)
        if not file.is_file() and not create:
            raise SourceError("there is no such file", file=text)
        if file.exists() and _is_database(file):
            return get_storage(f"sqlite:///{file.absolute()}")
        return JournalStorage(JournalFileBackend(text))
    except GittrackError:
        raise
    # Optuna's backends raise whatever theirs do: SQLAlchemy's errors, a missing driver.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SourceError(f"no storage of Optuna's: {reason}", file=text) from error


def _is_database(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(16).startswith(b"SQLite format 3")


def _copied(
    source: BaseStorage, study_id: int, into: BaseStorage, name: str | None, *, finish: bool
) -> int:
    known = source.get_study_name_from_id(study_id)
    target = name or known
    directions = source.get_study_directions(study_id)
    try:
        copied = into.create_new_study(directions, target)
        into.set_study_system_attr(copied, _SOURCE, known)
    except DuplicatedStudyError as error:
        copied = into.get_study_id_from_name(target)
        found = into.get_study_system_attrs(copied).get(_SOURCE)
        is_new = found is None and into.get_n_trials(copied) == 0
        if found != known and not is_new:
            raise UsageError(
                f"there is another study {target!r} already", hint="give it a name of its own"
            ) from error
    _copy_attributes(source, study_id, into, copied)
    trials = source.get_all_trials(study_id, deepcopy=False)
    there = into.get_n_trials(copied)
    for trial in trials[there:]:
        into.create_new_trial(copied, _ended(trial) if finish else trial)
    into.remove_session()
    return max(0, len(trials) - there)


def _copy_attributes(source: BaseStorage, study_id: int, into: BaseStorage, copied: int) -> None:
    present: dict[str, Any] = into.get_study_user_attrs(copied)
    for key, value in source.get_study_user_attrs(study_id).items():
        if present.get(key) != value:
            into.set_study_user_attr(copied, key, value)
    present = into.get_study_system_attrs(copied)
    for key, value in source.get_study_system_attrs(study_id).items():
        if key != _SOURCE and present.get(key) != value:
            into.set_study_system_attr(copied, key, value)


def _ended(trial: FrozenTrial) -> FrozenTrial:
    """A trial that runs elsewhere, as one that failed: nobody will finish it here."""
    if trial.state != TrialState.RUNNING:
        return trial
    ended = copy.copy(trial)
    ended.state = TrialState.FAIL
    ended.values = None
    ended.datetime_complete = trial.datetime_start
    ended._system_attrs = {**trial.system_attrs, WAS: trial.state.name}
    return ended


def _found(storage: BaseStorage, study_name: str | None) -> int:
    if study_name is not None:
        try:
            return storage.get_study_id_from_name(study_name)
        except KeyError as error:
            raise NotFoundError(f"there is no study {study_name!r}") from error
    names = optuna.get_all_study_names(storage)
    if not names:
        raise NotFoundError("there is no study to copy")
    if len(names) > 1:
        raise UsageError(
            f"there are {len(names)} studies; name one of them",
            hint=", ".join(repr(one) for one in sorted(names)[:5]),
        )
    return storage.get_study_id_from_name(names[0])
