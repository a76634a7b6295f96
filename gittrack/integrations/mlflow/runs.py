"""Runs of MLflow's tracking store: created, logged to, ended, deleted, found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow.entities import Metric, RunStatus, ViewType
from mlflow.entities.metric import MetricWithRunId
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME
from mlflow.utils.search_utils import SearchUtils
from mlflow.utils.validation import (
    _validate_batch_log_data,
    _validate_batch_log_limits,
    _validate_metric,
    _validate_metric_name,
    _validate_param,
    _validate_param_keys_unique,
    _validate_run_id,
    _validate_tag,
)

from gittrack.diff import same
from gittrack.errors import NotFoundError
from gittrack.integrations.mlflow.base import StoreBase
from gittrack.integrations.mlflow.entities import milliseconds, run_entity, shown_tags
from gittrack.integrations.mlflow.events import (
    RUN_ID,
    metric_events,
    param_events,
    status_change,
    tag_events,
)
from gittrack.integrations.mlflow.failures import invalid, missing
from gittrack.runs.events import RunState
from gittrack.runs.model import Run
from gittrack.tracking.shared_runs import Event

_MOST = 50_000
_BULK = 25_000


class RunStore(StoreBase):
    """The part of the store that deals with runs."""

    def create_run(
        self,
        experiment_id: str,
        user_id: str,  # noqa: ARG002 - its tag says it
        start_time: int | None,
        tags: Sequence[Any] | None,
        run_name: str | None,
    ) -> Any:
        """Start a run."""
        found = self.experiments.active("0" if experiment_id is None else experiment_id)
        texts = {tag.key: tag.value for tag in map(_checked_tag, tags or ())}
        named = texts.pop(MLFLOW_RUN_NAME, None)
        if run_name and named and run_name != named:
            raise invalid(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with"
                f" different values (run_name='{run_name}', mlflow.runName='{named}')."
            )
        parent = texts.get(MLFLOW_PARENT_RUN_ID)
        if parent is not None and RUN_ID.fullmatch(parent):
            del texts[MLFLOW_PARENT_RUN_ID]
        else:
            parent = None
        run_id = self.tracker.start_shared(
            found.record.name,
            run_name or named,
            started=None if start_time is None else int(start_time) * 1000,
            parent=parent,
            tags=texts,
            capture=self.captures,
        )
        return self.get_run(run_id)

    def get_run(self, run_id: str) -> Any:
        """A run, deleted or not."""
        _validate_run_id(run_id)
        try:
            return self._entity(self.tracker.shared_run(run_id))
        except NotFoundError:
            return self._entity(self._deleted(run_id), deleted=True)

    def update_run_info(
        self, run_id: str, run_status: int | None, end_time: int | None, run_name: str | None
    ) -> Any:
        """End a run, have it go on, or rename it."""
        self._check(run_id)
        if run_name:
            named = {MLFLOW_RUN_NAME: run_name}
            self.tracker.change_shared(run_id, lambda state: list(tag_events(state, named)))
        if run_status is not None:
            status = RunStatus.to_string(run_status)
            if not RunStatus.is_terminated(run_status):
                self.tracker.resume_shared(run_id)
            self.tracker.change_shared(run_id, status_change(status, end_time))
        return self.get_run(run_id).info

    def delete_run(self, run_id: str) -> None:
        """Delete a run; one that is live is ended first."""
        self._check(run_id)
        if self.tracker.shared_run(run_id).is_live:
            self.tracker.change_shared(run_id, status_change("KILLED", None))
        self.tracker.settle_shared(run_id)
        self.tracker.delete_run(run_id)

    def restore_run(self, run_id: str) -> None:
        """Bring a deleted run back."""
        _validate_run_id(run_id)
        self._deleted(run_id)
        self.tracker.restore_run(run_id)

    # Logging

    def log_metric(self, run_id: str, metric: Any) -> None:
        """Log one value."""
        _validate_metric(metric.key, metric.value, metric.timestamp, metric.step)
        events = metric_events(self._new(run_id, [metric]))
        self._write(run_id, lambda _: events)
        self.log_model_metrics(run_id, [metric])

    def log_param(self, run_id: str, param: Any) -> Any:
        """Log one parameter, which cannot become another one."""
        param = _validate_param(param.key, param.value)
        self._write(run_id, lambda state: list(param_events(state, [param])))
        return param

    def set_tag(self, run_id: str, tag: Any) -> None:
        """Set a tag."""
        checked = _checked_tag(tag)
        self._write(run_id, lambda state: list(tag_events(state, {checked.key: checked.value})))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Take a tag away that is there."""

        def change(state: RunState) -> list[Event]:
            if key not in state.tags:
                shown = shown_tags(state.run())
                problem = f"No tag with name: {key} in run with id {run_id}"
                raise invalid(f"the tag {key} cannot go") if key in shown else missing(problem)
            return list(tag_events(state, {key: None}))

        self._write(run_id, change)

    def log_batch(
        self, run_id: str, metrics: Sequence[Any], params: Sequence[Any], tags: Sequence[Any]
    ) -> None:
        """Log all of these, or nothing."""
        _validate_run_id(run_id)
        metrics, params, tags = _validate_batch_log_data(metrics, params, tags)
        _validate_batch_log_limits(metrics, params, tags)
        _validate_param_keys_unique(params)
        texts = {tag.key: tag.value for tag in tags}
        values = metric_events(self._new(run_id, metrics))

        def change(state: RunState) -> list[Event]:
            return [*param_events(state, params), *values, *tag_events(state, texts)]

        self._write(run_id, change)
        self.log_model_metrics(run_id, metrics)

    def _new(self, run_id: str, metrics: Sequence[Any]) -> list[Any]:
        """Without what is there: MLflow logs values once more to tie them to a model."""
        if not any(metric.model_id for metric in metrics):
            return list(metrics)
        known = self.tracker.shared_run(run_id).summaries

        def is_there(one: Any) -> bool:
            summary = known.get(one.key)
            if not one.model_id or summary is None or one.step > (summary.last_step or 0):
                return False
            before = self.tracker.get_metric_history(run_id, one.key)
            return any(
                (point.step or 0, milliseconds(point.time)) == (one.step, one.timestamp)
                and same(point.value, float(one.value))
                for point in before
            )

        return [metric for metric in metrics if not is_there(metric)]

    def log_model_metrics(self, run_id: str, metrics: Sequence[Any]) -> None:
        """Log values that are those of a logged model, too."""

    # Finding

    def _search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int | None,
        order_by: Sequence[str] | None,
        page_token: str | None,
    ) -> tuple[list[Any], str | None]:
        if max_results is not None and not 1 <= max_results <= _MOST:
            raise invalid(
                f"Invalid value {max_results} for parameter 'max_results' supplied."
                f" It must be from 1 to {_MOST}"
            )
        if run_view_type == ViewType.DELETED_ONLY:
            return self._search_deleted(experiment_ids, filter_string, max_results, page_token)
        known = {one.experiment_id for one in self.tracker.list_experiments()}
        slugs = []
        for one in experiment_ids:
            record = self.experiments.find(one).record
            slugs += [record.experiment_id] if record.experiment_id in known else []
        if not slugs:
            return [], None
        found = self.tracker.search_runs(
            slugs,
            filter_string or None,
            list(order_by or ()) or None,
            max_results or _MOST,
            page_token or None,
        )
        return [self._entity(run) for run in found], found.token

    def _search_deleted(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        max_results: int | None,
        page_token: str | None,
    ) -> tuple[list[Any], str | None]:
        """Deleted runs, the latest deletion first; the language is MLflow's."""
        wanted = set(map(str, experiment_ids))
        runs = [
            entity
            for one in self.tracker.list_deleted_runs()
            if (entity := self._entity(one.run, deleted=True)).info.experiment_id in wanted
        ]
        page, token = SearchUtils.paginate(
            SearchUtils.filter(runs, filter_string), page_token, max_results or _MOST
        )
        return list(page), token

    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> Any:
        """All values of a metric, in the order in which they were logged."""
        _validate_run_id(run_id)
        _validate_metric_name(metric_key)
        metrics = self._history(run_id, metric_key)
        if max_results is None:
            start = SearchUtils.parse_start_offset_from_page_token(page_token)
            return PagedList(metrics[start:], None)
        page, token = SearchUtils.paginate(metrics, page_token, max_results)
        return PagedList(page, token)

    def get_metric_history_bulk(
        self, run_ids: Sequence[str], metric_key: str, max_results: int | None = None
    ) -> list[Any]:
        """The values of a metric of several runs, by run, time, step and value."""
        found: list[Any] = []
        for run_id in sorted(run_ids):
            values = self._history(run_id, metric_key)
            values.sort(key=lambda one: (one.timestamp, one.step, one.value))
            found += [MetricWithRunId(one, run_id) for one in values]
        return found[: max_results or _BULK]

    def _history(self, run_id: str, key: str) -> list[Any]:
        run = self.tracker.shared_run(run_id)
        if key not in run.summaries:
            value = run.performance.get(key)
            moment = milliseconds((run.end_time or run.start_time).timestamp())
            return [] if value is None else [Metric(key, value, moment, 0, run_id=run_id)]
        return [
            Metric(key, one.value, milliseconds(one.time), one.step or 0, run_id=run_id)
            for one in self.tracker.get_metric_history(run_id, key)
        ]

    # What the parts share

    def _entity(self, run: Run, *, deleted: bool = False) -> Any:
        experiment_id, location = self.place_of(run.experiment_name)
        return run_entity(run, experiment_id, location, deleted=deleted)

    def _deleted(self, run_id: str) -> Run:
        for one in self.tracker.list_deleted_runs():
            if one.run.run_id == run_id:
                return one.run
        raise missing(f"Run with id={run_id} not found")


def _checked_tag(tag: Any) -> Any:
    return _validate_tag(tag.key, tag.value)
