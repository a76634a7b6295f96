"""What a training records in its run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gittrack.report.logger import RunLogger
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker
from gittrack.training.fitting import Curves
from gittrack.training.preparing import Prepared
from gittrack.training.samples import Split
from gittrack.training.saving import FILE, save_model
from gittrack.training.table import Array, Table
from gittrack.training.trained import TrainedModel

_SHOWN = 20
"""Columns whose distribution is recorded."""


class TrainingRecord:
    """Logs to one run as the training goes on."""

    def __init__(
        self, tracker: ExperimentTracker, run: ActiveRun, *, has_config: bool = False
    ) -> None:
        self._tracker, self._run = tracker, run
        self._logger = RunLogger(tracker, run)
        self._has_config = has_config

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._run.run_id

    def begin(self, prepared: Prepared) -> None:
        """What is trained, and on what."""
        model, split = prepared.model, prepared.split
        if not self._has_config:
            self._run.log_params({"training": model.config.to_mapping()})
        self._run.log_metrics(
            {
                "samples.train": float(len(split.train)),
                "samples.validation": float(len(split.validation)),
                "samples.test": float(len(split.test)),
            }
        )
        self._logger.log_model_architecture(model.network)
        if prepared.scaler is not None:
            self._logger.log_scaler(prepared.scaler, features=model.names)
        self._logger.log_data_distribution(_parts(prepared.table, split))

    def epoch(self, epoch: int, losses: Mapping[str, float]) -> None:
        """The losses of an epoch, from 0."""
        # Not by their own names, which are those of the best epoch's.
        self._run.log_metrics({f"epoch.{name}": loss for name, loss in losses.items()}, epoch)

    def curves(self, curves: Curves) -> None:
        """The whole learning curves; also where it diverged."""
        losses = {"train": curves.train_losses, "validation": curves.validation_losses}
        epochs = list(range(len(curves.train_losses)))
        self._logger.log_learning_curves(losses, epochs, y_label="loss")

    def classes(self, truth: Array, probabilities: Array, names: tuple[Any, ...]) -> None:
        """How the test part was told apart."""
        labels = [str(name) for name in names]
        actual = [labels[code] for code in truth]
        said = [labels[code] for code in probabilities.argmax(axis=1)]
        self._logger.log_confusion_matrix(actual, said, classes=labels)
        if len(labels) == 2 and len(set(actual)) == 2:
            self._logger.log_roc(actual, probabilities, classes=labels)

    def end(self, model: TrainedModel, metrics: dict[str, float]) -> None:
        """The model of the best epoch, and how good it is."""
        self._run.log_metrics(metrics)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / FILE
            save_model(model, file)
            self._tracker.log_artifact(file, FILE, "model", run=self._run)


def _parts(table: Table, split: Split) -> dict[str, dict[str, list[float]]]:
    """The first columns' values, by part."""
    rows = {"train": split.train, "validation": split.validation, "test": split.test}
    return {
        part: {
            name: table.features[found, place].tolist()
            for place, name in enumerate(table.names[:_SHOWN])
        }
        for part, found in rows.items()
    }
