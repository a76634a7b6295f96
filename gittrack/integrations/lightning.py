"""PyTorch Lightning: a logger whose experiment is a run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

from gittrack.integrations.training_run import RunCallback, RunOptions, TrainingRun, Where
from gittrack.tracking.active import ActiveRun

try:
    from lightning.pytorch.loggers import Logger
    from lightning.pytorch.utilities import rank_zero_only
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.lightning needs Lightning: pip install 'gittrack[lightning]'"
    ) from error


class GittrackLogger(RunCallback, Logger):
    """Logs what a `Trainer` logs; only the main process of a distributed one records.

        Trainer(logger=GittrackLogger(experiment="digits"), max_epochs=10)

    The run starts with the trainer's first `fit`, `validate` or `test`, and ends with it; in a
    `with` block all of them log to one run.

    Args:
        where: an open run, a tracker, or a repository; see `docs/callbacks.md`.
        experiment: the experiment of the runs that are started.
        log_checkpoints: store the best and the last checkpoint when the trainer ends, as
            `checkpoints/…`.
        options: `run_name`, `tags`, `config` and `on_error`.
    """

    def __init__(
        self,
        where: Where = None,
        experiment: str | None = None,
        *,
        log_checkpoints: bool = False,
        **options: Unpack[RunOptions],
    ) -> None:
        RunCallback.__init__(self, TrainingRun(where, experiment, **options))
        Logger.__init__(self)
        self._name = experiment
        self._version: str | None = None
        self._log_checkpoints = log_checkpoints
        self._checkpoints: dict[str, Any] = {}

    @property
    def experiment(self) -> ActiveRun | None:
        """The run, which begins now if none is open; `None` in all processes but the main one."""
        if rank_zero_only.rank:
            return None
        if self._training.run is None:
            self._training.start()
        run = self._training.run
        if run is not None:
            self._name, self._version = run.experiment_name, run.run_id
        return run

    @property
    def name(self) -> str | None:
        """The name of the experiment."""
        return self._name

    @property
    def version(self) -> str | None:
        """The id of the run, or of the last one."""
        return self._version

    @rank_zero_only
    def log_hyperparams(
        self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any
    ) -> None:
        """Log parameters; what is no data stands there by its name."""
        if self.experiment is not None:
            self._training.log_params(vars(params) if isinstance(params, Namespace) else params)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log metrics at a step of the trainer; `epoch`, which it adds, is one of them."""
        if self.experiment is not None:
            self._training.log_metrics(metrics, step)

    @rank_zero_only
    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """A checkpoint has been saved: the files are stored at the end."""
        if self._log_checkpoints:
            for name in ("best_model_path", "last_model_path"):
                self._checkpoints[name] = getattr(checkpoint_callback, name, "")

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """The trainer came to its end, or was stopped."""
        for path in sorted({path for path in self._checkpoints.values() if path}):
            if Path(path).exists():
                name = f"checkpoints/{Path(path).name}"
                self._training.log_artifact(path, name, "checkpoint")
        self._checkpoints.clear()
        if status == "success":
            self._training.end()
        else:
            self._training.end_by_error()
