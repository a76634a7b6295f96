"""The same calls for a script with one run: `gittrack.start_run(...)`, `gittrack.log_metric(...)`.

One tracker of the current folder's repository serves the process; it is made on first use. A run
that is open when the program ends is ended: as finished, or as failed after an exception that
nobody caught.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gittrack.errors import GittrackError
from gittrack.runs.model import FAILED, FINISHED, KILLED
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker

_default: list[ExperimentTracker] = []


def tracker(path: Path | str | None = None) -> ExperimentTracker:
    """The process's tracker; with a path, a new one of that repository from now on."""
    if path is not None or not _default:
        _default[:] = [ExperimentTracker(path)]
    return _default[0]


def start_run(experiment_name: str, run_name: str | None = None, **options: Any) -> ActiveRun:
    """Start a run; see `ExperimentTracker.start_run`."""
    return tracker().start_run(experiment_name, run_name, **options)


def active_run() -> ActiveRun | None:
    """The run that is open in this thread."""
    return tracker().active_run()


def end_run(status: str = FINISHED) -> None:
    """End the open run."""
    tracker().end_run(status)


def log_param(key: str, value: object) -> None:
    """Log a parameter of the open run."""
    tracker().log_param(key, value)


def log_params(params: Mapping[str, object]) -> None:
    """Log parameters of the open run."""
    tracker().log_params(params)


def log_metric(key: str, value: float, step: int | None = None) -> None:
    """Log a value of a metric of the open run."""
    tracker().log_metric(key, value, step)


def log_metrics(metrics: Mapping[str, float], step: int | None = None) -> None:
    """Log values of several metrics of the open run."""
    tracker().log_metrics(metrics, step)


def log_artifact(
    file: Path | str, name: str | None = None, artifact_type: str | None = None
) -> None:
    """Store a file with the open run."""
    tracker().log_artifact(file, name, artifact_type)


def log_artifacts(
    folder: Path | str, name: str | None = None, artifact_type: str | None = None
) -> None:
    """Store all files below a folder with the open run."""
    tracker().log_artifacts(folder, name, artifact_type)


def set_tag(key: str, value: object) -> None:
    """Set a tag of the open run."""
    tracker().set_tag(key, value)


def set_tags(tags: Mapping[str, object]) -> None:
    """Set tags of the open run."""
    tracker().set_tags(tags)


@atexit.register
def _end_open_runs() -> None:
    if not _default:
        return
    uncaught = getattr(sys, "last_type", None)
    status = FINISHED if uncaught is None else FAILED
    if uncaught is not None and issubclass(uncaught, KeyboardInterrupt):
        status = KILLED
    with suppress(GittrackError):
        _default[0].end_all(status)
