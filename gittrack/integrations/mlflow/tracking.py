"""MLflow's tracking store on a git repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow.entities import ViewType
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking.abstract_store import AbstractStore

from gittrack.integrations.mlflow.failures import refusing, telling
from gittrack.integrations.mlflow.inputs import InputStore
from gittrack.integrations.mlflow.logged_models import LoggedModelStore
from gittrack.integrations.mlflow.runs import RunStore

_KEPT = (
    "search_runs",
    "log_batch_async",
    "log_metric_async",
    "log_param_async",
    "set_tag_async",
    "end_async_logging",
    "flush_async_logging",
    "shut_down_async_logging",
    "get_metric_history_bulk_interval",
    "get_metric_history_bulk_interval_from_steps",
    "set_model_versions_tags",
    "filter_active_experiment_ids",
    "list_scorers_across_experiments",
)
"""Methods of MLflow's that stand on those here."""


@telling
@refusing(AbstractStore, _KEPT, "runs, experiments, models and their files")
class TrackingStore(LoggedModelStore, InputStore, RunStore):
    """Runs and experiments of MLflow in a git repository; `StoreBase` says what arguments mean.

    Every process may log to every run: a script, or the workers of a server. Traces and what
    stands on them are refused as a wrong request.
    """

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """A page of experiments."""
        return self.experiments.search(view_type, max_results, filter_string, order_by, page_token)

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[Any] | None = None
    ) -> str:
        """Create an experiment; returns its id."""
        return self.experiments.create(name, artifact_location, tags)

    def get_experiment(self, experiment_id: str) -> Any:
        """An experiment, deleted or not."""
        return self.experiments.entity(self.experiments.find(experiment_id))

    def get_experiment_by_name(self, experiment_name: str) -> Any:
        """An experiment, deleted or not; `None` where there is none."""
        found = self.experiments.named(experiment_name)
        return None if found is None else self.experiments.entity(found)

    def delete_experiment(self, experiment_id: str) -> None:
        """Delete an experiment with its runs."""
        self.experiments.delete(experiment_id)

    def restore_experiment(self, experiment_id: str) -> None:
        """Bring a deleted experiment back with its runs."""
        self.experiments.restore(experiment_id)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Have MLflow know an experiment by another name."""
        self.experiments.rename(experiment_id, new_name)

    def set_experiment_tag(self, experiment_id: str, tag: Any) -> None:
        """Set a tag of an experiment."""
        self.experiments.tag(experiment_id, {tag.key: tag.value})

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Take a tag of an experiment away."""
        self.experiments.untag(experiment_id, key)

    # The web page asks for these of every experiment: there are none, which is no error.

    def search_traces(self, *_: Any, **__: Any) -> tuple[list[Any], None]:
        """No traces are kept here."""
        return [], None

    def query_trace_metrics(self, *_: Any, **__: Any) -> Any:
        """No traces are kept here."""
        return PagedList([], None)

    def search_issues(self, *_: Any, **__: Any) -> Any:
        """No issues are kept here."""
        return PagedList([], None)

    def list_scorers(self, experiment_id: str) -> list[Any]:  # noqa: ARG002
        """No scorers are kept here."""
        return []

    def search_datasets(self, *_: Any, **__: Any) -> Any:
        """No evaluation datasets are kept here; those that runs read are in the runs."""
        return PagedList([], None)
