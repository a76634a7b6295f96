"""XGBoost: a run for each training, with its evaluations, its best round and its model."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Unpack

from gittrack.integrations.training_run import RunCallback, RunOptions, TrainingRun, Where

try:
    import numpy
    import xgboost
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.xgboost needs XGBoost: pip install 'gittrack[xgboost]'"
    ) from error

_ALIASES = {"eta", "alpha", "lambda", "gamma"}
"""Short names; the long ones of the same settings are there, too."""


class GittrackCallback(RunCallback, xgboost.callback.TrainingCallback):
    """Logs a training, or a cross-validation, of XGBoost's.

        xgboost.train(params, data, evals=…, callbacks=[GittrackCallback(experiment="cancer")])

    Each evaluation is a metric `data/metric`, its step the round, counted from 0; one of
    `xgboost.cv` is the mean over the folds, beside `data/metric_std`. Without a `config`, the
    booster's own settings are the run's config.

    Args:
        where: an open run, a tracker, or a repository; see `docs/callbacks.md`.
        experiment: the experiment of the runs that are started.
        log_model: store the trained model, as `model.ubj`.
        options: `run_name`, `tags`, `config` and `on_error`.
    """

    def __init__(
        self,
        where: Where = None,
        experiment: str | None = None,
        *,
        log_model: bool = False,
        **options: Unpack[RunOptions],
    ) -> None:
        RunCallback.__init__(self, TrainingRun(where, experiment, **options))
        xgboost.callback.TrainingCallback.__init__(self)
        self._log_model = log_model

    def before_training(self, model: Any) -> Any:
        """The training starts, and with it a run."""
        self._training.start(_settings(model))
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        """A round has been evaluated; never asks for the end of the training."""
        self._training.log_metrics(dict(_latest(evals_log)), epoch)
        return False

    def after_training(self, model: Any) -> Any:
        """The training came to its end."""
        best = _best(model)
        if best:
            self._training.log_metrics(best)
        if self._log_model and isinstance(model, xgboost.Booster):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "model.ubj"
                model.save_model(file)
                self._training.log_artifact(file, file.name, "model")
        self._training.end()
        return model


def _latest(evals_log: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for data, metrics in evals_log.items():
        for metric, values in metrics.items():
            value = values[-1]
            if isinstance(value, tuple):
                yield f"{data}/{metric}", value[0]
                yield f"{data}/{metric}_std", value[1]
            else:
                yield f"{data}/{metric}", value


def _best(model: Any) -> dict[str, float]:
    """What early stopping found, where there was any."""
    attributes = model.attributes() if isinstance(model, xgboost.Booster) else {}
    names = ("best_iteration", "best_score")
    return {name: float(attributes[name]) for name in names if name in attributes}


def _settings(model: Any) -> dict[str, Any]:
    """The settings of a booster, those that nobody set too."""
    booster = model if isinstance(model, xgboost.Booster) else model.cvfolds[0].bst
    learner = json.loads(booster.save_config())["learner"]
    settings: dict[str, Any] = {
        "booster": learner["learner_train_param"]["booster"],
        "objective": learner["learner_train_param"]["objective"],
        "seed": learner["generic_param"]["seed"],
    }
    settings |= learner["gradient_booster"].get("tree_train_param", {})
    numbers = {name: _number(text) for name, text in settings.items() if name not in _ALIASES}
    return {name: value for name, value in numbers.items() if value not in ("", "()")}


def _number(text: Any) -> Any:
    """XGBoost writes all settings as texts, and has its numbers in 32 bits."""
    try:
        number = float(numpy.format_float_positional(numpy.float32(text)))
    except (TypeError, ValueError):
        return text
    return int(number) if number.is_integer() and "." not in str(text) else number
