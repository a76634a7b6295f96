"""What live runs log: parameters, metrics, artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
        self._keep(live, name or path.name, path, artifact_type)

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

        live = self._live.get(run)
        for path, file in list(files_below(Path(folder))):
            self._keep(live, f"{name}/{path}" if name else path, file, artifact_type)

    def _keep(self, run: ActiveRun, name: str, file: Path, artifact_type: str | None) -> None:
        from gittrack.tracking.keeping import keep

        try:
            facts = keep(self._session.repository, name, file, artifact_type)
        except OSError as error:
            self._failures.refused(
                RepositoryError(f"cannot store {file}: {error.strerror or error}")
            )
            return
        except RepositoryError as error:
            self._failures.refused(error)
            return
        run.claim(facts["path"])
        run.record("artifact", facts)
