"""Datasets that runs read, in SQL: they are JSON in tags of the MLflow plug-in's."""

from __future__ import annotations

from gittrack.runs.own_tags import DATASET

DATASET_ROWS = (
    "SELECT run FROM run_tag JOIN run_key ON run_key.n = run_tag.key"
    f" AND kind = 'tag' AND name > '{DATASET}' AND name < '{DATASET}\U0010ffff'"
)
"""A row for each dataset of a run, with its JSON as `value`, and for what else has such a tag."""

_PATHS = {
    "name": "$.name",
    "digest": "$.digest",
    "context": '$.tags."mlflow.data.context"',
}


def dataset_value(key: str) -> str:
    """What that JSON says under `name`, `digest` or `context`; NULL where it says nothing."""
    return f"CASE WHEN json_valid(value) THEN json_extract(value, '{_PATHS[key]}') END"
