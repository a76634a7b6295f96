"""`GitStorage`: an Optuna storage whose studies live in a git repository."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Container, Sequence
from typing import Any

from optuna.distributions import BaseDistribution, check_distribution_compatibility
from optuna.exceptions import DuplicatedStudyError
from optuna.storages._base import DEFAULT_STUDY_NAME_PREFIX
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

from gittrack.integrations.optuna.base import StudiesBase
from gittrack.integrations.optuna.replay import ID_BITS
from gittrack.integrations.optuna.study import OpenStudy, local_now
from gittrack.store.experiment_deletion import delete_experiment
from gittrack.store.sealing import Sealer
from gittrack.store.studies import (
    StudyRecord,
    all_studies,
    create_study,
    experiment_of_study,
    find_study,
)

_WAITING = (TrialState.WAITING,)


class GitStorage(StudiesBase):
    """Studies in a git repository: a study is an experiment, each trial a run.

    May be shared by threads, and any number of processes may open the same repository. When a
    call returns, the kernel has what was written, and `kill -9` does not lose it. Finished trials
    are sealed in git when there are many, at the end of `study.optimize`, and at the end of the
    program.

    Args:
        repository: the repository, or any folder in it; without one, the current folder decides.
        retry: how often a trial is tried again whose process was killed; Optuna's
            `RetryHeartbeatStaleTrialCallback` tells which trial it was.

    Raises:
        RepositoryError: there is no repository that can be used.
    """

    # Studies

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        """Create a study; its experiment is in git when this returns."""
        if study_name is None:
            study_name = f"{DEFAULT_STUDY_NAME_PREFIX}{uuid.uuid4()}"
        words = tuple(direction.name.lower() for direction in directions)
        record = StudyRecord(study_name, experiment_of_study(study_name), words)
        with self._lock:
            if not create_study(self._session, self._publisher, record):
                raise DuplicatedStudyError(f"there is a study {study_name!r} already")
            number = self._numbers.give(record.experiment, anew=True)
            self._open[number] = OpenStudy(self._session, self._publisher, number, record)
            return number

    def delete_study(self, study_id: int) -> None:
        """Delete a study with its runs; `git exp experiments restore` brings them back."""
        with self._lock:
            study = self._study(study_id)
            experiment = study.record.experiment
            study.seal()
            study.delete()
            del self._open[study_id]
            self._numbers.take_away(study_id)
            sealer = Sealer(self._session, self._publisher)
            delete_experiment(self._session, self._publisher, sealer, experiment)

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set an attribute of a study."""
        self._set_study_attr(study_id, "user", key, value)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set one of Optuna's own attributes of a study."""
        self._set_study_attr(study_id, "system", key, value)

    def get_study_id_from_name(self, study_name: str) -> int:
        """The id of a study; it is the same one in every process of this clone."""
        with self._lock:
            record = find_study(self._session, experiment_of_study(study_name))
            if record is None:
                raise KeyError(f"there is no study {study_name!r}")
            return self._numbers.give(record.experiment)

    def get_study_name_from_id(self, study_id: int) -> str:
        """The name of a study."""
        with self._lock:
            return self._study(study_id).record.name

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Whether each objective is minimised or maximised."""
        with self._lock:
            return self._study(study_id).state.directions

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """The attributes of a study."""
        with self._lock:
            return self._state(study_id).attrs["user"]

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """Optuna's own attributes of a study."""
        with self._lock:
            return self._state(study_id).attrs["system"]

    def get_all_studies(self) -> list[FrozenStudy]:
        """All studies, by their ids."""
        with self._lock:
            found = [
                self._frozen(self._numbers.give(one.experiment), one)
                for one in all_studies(self._session)
            ]
        return sorted(found, key=lambda study: study._study_id)

    # Trials

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Create a trial, running or as the template says; returns its id."""
        with self._writing(study_id) as (study, state):
            study.fail_dead(self._workers, self._worker.name, self._retry)
            number = len(state.trials)
            if template_trial is None:
                study.write(["new", number, _now(), self._worker.name])
            else:
                study.write(*self._added(study, number, template_trial))
        if template_trial is not None:
            self._seal_if_full(study)
        return (study_id << ID_BITS) + number

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        """Set a parameter of a trial that is not finished."""
        with self._changing(trial_id) as (study, number, events):
            known = study.state.newest.get(param_name)
            if known is not None:
                check_distribution_compatibility(known, distribution)
            key = study.state.known.key(distribution)
            events += study.naming([key])
            events.append(["param", number, param_name, key, param_value_internal])

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Set the state of a trial, and its values; a finished trial is a run from then on."""
        floats = None if values is None else [float(value) for value in values]
        with self._changing(trial_id, own=False) as (study, number, events):
            trial = study.state.trials[number]
            if state == TrialState.RUNNING and trial.state != TrialState.WAITING:
                return False
            if state == TrialState.RUNNING:
                events.append(["run", number, _now(), self._worker.name])
            if not state.is_finished():
                if floats is not None or state == TrialState.WAITING:
                    events.append(["state", number, state.value, floats])
                return True
            new = study.state.changed(number, state=state, datetime_complete=local_now())
            if floats is not None:
                new.values = floats
            events += study.finished(new)
        self._seal_if_full(study)
        return True

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        """Set a trial's value at a step."""
        with self._changing(trial_id) as (_, number, events):
            events.append(["step", number, int(step), float(intermediate_value), _now()])

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set an attribute of a trial."""
        with self._changing(trial_id) as (_, number, events):
            events.append(["attr", number, "user", key, value])

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set one of Optuna's own attributes of a trial."""
        with self._changing(trial_id) as (_, number, events):
            events.append(["attr", number, "system", key, value])

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """A trial as it is now."""
        with self._lock:
            return self._trial(self._state(trial_id >> ID_BITS), trial_id)

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        """The id of the trial of that number."""
        with self._lock:
            trials = self._state(study_id).trials
        if not 0 <= trial_number < len(trials):
            raise KeyError(f"the study {study_id} has no trial {trial_number}")
        return trials[trial_number]._trial_id

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """The trials of a study in those states, by number."""
        with self._lock:
            state = self._state(study_id)
            if states == _WAITING:  # each `ask` wants to know
                trials = [state.trials[number] for number in sorted(state.waiting)]
            elif states is None:
                trials = state.trials.copy()
            else:
                trials = [trial for trial in state.trials if trial.state in states]
        return copy.deepcopy(trials) if deepcopy else trials

    def get_best_trial(self, study_id: int) -> FrozenTrial:
        """The finished trial with the best value; of several the first."""
        with self._lock:
            state = self._state(study_id)
            if len(state.directions) > 1:
                raise RuntimeError(
                    "Best trial can be obtained only for single-objective optimization."
                )
            if state.best is None:
                raise ValueError("No trials are completed yet.")
            return state.trials[state.best]


def _now() -> int:
    return time.time_ns() // 1000
