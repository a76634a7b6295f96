"""What `GitStorage` stands on: its repository, the studies that are open, who may change what."""

from __future__ import annotations

import atexit
import copy
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial

from gittrack.errors import RepositoryError
from gittrack.git.repository import Repository, discover
from gittrack.integrations.optuna.replay import ID_BITS, StudyState
from gittrack.integrations.optuna.study import Event, OpenStudy
from gittrack.integrations.optuna.trials import keys_of, row_of
from gittrack.integrations.optuna.worker import Worker, worker_of
from gittrack.store.publishing import Publisher
from gittrack.store.session import Session
from gittrack.store.studies import StudyNumbers, StudyRecord, find_study, workers_folder
from gittrack.tracking.pace import Pace

_MASK = (1 << ID_BITS) - 1


class StudiesBase(BaseStorage):
    """An open repository with its studies; `GitStorage` says what the arguments mean."""

    def __init__(
        self,
        repository: Path | str | None = None,
        *,
        retry: int = 0,
    ) -> None:
        self._retry = retry
        self._set_up(discover(repository))

    def _set_up(self, repository: Repository) -> None:
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._session = Session(repository)
        self._publisher = Publisher(self._session)
        self._numbers = StudyNumbers(self._session)
        self._workers = workers_folder(self._session)
        self._open: dict[int, OpenStudy] = {}
        self._pace = Pace(self._seal_all)
        _STORAGES.add(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"repository": self._session.repository.common_dir, "retry": self._retry}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._retry = state["retry"]
        self._set_up(discover(state["repository"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Seal what is finished and let go of all files; the storage may be used again."""
        with self._lock:
            try:
                for study in self._open.values():
                    study.seal(put_away=True)
            finally:
                for study in self._open.values():
                    study.close()
                self._open.clear()
                self._session.close()

    def remove_session(self) -> None:
        """Seal what is finished, now or soon; Optuna calls this at the end of `optimize`."""
        self._pace.ask()

    @property
    def _worker(self) -> Worker:
        return worker_of(self._workers)

    def _study(self, study_id: int) -> OpenStudy:
        study = self._open.get(study_id)
        if study is not None:
            return study
        slug = self._numbers.slug_of(study_id)
        record = None if slug is None else find_study(self._session, slug)
        if record is None:
            raise KeyError(f"there is no study with the id {study_id}")
        study = OpenStudy(self._session, self._publisher, study_id, record)
        self._open[study_id] = study
        if study.state.running and os.access(self._session.repository.private_dir, os.W_OK):
            with study.writing():
                study.fail_dead(self._workers, self._worker.name, self._retry)
        return study

    def _state(self, study_id: int) -> StudyState:
        state = self._study(study_id).catch_up()
        if state.deleted:
            raise KeyError(f"the study with the id {study_id} was deleted")
        return state

    def _trial(self, state: StudyState, trial_id: int) -> FrozenTrial:
        number = trial_id & _MASK
        if number >= len(state.trials):
            raise KeyError(f"there is no trial with the id {trial_id}")
        return state.trials[number]

    @contextmanager
    def _writing(self, study_id: int) -> Iterator[tuple[OpenStudy, StudyState]]:
        with self._lock:
            study = self._study(study_id)
            with study.writing() as state:
                if state.deleted:
                    raise KeyError(f"the study with the id {study_id} was deleted")
                yield study, state

    @contextmanager
    def _changing(
        self, trial_id: int, *, own: bool = True
    ) -> Iterator[tuple[OpenStudy, int, list[Event]]]:
        """A trial that may be changed; the records that the block leaves are written."""
        with self._writing(trial_id >> ID_BITS) as (study, state):
            trial = self._trial(state, trial_id)
            if trial.state.is_finished():
                raise UpdateFinishedTrialError(
                    f"Trial#{trial.number} has already finished and can not be updated."
                )
            events: list[Event] = []
            yield study, trial.number, events
            us = self._worker.name
            if own and state.running.get(trial.number, us) != us:
                events.insert(0, ["own", trial.number, us])
            if events:
                study.write(*events)

    def _added(self, study: OpenStudy, number: int, template: FrozenTrial) -> list[Event]:
        trial = copy.copy(template)
        trial.number, trial._trial_id = number, study.state.trial_id(number)
        if trial.state.is_finished():
            return study.finished(trial, whole=True)
        row = row_of(trial, None, study.state.known)
        return [*study.naming(keys_of(row)), ["add", self._worker.name, row]]

    def _set_study_attr(self, study_id: int, kind: str, key: str, value: Any) -> None:
        with self._writing(study_id) as (study, _):
            study.write(["study", kind, key, value])

    def _frozen(self, study_id: int, record: StudyRecord) -> FrozenStudy:
        state = self._state(study_id)
        return FrozenStudy(
            study_name=record.name,
            direction=None,
            directions=list(state.directions),
            user_attrs=copy.deepcopy(state.attrs["user"]),
            system_attrs=copy.deepcopy(state.attrs["system"]),
            study_id=study_id,
        )

    def _seal_if_full(self, study: OpenStudy) -> None:
        if study.is_full:
            with self._lock:
                study.seal()

    def _seal_all(self) -> None:
        with self._lock:
            for study in self._open.values():
                with suppress(RepositoryError):  # the journal has it all: the next one seals
                    study.seal()


_STORAGES: weakref.WeakSet[StudiesBase] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for storage in list(_STORAGES):
        if storage._pid == os.getpid():
            with suppress(RepositoryError):
                storage.close()


def _after_fork() -> None:
    """A child opens all files anew: it must not keep the locks of its parent alive."""
    for storage in list(_STORAGES):
        for study in storage._open.values():
            study.close()
        storage._set_up(storage._session.repository)


os.register_at_fork(after_in_child=_after_fork)
