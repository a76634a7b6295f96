"""Runs as MLflow has them, and what MLflow logs besides as tags that it is not shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from mlflow.entities import Run as MlflowRun
from mlflow.utils.mlflow_tags import (
    MLFLOW_GIT_BRANCH,
    MLFLOW_GIT_COMMIT,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NAME,
    MLFLOW_RUN_NOTE,
    MLFLOW_USER,
)

from gittrack.integrations.mlflow.params import texts
from gittrack.runs.model import RUNNING, Run
from gittrack.runs.own_tags import DATASET, MLFLOW
from gittrack.runs.own_tags import shown_tags as told_tags

MODEL_IN, MODEL_OUT = f"{MLFLOW}input.", f"{MLFLOW}output."
LOGGED_MODEL = f"{MLFLOW}model."
STATUS = f"{MLFLOW}status"
ARTIFACTS = f"{MLFLOW}artifacts"
SCHEDULED = "SCHEDULED"


def run_entity(run: Run, experiment_id: str, location: str, *, deleted: bool = False) -> Any:
    """A run as MLflow has it; `location` is where its experiment's artifacts lie."""
    root = run.tags.get(ARTIFACTS) or f"{location}/{run.run_id}/artifacts"
    info = RunInfo(
        run_id=run.run_id,
        experiment_id=experiment_id,
        user_id=run.tags.get(MLFLOW_USER) or run.user,
        status=_status(run),
        start_time=milliseconds(run.start_time.timestamp()),
        end_time=None if run.end_time is None else milliseconds(run.end_time.timestamp()),
        lifecycle_stage=LifecycleStage.DELETED if deleted else LifecycleStage.ACTIVE,
        artifact_uri=root,
        run_name=run.run_name,
    )
    # When the latest value was logged is in the history; a run's end is near enough here.
    moment = milliseconds((run.end_time or run.start_time).timestamp())
    data = RunData(
        metrics=_metrics(run, moment),
        params=[Param(key, value) for key, value in texts(run.params).items()],
        tags=[RunTag(key, value) for key, value in shown_tags(run).items()],
    )
    return MlflowRun(info, data, _inputs(run.tags), _outputs(run.tags))


def shown_tags(run: Run) -> dict[str, str]:
    """A run's tags with those that MLflow expects, where a run of gittrack's says it elsewhere."""
    code = run.code_version
    known = {
        MLFLOW_RUN_NAME: run.run_name,
        MLFLOW_PARENT_RUN_ID: run.parent_run_id,
        MLFLOW_RUN_NOTE: "\n\n".join(run.notes),
        MLFLOW_GIT_COMMIT: code and code.head,
        MLFLOW_GIT_BRANCH: code and code.branch,
    }
    return {key: value for key, value in known.items() if value} | told_tags(run.tags)


def milliseconds(seconds: float) -> int:
    """Seconds since the epoch as MLflow counts them."""
    return round(seconds * 1000)


def dataset_tags(inputs: Iterable[Any]) -> dict[str, str]:
    """What a run's tags say of datasets that it read."""
    found = {}
    for one in inputs:
        dataset = one.dataset
        names = ("name", "digest", "source_type", "source", "schema", "profile")
        facts = {name: getattr(dataset, name) for name in names}
        facts["tags"] = {tag.key: tag.value for tag in one.tags}
        found[f"{DATASET}{dataset.name}.{dataset.digest}"] = json.dumps(facts)
    return found


def dataset_of(text: str) -> Any:
    """A dataset that a tag tells of; `None` where it says something else."""
    try:
        facts = json.loads(text)
        tags = [InputTag(key, value) for key, value in facts.pop("tags").items()]
        return DatasetInput(Dataset(**facts), tags)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _status(run: Run) -> str:
    return SCHEDULED if run.status == RUNNING and STATUS in run.tags else run.status


def _metrics(run: Run, moment: int) -> list[Any]:
    found = [
        Metric(key, summary.last, moment, summary.last_step or 0)
        for key, summary in run.summaries.items()
    ]
    values = ((k, v) for k, v in run.performance.items() if k not in run.summaries)
    return found + [Metric(key, value, moment, 0) for key, value in values]


def _inputs(tags: Mapping[str, str]) -> Any:
    datasets = [dataset_of(text) for key, text in tags.items() if key.startswith(DATASET)]
    models = [LoggedModelInput(k.removeprefix(MODEL_IN)) for k in tags if k.startswith(MODEL_IN)]
    return RunInputs([one for one in datasets if one is not None], models)


def _outputs(tags: Mapping[str, str]) -> Any:
    return RunOutputs(
        [
            LoggedModelOutput(key.removeprefix(MODEL_OUT), int(step) if step.isdecimal() else 0)
            for key, step in tags.items()
            if key.startswith(MODEL_OUT)
        ]
    )
