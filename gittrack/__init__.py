"""gittrack: an experiment tracker whose database is your git repository."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gittrack.config import ExperimentConfig, create_experiment_from_scoring_config
    from gittrack.configs.manager import ConfigurationManager
    from gittrack.errors import GittrackError
    from gittrack.integrations import track_script
    from gittrack.registry import ExperimentRegistry

__version__ = "0.1.0"

_HOMES = {
    "ConfigurationManager": "gittrack.configs.manager",
    "ExperimentConfig": "gittrack.config",
    "ExperimentRegistry": "gittrack.registry",
    "GittrackError": "gittrack.errors",
    "create_experiment_from_scoring_config": "gittrack.config",
    "track_script": "gittrack.integrations",
}

__all__ = [
    "ConfigurationManager",
    "ExperimentConfig",
    "ExperimentRegistry",
    "GittrackError",
    "__version__",
    "create_experiment_from_scoring_config",
    "track_script",
]


def __getattr__(name: str) -> Any:
    # Names are imported on use: a training script that wants one of them pays for that one.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack' has no attribute {name!r}")
    return getattr(import_module(home), name)
