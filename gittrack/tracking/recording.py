"""What live runs log: parameters, metrics, artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gittrack.tracking.active import ActiveRun
from gittrack.tracking.base import TrackerBase


class RunRecording(TrackerBase):
    """Logs to the active run, or to another one that this process has open."""

    def log_param(self, key: str, value: object, *, run: str | ActiveRun | None = None) -> None:
        """Log a parameter of the active run, or of another; see `ActiveRun.log_params`."""
        self._live.get(run).log_param(key, value)

    def log_params(
        self, params: Mapping[str, object], *, run: str | ActiveRun | None = None
    ) -> None:
        """Log parameters; see `ActiveRun.log_params`."""
        self._live.get(run).log_params(params)

    def log_metric(
        self,
        key: str,
        value: float,
        step: int | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Log a value of a metric; see `ActiveRun.log_metric`."""
        self._live.get(run).log_metric(key, value, step)

    def log_metrics(
        self,
        metrics: Mapping[str, float],
        step: int | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Log values of several metrics; see `ActiveRun.log_metrics`."""
        self._live.get(run).log_metrics(metrics, step)

    def log_artifact(
        self,
        file: Path | str,
        name: str | None = None,
        artifact_type: str | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Store a file; see `ActiveRun.log_artifact`."""
        self._live.get(run).log_artifact(file, name, artifact_type)

    def log_artifacts(
        self,
        folder: Path | str,
        name: str | None = None,
        artifact_type: str | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Store all files below a folder; see `ActiveRun.log_artifacts`."""
        self._live.get(run).log_artifacts(folder, name, artifact_type)
