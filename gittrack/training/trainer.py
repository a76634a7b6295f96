"""`Trainer`: from data to a model, with everything that happened in its run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from gittrack.errors import GittrackError
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker
from gittrack.training.config import TrainingConfig
from gittrack.training.evaluation import (
    classification_metrics,
    regression_metrics,
)
from gittrack.training.fitting import Curves, evaluate, fit, outputs_for
from gittrack.training.preparing import Prepared, prepare
from gittrack.training.recording import TrainingRecord
from gittrack.training.table import Array
from gittrack.training.trained import TrainedModel, class_shares

OnEpoch = Callable[[int, Mapping[str, float]], None]


class DivergedError(GittrackError):
    """The loss was no number from the first epoch on, so there is no model."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A model, and how it came to be.

    Attributes:
        model: with the weights of the best epoch.
        metrics: `val_loss` of the best epoch first, then `test_loss`, the evaluation as `val_…`
            and `test_…`, `best_epoch` (from 0) and `epochs`.
        curves: the losses of all epochs.
        run_id: the run that has it; `None` where nothing was recorded.
    """

    model: TrainedModel
    metrics: dict[str, float]
    curves: Curves
    run_id: str | None


class Trainer:
    """Trains one network as a config says: the same config, data and machine, the same model.

    Args:
        config: what to do.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config

    def fit(
        self,
        data: Any,
        *,
        tracker: ExperimentTracker | None = None,
        run: ActiveRun | None = None,
        experiment: str = "training",
        on_epoch: OnEpoch | None = None,
    ) -> TrainingResult:
        """Train, evaluate, and record both.

        A run gets the config, the losses of each epoch as they come (`epoch.train_loss`,
        `epoch.val_loss`), architecture, scaler, the
        data's distributions, learning curves, the evaluation, and the model as `model.npz`.

        Args:
            data: `(X, y)`, a mapping of both, or a DataFrame and the config's `target`; or prices.
                Rows are in the order of time.
            tracker: records a run of `experiment`, unless one is active in this thread.
            run: records in this run, which goes on.
            experiment: the name of the experiment.
            on_epoch: gets each epoch, from 0, with `train_loss` and `val_loss`; what it raises
                ends the training.

        Raises:
            UsageError: the data is of another kind, or too little for the windows and parts.
            ValueRefusedError: a value is missing or none that can be; the message says where.
            DivergedError: the loss was no number from the first epoch on.
        """
        prepared = prepare(data, self._config)
        with _recording(prepared, tracker, run, experiment) as record:
            return _trained(prepared, record, on_epoch)


@contextmanager
def _recording(
    prepared: Prepared,
    tracker: ExperimentTracker | None,
    run: ActiveRun | None,
    experiment: str,
) -> Iterator[TrainingRecord | None]:
    """Where it is recorded: the run that is given, the active one, a new one, or nowhere."""
    if tracker is None:
        if run is None:
            yield None
            return
        with ExperimentTracker(run.folder, capture=False) as own:
            yield TrainingRecord(own, run)
        return
    known = run or tracker.active_run()
    if known is not None:
        yield TrainingRecord(tracker, known)
        return
    with tracker.run(experiment, config=prepared.model.config.to_mapping()) as new:
        yield TrainingRecord(tracker, new, has_config=True)


def _trained(
    prepared: Prepared, record: TrainingRecord | None, on_epoch: OnEpoch | None
) -> TrainingResult:
    if record is not None:
        record.begin(prepared)
    curves = _fitted(prepared, record, on_epoch)
    if record is not None:
        record.curves(curves)
    config = prepared.model.config
    if curves.best_epoch < 0:
        raise DivergedError(
            f"the training diverged: its first losses are {curves.train_losses[0]:g} and "
            f"{curves.validation_losses[0]:g}",
            hint=f"lower the learning_rate, which is {config.learning_rate:g}",
        )
    metrics = _evaluated(prepared, curves, record)
    if record is not None:
        record.end(prepared.model, metrics)
    return TrainingResult(prepared.model, metrics, curves, record.run_id if record else None)


def _fitted(prepared: Prepared, record: TrainingRecord | None, on_epoch: OnEpoch | None) -> Curves:
    def told(epoch: int, train_loss: float, validation_loss: float) -> None:
        losses = {"train_loss": train_loss, "val_loss": validation_loss}
        if record is not None:
            record.epoch(epoch, losses)
        if on_epoch is not None:
            on_epoch(epoch, losses)

    train, validation = (
        prepared.samples(p) for p in (prepared.split.train, prepared.split.validation)
    )
    config = prepared.model.config
    with torch.random.fork_rng(devices=[]):  # the caller's chance goes on as if nothing had been
        torch.manual_seed(config.seed)
        return fit(prepared.model.network, train, validation, config, told)


def _evaluated(
    prepared: Prepared, curves: Curves, record: TrainingRecord | None
) -> dict[str, float]:
    """Both parts that were not trained on."""
    model = prepared.model
    losses = {"val_loss": curves.validation_losses[curves.best_epoch]}
    losses["test_loss"] = evaluate(
        model.network, prepared.samples(prepared.split.test), model.config
    )
    found: dict[str, float] = {}
    for part, ends in (("val", prepared.split.validation), ("test", prepared.split.test)):
        outputs = outputs_for(model.network, prepared.features, ends, model.config)
        metrics = _metrics(prepared, outputs, prepared.table.targets[ends])
        found |= {f"{part}_{name}": value for name, value in metrics.items()}
    if record is not None and model.classes:
        record.classes(prepared.table.targets[ends], class_shares(outputs), model.classes)
    epochs = {
        "best_epoch": float(curves.best_epoch),
        "epochs": float(len(curves.train_losses)),
    }
    return {**losses, **found, **epochs}


def _metrics(prepared: Prepared, outputs: Array, truth: Array) -> dict[str, float]:
    if prepared.model.classes:
        return classification_metrics(truth, class_shares(outputs))
    scaling = prepared.model.target_scaling
    predicted = scaling.undo(outputs[:, 0].astype(float))
    return regression_metrics(truth, predicted, float(scaling.center[0]))
