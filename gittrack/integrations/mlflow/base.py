"""What the parts of MLflow's tracking store share: the repository, its experiments."""

from __future__ import annotations

import os

from mlflow.exceptions import MlflowException
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow.utils.validation import _validate_run_id

from gittrack.errors import NotFoundError
from gittrack.integrations.mlflow.experiments import Experiments, number_of
from gittrack.integrations.mlflow.failures import invalid, missing, told
from gittrack.integrations.mlflow.locations import SCHEME, repository_path
from gittrack.integrations.mlflow.opened import tracker_of
from gittrack.store.experiments import Experiment
from gittrack.tracking.shared_runs import Change
from gittrack.tracking.sharing import SharedTracker

_SERVED = "_MLFLOW_SERVER_ARTIFACT_DESTINATION"
"""Where MLflow's server says to its workers what it serves."""
_UNTOLD = "mlartifacts"


class StoreBase(AbstractStore):  # type: ignore[misc]  # MLflow's types are not at hand
    """Stands on a repository, which is opened anew in a forked child.

    Args:
        store_uri: the repository: `gittrack:///path`, or `gittrack:.` for the one here. Where there
            is none, it is made.
        artifact_uri: where a server keeps artifacts; none keeps them in the repository.
    """

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        super().__init__()
        with told():
            self._path = repository_path(store_uri)
            # A script's own code is what a run was made with; a server's is not.
            self.captures = artifact_uri is None
            self._root = None if _is_here(artifact_uri) else artifact_uri
            self._experiments: tuple[SharedTracker, Experiments] | None = None
            self._places: dict[str, tuple[str, str]] = {}
            _ = self.tracker

    @property
    def tracker(self) -> SharedTracker:
        """The repository, open in this process."""
        return tracker_of(self._path)

    @property
    def experiments(self) -> Experiments:
        """The repository's experiments."""
        tracker = self.tracker
        if self._experiments is None or self._experiments[0] is not tracker:
            self._experiments = tracker, Experiments(tracker, self._root)
        return self._experiments[1]

    def place_of(self, experiment: str) -> tuple[str, str]:
        """The id of the experiment that gittrack knows by a name, and where its artifacts lie."""
        found = self._places.get(experiment)
        if found is None:
            number = number_of(experiment)
            try:
                record = self.experiments.find(number).record
            except MlflowException:  # deleted with its ref's history, and still shown in full
                record = Experiment(experiment)
            found = self._places[experiment] = number, self.experiments.location(record)
        return found

    def _write(self, run_id: str, change: Change) -> None:
        """Write to a run that was not deleted."""
        _validate_run_id(run_id)
        try:
            self.tracker.change_shared(run_id, change)
        except NotFoundError as error:
            self._refuse_deleted(run_id)
            raise missing(f"Run with id={run_id} not found") from error

    def _check(self, run_id: str) -> None:
        """Refuse a run that is not there."""
        _validate_run_id(run_id)
        try:
            self.tracker.shared_run(run_id)
        except NotFoundError as error:
            self._refuse_deleted(run_id)
            raise missing(f"Run with id={run_id} not found") from error

    def _refuse_deleted(self, run_id: str) -> None:
        if any(one.run.run_id == run_id for one in self.tracker.list_deleted_runs()):
            raise invalid(
                f"The run {run_id} must be in the 'active' state. Current state is deleted."
            )


def _is_here(artifact_uri: str | None) -> bool:
    """Whether artifacts belong into the repository: also where a server was told no place for
    them, for which MLflow says `mlruns`, or serves `mlartifacts`."""
    if artifact_uri is None or artifact_uri.startswith(f"{SCHEME}:"):
        return True
    if artifact_uri.startswith("mlflow-artifacts:"):
        return os.environ.get(_SERVED, _UNTOLD).endswith(_UNTOLD)
    return artifact_uri.rstrip("/").rpartition("/")[2] == "mlruns"
