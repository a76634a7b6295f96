"""MLflow's logged models: what is said of each is a tag of the run whose artifacts hold it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mlflow.entities import LoggedModel, LoggedModelStatus, Metric
from mlflow.exceptions import MlflowException
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.search_utils import SearchLoggedModelsPaginationToken, SearchLoggedModelsUtils
from mlflow.utils.validation import _validate_logged_model_name

from gittrack.errors import NotFoundError
from gittrack.integrations.mlflow.base import StoreBase
from gittrack.integrations.mlflow.entities import LOGGED_MODEL
from gittrack.integrations.mlflow.events import now, status_change
from gittrack.integrations.mlflow.failures import missing
from gittrack.integrations.mlflow.locations import model_run
from gittrack.runs.events import RunState
from gittrack.runs.model import Run
from gittrack.tracking.shared_runs import Event

Facts = dict[str, Any]
"""What is known of a logged model, as JSON keeps it."""

_PAGE = 100


class LoggedModelStore(StoreBase):
    """The part of the store that deals with logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Sequence[Any] | None = None,
        params: Sequence[Any] | None = None,
        model_type: str | None = None,
    ) -> Any:
        """Make a model; one that no run made gets a run of its own, to keep its files."""
        _validate_logged_model_name(name)
        experiment = self.experiments.active(experiment_id).record
        run_id = source_run_id
        if run_id is None or model_run(f"m-{run_id}{'0' * 12}") is None:
            run_id = self.tracker.start_shared(experiment.name, name, capture=self.captures)
            self.tracker.change_shared(run_id, status_change("FINISHED", None))
        moment = time.time_ns() // 1_000_000
        model_id = f"m-{run_id}{os.urandom(6).hex()}"
        facts = {
            "name": name or f"model-{model_id[-6:]}",
            "created": moment,
            "updated": moment,
            "status": LoggedModelStatus.PENDING.to_int(),
            "type": model_type,
            "source": source_run_id,
            "tags": {tag.key: tag.value for tag in tags or ()},
            "params": {param.key: param.value for param in params or ()},
            "metrics": [],
        }
        self._write(run_id, lambda _: [_said(model_id, facts)])
        return self.get_logged_model(model_id)

    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> Any:
        """A model by its id."""
        run = self._run_of(model_id)
        facts = _facts(run.tags, model_id)
        if facts is None or (facts.get("deleted") and not allow_deleted):
            raise _no_model(model_id)
        return self._model(run, model_id, facts)

    def finalize_logged_model(self, model_id: str, status: Any) -> Any:
        """Say that a model is ready, or that it failed."""
        self._change_model(model_id, lambda facts: facts.update(status=status.to_int()))
        return self.get_logged_model(model_id)

    def set_logged_model_tags(self, model_id: str, tags: Sequence[Any]) -> None:
        """Set tags of a model."""
        texts = {tag.key: tag.value for tag in tags}
        self._change_model(model_id, lambda facts: facts["tags"].update(texts))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Take a tag away that is there."""

        def change(facts: Facts) -> None:
            if facts["tags"].pop(key, None) is None:
                raise missing(f"No tag with key {key!r} found for model with ID {model_id!r}")

        self._change_model(model_id, change)

    def log_logged_model_params(self, model_id: str, params: Sequence[Any]) -> None:
        """Add parameters of a model."""
        texts = {param.key: param.value for param in params}
        self._change_model(model_id, lambda facts: facts["params"].update(texts))

    def delete_logged_model(self, model_id: str) -> None:
        """Take a model out of all listings; its files stay with the run."""
        self._change_model(model_id, lambda facts: facts.update(deleted=True))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[dict[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> Any:
        """A page of models; the language is MLflow's."""
        start, asked = 0, list(experiment_ids)
        if page_token:
            token = SearchLoggedModelsPaginationToken.decode(page_token)
            token.validate(asked, filter_string, order_by)
            start = token.offset
        found = SearchLoggedModelsUtils.filter_logged_models(
            list(self._models(asked)), filter_string, datasets
        )
        found = SearchLoggedModelsUtils.sort(found, order_by)
        end = start + (max_results or _PAGE)
        following = None
        if len(found) > end:
            following = SearchLoggedModelsPaginationToken(
                experiment_ids=asked, filter_string=filter_string, order_by=order_by, offset=end
            ).encode()
        return PagedList(found[start:end], following)

    def log_model_metrics(self, run_id: str, metrics: Sequence[Any]) -> None:
        """Log values that are those of a logged model, too."""
        for model_id in dict.fromkeys(one.model_id for one in metrics if one.model_id):
            rows = [_row(one, run_id) for one in metrics if one.model_id == model_id]

            def add(facts: Facts, rows: list[list[Any]] = rows) -> None:
                known = {_mark(row): row for row in [*facts["metrics"], *rows]}
                facts["metrics"] = list(known.values())

            self._change_model(model_id, add)

    def _models(self, experiment_ids: Sequence[str]) -> Iterator[Any]:
        known = {one.experiment_id for one in self.tracker.list_experiments()}
        names = [self.experiments.find(one).record.experiment_id for one in experiment_ids]
        slugs = [name for name in names if name in known]
        if not slugs:
            return
        for run in self.tracker.search_runs(slugs, f"tags.`{_HAS}` = '1'", None, None):
            yield from self._models_of(run)

    def _models_of(self, run: Run) -> Iterator[Any]:
        for key in run.tags:
            model_id = key.removeprefix(LOGGED_MODEL)
            facts = _facts(run.tags, model_id) if key.startswith(LOGGED_MODEL) else None
            if facts is not None and not facts.get("deleted"):
                yield self._model(run, model_id, facts)

    def _change_model(self, model_id: str, change: Callable[[Facts], None]) -> None:
        run_id = model_run(model_id)
        if run_id is None:
            raise _no_model(model_id)

        def write(state: RunState) -> list[Event]:
            facts = _facts(state.tags, model_id)
            if facts is None or facts.get("deleted"):
                raise _no_model(model_id)
            change(facts)
            facts["updated"] = time.time_ns() // 1_000_000
            return [_said(model_id, facts)]

        self._write(run_id, write)

    def _run_of(self, model_id: str) -> Run:
        run_id = model_run(model_id)
        try:
            if run_id is not None:
                return self.tracker.shared_run(run_id)
        except NotFoundError:
            pass
        raise _no_model(model_id)

    def _model(self, run: Run, model_id: str, facts: Facts) -> Any:
        experiment_id, location = self.place_of(run.experiment_name)
        return LoggedModel(
            experiment_id=experiment_id,
            model_id=model_id,
            name=facts["name"],
            artifact_location=f"{location}/models/{model_id}/artifacts",
            creation_timestamp=facts["created"],
            last_updated_timestamp=facts["updated"],
            model_type=facts["type"],
            source_run_id=facts["source"],
            status=facts["status"],
            tags=facts["tags"],
            params=facts["params"],
            metrics=[_metric(row, model_id) for row in facts["metrics"]],
        )


def _said(model_id: str, facts: Facts) -> Event:
    return ["tags", now(), {f"{LOGGED_MODEL}{model_id}": json.dumps(facts), _HAS: "1"}]


_HAS = f"{LOGGED_MODEL}has"


def _facts(tags: Any, model_id: str) -> Facts | None:
    """What a run's tags say of a model; `None` where they do not, or it cannot be read."""
    try:
        facts = json.loads(tags[f"{LOGGED_MODEL}{model_id}"])
    except (KeyError, ValueError):
        return None
    wanted = ("name", "created", "updated", "status", "type", "source", "tags", "params", "metrics")
    return facts if isinstance(facts, dict) and all(key in facts for key in wanted) else None


def _row(metric: Any, run_id: str) -> list[Any]:
    dataset = (metric.dataset_name, metric.dataset_digest)
    return [metric.key, metric.value, metric.timestamp, metric.step or 0, *dataset, run_id]


def _mark(row: list[Any]) -> tuple[Any, ...]:
    """What a later value takes the place of."""
    return (row[0], *row[3:])


def _metric(row: list[Any], model_id: str) -> Any:
    key, value, moment, step, dataset, digest, run_id = row
    return Metric(key, value, moment, step, model_id, dataset, digest, run_id)


def _no_model(model_id: str) -> MlflowException:
    return missing(f"Logged model with ID '{model_id}' not found.")
