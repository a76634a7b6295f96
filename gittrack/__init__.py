"""gittrack: an experiment tracker whose database is your git repository."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gittrack.config import ExperimentConfig, create_experiment_from_scoring_config
    from gittrack.configs.manager import ConfigurationManager
    from gittrack.errors import GittrackError
    from gittrack.integrations import track_script
    from gittrack.models import ModelRegistry
    from gittrack.optimize import TPEOptimizer, run_hpo_study
    from gittrack.organizer import (
        ExperimentMetadata,
        ExperimentOrganizer,
        ExperimentStage,
        ExperimentType,
        create_comprehensive_tags,
        generate_experiment_name,
    )
    from gittrack.registry import ExperimentRegistry
    from gittrack.report.logger import RunLogger
    from gittrack.report.reporter import ExperimentReporter
    from gittrack.tracking.shortcuts import (
        active_run,
        end_run,
        log_artifact,
        log_artifacts,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        set_tag,
        set_tags,
        start_run,
    )
    from gittrack.tracking.tracker import ExperimentTracker

__version__ = "0.1.0"

_SHORTCUTS = (
    "active_run",
    "end_run",
    "log_artifact",
    "log_artifacts",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "set_tag",
    "set_tags",
    "start_run",
)

_HOMES = {
    "ConfigurationManager": "gittrack.configs.manager",
    "ExperimentConfig": "gittrack.config",
    "ExperimentMetadata": "gittrack.organizer",
    "ExperimentOrganizer": "gittrack.organizer",
    "ExperimentRegistry": "gittrack.registry",
    "ExperimentReporter": "gittrack.report.reporter",
    "ExperimentStage": "gittrack.organizer",
    "ExperimentTracker": "gittrack.tracking.tracker",
    "ExperimentType": "gittrack.organizer",
    "GittrackError": "gittrack.errors",
    "ModelRegistry": "gittrack.models",
    "RunLogger": "gittrack.report.logger",
    "TPEOptimizer": "gittrack.optimize",
    "create_comprehensive_tags": "gittrack.organizer",
    "create_experiment_from_scoring_config": "gittrack.config",
    "generate_experiment_name": "gittrack.organizer",
    "run_hpo_study": "gittrack.optimize",
    "track_script": "gittrack.integrations",
    **dict.fromkeys(_SHORTCUTS, "gittrack.tracking.shortcuts"),
}

__all__ = [
    "ConfigurationManager",
    "ExperimentConfig",
    "ExperimentMetadata",
    "ExperimentOrganizer",
    "ExperimentRegistry",
    "ExperimentReporter",
    "ExperimentStage",
    "ExperimentTracker",
    "ExperimentType",
    "GittrackError",
    "ModelRegistry",
    "RunLogger",
    "TPEOptimizer",
    "__version__",
    "active_run",
    "create_comprehensive_tags",
    "create_experiment_from_scoring_config",
    "end_run",
    "generate_experiment_name",
    "log_artifact",
    "log_artifacts",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "run_hpo_study",
    "set_tag",
    "set_tags",
    "start_run",
    "track_script",
]


def __getattr__(name: str) -> Any:
    # Names are imported on use: a training script that wants one of them pays for that one.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack' has no attribute {name!r}")
    return getattr(import_module(home), name)
