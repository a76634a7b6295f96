"""One training as the objective of a search: what `run_hpo_study(model_type=…)` calls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gittrack.errors import UsageError
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker
from gittrack.training.config import TrainingConfig
from gittrack.training.requirements import need_packages


def objective(
    model_type: str,
    config: Mapping[str, object],
    *,
    data: Any = None,
    trial: Any = None,
    run: ActiveRun | None = None,
    tracker: ExperimentTracker | None = None,
) -> Mapping[str, float]:
    """Train one model and return its metrics, `val_loss` first, which is to be minimised.

    Where the training diverges, `val_loss` is NaN and all that there is.

    Args:
        model_type: `mlp`, `lstm`, `gru` or `cnn-lstm`.
        config: what `TrainingConfig.from_mapping` takes.
        data: what `Trainer.fit` takes.
        trial: Optuna's; it is told each epoch's validation loss and may prune.
        run: where to record; nowhere without it and a tracker.
        tracker: as of `Trainer.fit`.

    Raises:
        UsageError: there is no data, or it is too little; the config has an unknown name.
        ValueRefusedError: a value in the config or the data is none that can be.
        optuna.TrialPruned: the trial is to be given up.
    """
    settings = {key: value for key, value in config.items() if key != "model_type"}
    checked = TrainingConfig.from_mapping(settings, model_type=model_type)
    if data is None:
        raise UsageError(
            f"there is no data to train the {checked.model_type} on",
            hint="pass data: (X, y), a DataFrame with a target, or prices",
        )
    need_packages()
    from gittrack.training.trainer import DivergedError, Trainer  # loads PyTorch

    def told(epoch: int, losses: Mapping[str, float]) -> None:
        if trial is not None and math.isfinite(losses["val_loss"]):
            _report(trial, epoch, losses["val_loss"])

    try:
        return Trainer(checked).fit(data, tracker=tracker, run=run, on_epoch=told).metrics
    except DivergedError:
        return {"val_loss": math.nan}


def _report(trial: Any, epoch: int, loss: float) -> None:
    trial.report(loss, epoch)
    if trial.should_prune():
        import optuna

        raise optuna.TrialPruned(f"given up after epoch {epoch} with a loss of {loss:g}")
