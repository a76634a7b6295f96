"""What live runs log: parameters, metrics, artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gittrack.errors import RepositoryError
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
        """Store a file with a run under a name (its own, without folder, if none is given).

        When this returns, its content is stored; the file may change or go. Up to 1 MiB goes into
        git, what is larger to where `exptrack.artifactStore` says (Git LFS, if nothing does).

        Raises:
            UsageError: the name leads out of the run's folder, or the file is no regular file.
        """
        live = self._live.get(run)
        path = Path(file)
        self._claim(live, self._kept(name or path.name, path, artifact_type))

    def log_artifacts(
        self,
        folder: Path | str,
        name: str | None = None,
        artifact_type: str | None = None,
        *,
        run: str | ActiveRun | None = None,
    ) -> None:
        """Store all files below a folder with a run, below a folder `name` if one is given."""
        from gittrack.artifacts import files_below  # costs 30 ms
        from gittrack.tracking.keeping import is_far, side_by_side

        live = self._live.get(run)
        found = [(f"{name}/{p}" if name else p, file) for p, file in files_below(Path(folder))]
        far = is_far(self._session.repository)
        for facts in side_by_side(lambda one: self._kept(*one, artifact_type), found, far=far):
            self._claim(live, facts)

    def _kept(self, name: str, file: Path, artifact_type: str | None) -> dict[str, Any] | None:
        """Store a file's content; what the run says of it, `None` where it could not be stored."""
        from gittrack.tracking.keeping import keep

        try:
            return keep(self._session.repository, name, file, artifact_type)
        except OSError as error:
            self._failures.refused(
                RepositoryError(f"cannot store {file}: {error.strerror or error}")
            )
        except RepositoryError as error:
            self._failures.refused(error)
        return None

    def _claim(self, run: ActiveRun, facts: dict[str, Any] | None) -> None:
        if facts is not None:
            run.claim(facts["path"])
            run.record("artifact", facts)
