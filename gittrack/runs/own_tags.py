"""Tags in which an integration keeps facts of its own, which people are not shown."""

from __future__ import annotations

from collections.abc import Mapping

MLFLOW = "gittrack.mlflow."
"""What the keys begin with in which the MLflow plug-in keeps what a run has no place for."""

DATASET = f"{MLFLOW}dataset."
"""What the keys begin with whose values are datasets that the run read, as JSON."""


def shown_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags without those that an integration keeps for itself."""
    return {key: text for key, text in tags.items() if not key.startswith(MLFLOW)}
