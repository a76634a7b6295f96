"""The model registry: named sequences of versions, each of which knows what made it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gittrack.store.models import Model, ModelVersion, Stage

if TYPE_CHECKING:
    from gittrack.models.facts import RunFacts
    from gittrack.models.registry import ModelRegistry

_HOMES = {"ModelRegistry": "gittrack.models.registry", "RunFacts": "gittrack.models.facts"}

__all__ = ["Model", "ModelRegistry", "ModelVersion", "RunFacts", "Stage"]


def __getattr__(name: str) -> Any:
    # On use: a run's page asks which versions it made, and needs no store for their files.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack.models' has no attribute {name!r}")
    return getattr(import_module(home), name)
