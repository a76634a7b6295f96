"""Keras: a run for each `fit`, with its metrics by epoch and its model."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

from gittrack.integrations.training_run import RunCallback, RunOptions, TrainingRun, Where

try:
    import keras
    import numpy
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.keras needs Keras: pip install 'gittrack[keras]'"
    ) from error


class GittrackCallback(RunCallback, keras.callbacks.Callback):
    """Logs each `fit` of a Keras model.

        model.fit(x, y, epochs=10, callbacks=[GittrackCallback(experiment="digits")])

    What Keras measured in an epoch are metrics, their step the epoch, counted from 0. Without a
    `config`, the optimizer's settings, the loss, and the numbers of epochs and steps are the
    run's config.

    Args:
        where: an open run, a tracker, or a repository; see `docs/callbacks.md`.
        experiment: the experiment of the runs that are started.
        each_batch: log the metrics of each batch, too, as `batch/loss` and so on.
        log_model: store the trained model, as `model.keras`.
        options: `run_name`, `tags`, `config` and `on_error`.
    """

    def __init__(
        self,
        where: Where = None,
        experiment: str | None = None,
        *,
        each_batch: bool = False,
        log_model: bool = False,
        **options: Unpack[RunOptions],
    ) -> None:
        RunCallback.__init__(self, TrainingRun(where, experiment, **options))
        keras.callbacks.Callback.__init__(self)
        self._each_batch = each_batch
        self._log_model = log_model
        self._batches = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """A `fit` starts, and with it a run."""
        self._batches = 0
        self._training.start(self._settings())

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """A batch is done."""
        if self._each_batch and logs:
            metrics = {f"batch/{name}": value for name, value in logs.items()}
            self._training.log_metrics(metrics, self._batches)
        self._batches += 1

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """An epoch is done, and validated."""
        self._training.log_metrics(logs or {}, epoch)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """The `fit` came to its end."""
        if self._log_model:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "model.keras"
                self.model.save(file)
                self._training.log_artifact(file, file.name, "model")
        self._training.end()

    def _settings(self) -> dict[str, Any]:
        optimizer = getattr(self.model, "optimizer", None)
        known = {
            "model": self.model.name,
            "parameters": self.model.count_params() if self.model.built else None,
            "loss": getattr(self.model, "loss", None),
            "optimizer": None if optimizer is None else _optimizer_settings(optimizer),
            **{name: self.params.get(name) for name in ("epochs", "steps")},
        }
        return {name: value for name, value in known.items() if value is not None}


def _optimizer_settings(optimizer: Any) -> dict[str, Any]:
    """What is set of an optimizer, as it was given: Keras has 0.001 as 0.0010000000474974513."""
    config: Mapping[str, Any] = optimizer.get_config()
    return {name: _rounded(value) for name, value in config.items() if value is not None}


def _rounded(value: Any) -> Any:
    if isinstance(value, float) and float(numpy.float32(value)) == value:
        return float(numpy.format_float_scientific(numpy.float32(value)))
    return value
