"""What a run read and made in MLflow's words: datasets, models in and out, models as once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlflow.entities import _DatasetSummary
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_LOGGED_MODELS
from mlflow.utils.validation import _validate_dataset_inputs

from gittrack.integrations.mlflow.base import StoreBase
from gittrack.integrations.mlflow.entities import (
    MODEL_IN,
    MODEL_OUT,
    dataset_of,
    dataset_tags,
)
from gittrack.integrations.mlflow.events import now
from gittrack.integrations.mlflow.failures import invalid
from gittrack.runs.events import RunState
from gittrack.runs.own_tags import DATASET
from gittrack.tracking.shared_runs import Event

_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Read:
    """A dataset that some run of an experiment read."""

    experiment_id: str
    name: str
    digest: str
    context: str | None


class InputStore(StoreBase):
    """The part of the store that deals with what runs read and made."""

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[Any] | None = None,
        models: Sequence[Any] | None = None,
    ) -> None:
        """Log datasets and models that a run read."""
        if datasets is not None:
            if not isinstance(datasets, list):
                raise invalid(f"Argument 'datasets' should be a list, got '{type(datasets)}'")
            _validate_dataset_inputs(datasets)
        texts = dataset_tags(datasets or ()) | {
            f"{MODEL_IN}{one.model_id}": "" for one in models or ()
        }
        has = {f"{DATASET}has": "1"} if datasets else {}
        self._write(run_id, lambda _: [["tags", now(), texts | has]] if texts else [])

    def log_outputs(self, run_id: str, models: Sequence[Any]) -> None:
        """Log models that a run made, each with its step."""
        texts = {f"{MODEL_OUT}{one.model_id}": str(one.step or 0) for one in models}
        self._write(run_id, lambda _: [["tags", now(), texts]] if texts else [])

    def record_logged_model(self, run_id: str, mlflow_model: Any) -> None:
        """Log a model in the way of MLflow 2: a tag of the run lists them."""
        facts = mlflow_model.get_tags_dict()

        def change(state: RunState) -> list[Event]:
            try:
                known = json.loads(state.tags.get(MLFLOW_LOGGED_MODELS, "[]"))
            except ValueError:
                known = []
            text = json.dumps([*known, facts])
            return [["tags", now(), {MLFLOW_LOGGED_MODELS: text}]]

        self._write(run_id, change)

    def _search_datasets(self, experiment_ids: Sequence[str]) -> list[Any]:
        found = dict.fromkeys(self._read(experiment_ids))
        return [
            _DatasetSummary(one.experiment_id, one.name, one.digest, one.context)
            for one in list(found)[:_MOST]
        ]

    def _read(self, experiment_ids: Sequence[str]) -> Iterator[_Read]:
        known = {one.experiment_id for one in self.tracker.list_experiments()}
        for number in experiment_ids:
            slug = self.experiments.find(number).record.experiment_id
            if slug not in known:
                continue
            for run in self.tracker.search_runs(slug, f"tags.`{DATASET}has` = '1'", None, _MOST):
                for key, text in run.tags.items():
                    one = dataset_of(text) if key.startswith(DATASET) else None
                    if one is not None:
                        tags = {tag.key: tag.value for tag in one.tags}
                        context = tags.get(MLFLOW_DATASET_CONTEXT)
                        yield _Read(str(number), one.dataset.name, one.dataset.digest, context)
