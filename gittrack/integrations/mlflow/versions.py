"""Models and their versions as MLflow has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mlflow.entities.model_registry import (
    ModelVersion as MlflowVersion,
)
from mlflow.entities.model_registry import (
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)

from gittrack.store.models import Model, ModelVersion

SOURCE = "mlflow"
"""The key of a version's metadata under which is what MLflow said of it."""


def model_entity(model: Model, versions: Sequence[ModelVersion]) -> Any:
    """A model as MLflow has it; its versions come newest first."""
    created = _milliseconds(model.created_at)
    latest: dict[str, ModelVersion] = {}
    for version in versions:
        latest.setdefault(str(version.stage), version)
    return RegisteredModel(
        model.name,
        created,
        max([created, *(_milliseconds(one.created_at) for one in versions)]),
        model.description,
        [version_entity(one) for one in latest.values()],
        [RegisteredModelTag(key, value) for key, value in model.tags.items()],
        [RegisteredModelAlias(alias, str(number)) for alias, number in model.aliases.items()],
    )


def version_entity(version: ModelVersion) -> Any:
    """A version as MLflow has it."""
    known = version.metadata.get(SOURCE)
    facts: dict[Any, Any] = known if isinstance(known, dict) else {}
    created = _milliseconds(version.created_at)
    return MlflowVersion(
        name=version.model,
        version=str(version.number),
        creation_timestamp=created,
        last_updated_timestamp=created,
        description=version.description,
        user_id=_name(version.author),
        current_stage=str(version.stage),
        source=facts.get("source") or _source(version),
        run_id=facts.get("run_id") or version.run_id,
        tags=[ModelVersionTag(key, value) for key, value in version.tags.items()],
        run_link=facts.get("run_link"),
        aliases=list(version.aliases),
        model_id=facts.get("model_id"),
    )


def _name(author: str | None) -> str | None:
    """The name of `Name <e-mail>`: the web page has little room."""
    return author and (author.partition(" <")[0] or author)


def _source(version: ModelVersion) -> str | None:
    """Of one that was not registered by MLflow: the artifact of its run."""
    if version.run_id is None or version.source is None:
        return version.source
    return f"runs:/{version.run_id}/{version.source}"


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000) if text else 0
