"""The model registry: named sequences of versions, each of which knows what made it."""

from gittrack.models.facts import RunFacts
from gittrack.models.registry import ModelRegistry
from gittrack.store.models import Model, ModelVersion, Stage

__all__ = ["Model", "ModelRegistry", "ModelVersion", "RunFacts", "Stage"]
