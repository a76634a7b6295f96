"""MLflow on a git repository: plug-ins for the scheme `gittrack:`.

`mlflow.set_tracking_uri("gittrack:.")` is all that a script needs; MLflow finds the classes here by
their entry points.
"""

from __future__ import annotations

try:
    import mlflow as _mlflow  # noqa: F401 - to say what to do where it is missing
except ImportError as error:
    raise ImportError("MLflow is not installed: pip install 'gittrack[mlflow]'") from error

from gittrack.integrations.mlflow.artifacts import ArtifactRepository
from gittrack.integrations.mlflow.registry import ModelRegistryStore
from gittrack.integrations.mlflow.tracking import TrackingStore

__all__ = ["ArtifactRepository", "ModelRegistryStore", "TrackingStore"]
