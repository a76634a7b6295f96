"""A small, complete PyTorch trainer for tables and price series that records what it does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gittrack.training.requirements import need_packages

if TYPE_CHECKING:
    from gittrack.training.config import MODEL_TYPES, TrainingConfig
    from gittrack.training.saving import load_model
    from gittrack.training.trained import TrainedModel
    from gittrack.training.trainer import DivergedError, Trainer, TrainingResult
    from gittrack.training.trials import objective

_HOMES = {
    "DivergedError": "gittrack.training.trainer",
    "MODEL_TYPES": "gittrack.training.config",
    "TrainedModel": "gittrack.training.trained",
    "Trainer": "gittrack.training.trainer",
    "TrainingConfig": "gittrack.training.config",
    "TrainingResult": "gittrack.training.trainer",
    "load_model": "gittrack.training.saving",
    "objective": "gittrack.training.trials",
}

_WITHOUT_PYTORCH = ("gittrack.training.config", "gittrack.training.trials")

__all__ = [
    "MODEL_TYPES",
    "DivergedError",
    "TrainedModel",
    "Trainer",
    "TrainingConfig",
    "TrainingResult",
    "load_model",
    "objective",
]


def __getattr__(name: str) -> Any:
    # PyTorch takes seconds to load: only what is used is imported.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack.training' has no attribute {name!r}")
    if home not in _WITHOUT_PYTORCH:
        need_packages()
    return getattr(import_module(home), name)
