"""Hydra: a run for each job, below one for a multirun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gittrack.capture.redaction import redact
from gittrack.errors import ValueRefusedError
from gittrack.integrations.training_run import TrainingRun
from gittrack.runs.trials import objective_values
from gittrack.tracking.failures import OnError
from gittrack.tracking.shortcuts import tracker
from gittrack.tracking.tracker import ExperimentTracker

try:
    from hydra.core.utils import JobReturn, JobStatus
    from hydra.experimental.callback import Callback
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.hydra needs Hydra: pip install 'gittrack[hydra]'"
    ) from error

_MAX_TAG = 500


class GittrackCallback(Callback):
    """Logs each job of an application of Hydra's.

        hydra:
          callbacks:
            gittrack:
              _target_: gittrack.integrations.hydra.GittrackCallback
              experiment: cancer

    The run's config is the job's, without the part that is Hydra's; what the job returns is its
    result. While a job runs, `gittrack.log_metric` and its like log to that run, unless a
    `repository` is named. In a multirun jobs are children of one run, where Hydra's launcher
    starts them in this process.

    Args:
        experiment: the experiment's name; the job's, if none is given.
        repository: the repository, or a folder in it; by default the current folder's.
        log_outputs: store the files that Hydra wrote of the job's config, as `hydra/…`; they are
            stored as they are, with all that the config holds.
        on_error: `warn` or `raise`, for a repository that is named.
    """

    def __init__(
        self,
        experiment: str | None = None,
        repository: str | None = None,
        log_outputs: bool = False,
        on_error: OnError = "warn",
    ) -> None:
        self._experiment = experiment
        # Found now: a job may run in another folder.
        self._where = ExperimentTracker(repository, on_error=on_error) if repository else tracker()
        self._log_outputs = log_outputs
        self._sweep: TrainingRun | None = None
        self._job: TrainingRun | None = None

    def on_multirun_start(self, config: DictConfig, **others: Any) -> None:
        """A multirun starts: its run is the parent of its jobs."""
        self._sweep = self._training(config, {"hydra.mode": "multirun"})
        self._sweep.start({"overrides": redact(config.hydra.overrides.task)})

    def on_multirun_end(self, config: DictConfig, **others: Any) -> None:
        """All jobs of a multirun are done."""
        if self._sweep is not None:
            self._sweep.end()
        self._where.close()

    def on_run_end(self, config: DictConfig, **others: Any) -> None:
        """The application's only job is done."""
        self._where.close()

    def on_job_start(self, config: DictConfig, **others: Any) -> None:
        """A job starts, and with it a run."""
        overrides = " ".join(redact(config.hydra.overrides.task))
        tags = {"hydra.job": config.hydra.job.get("num", 0), "hydra.overrides": overrides}
        self._job = self._training(config, {k: str(v)[:_MAX_TAG] for k, v in tags.items()})
        if self._sweep is not None and self._sweep.run is not None:
            self._job.parent = self._sweep.run.run_id
        self._job.start(_config_of_job(config))

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **others: Any) -> None:
        """A job came to its end, or failed."""
        job = self._job
        if job is None:
            return
        if self._log_outputs and config.hydra.output_subdir is not None:
            folder = Path(config.hydra.runtime.output_dir, config.hydra.output_subdir)
            job.log_artifact(folder, "hydra", "config")
        # The public property writes to standard error, and raises, where the job failed.
        result = job_return._return_value
        if job_return.status == JobStatus.COMPLETED:
            job.log_metrics(_numbers(result))
            job.end()
        else:
            job.hold()
            job.release(type(result), result, None)

    def _training(self, config: DictConfig, tags: dict[str, object]) -> TrainingRun:
        name = self._experiment or config.hydra.job.name
        return TrainingRun(self._where, name, tags=tags)


def _config_of_job(config: DictConfig) -> dict[Any, Any]:
    """A job's own config; references are resolved, where all of them can be."""
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    values: Any
    try:
        values = OmegaConf.to_container(own, resolve=True)
    except OmegaConfBaseException:
        values = OmegaConf.to_container(own, resolve=False)
    return dict(values)


def _numbers(result: Any) -> dict[str, float]:
    """What a job returned, as `objective_values` names it, where it is numbers."""
    try:
        return objective_values(result)
    except ValueRefusedError:
        return {}
