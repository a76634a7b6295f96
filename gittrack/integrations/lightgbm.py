"""LightGBM: a run for each training, with its evaluations, its best round and its model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Unpack

from gittrack.integrations.training_run import RunCallback, RunOptions, TrainingRun, Where
from gittrack.runs.model import FAILED, FINISHED

try:
    import lightgbm
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.lightgbm needs LightGBM: pip install 'gittrack[lightgbm]'"
    ) from error


class GittrackCallback(RunCallback):
    """Logs a training, or a cross-validation, of LightGBM's.

        with GittrackCallback(experiment="cancer") as callback:
            lightgbm.train(params, data, valid_sets=…, callbacks=[callback])

    Each evaluation is a metric `data/metric`, its step the round, counted from 0; one of
    `lightgbm.cv` is the mean over the folds, beside `data/metric_std`. Without a `config`, the
    training's parameters are the run's config.

    LightGBM does not say when a training ends early: without a `with` block, such a run ends when
    the next training starts, when the callback is gone, or with the program.

    Args:
        where: an open run, a tracker, or a repository; see `docs/callbacks.md`.
        experiment: the experiment of the runs that are started.
        log_model: store the trained model, as `model.txt`; of a training that is stopped early
            this, and which round was the best, needs a `with` block.
        options: `run_name`, `tags`, `config` and `on_error`.
    """

    order = 25  # before early stopping (30), which ends a round for all that come later
    before_iteration = False

    def __init__(
        self,
        where: Where = None,
        experiment: str | None = None,
        *,
        log_model: bool = False,
        **options: Unpack[RunOptions],
    ) -> None:
        self._models: list[Any] = []
        unended = _Ending(self._models)
        super().__init__(TrainingRun(where, experiment, unended=unended, **options))
        self._log_model = log_model

    def __call__(self, env: lightgbm.callback.CallbackEnv) -> None:
        """A round has been evaluated."""
        if env.iteration == env.begin_iteration:
            self._training.start(env.params)
        self._models[:] = [env.model]
        self._training.log_metrics(dict(_numbers(env.evaluation_result_list or ())), env.iteration)
        if env.iteration == env.end_iteration - 1 and not self._training.is_held:
            self._log_result()
            self._training.end()

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            self._log_result()
        super().__exit__(*error)

    def _log_result(self) -> None:
        for model in self._models:
            if model.best_iteration > 0:
                self._training.log_metrics({"best_iteration": model.best_iteration - 1})
            if self._log_model and isinstance(model, lightgbm.Booster):
                self._log_model_of(model)
        self._models.clear()

    def _log_model_of(self, model: lightgbm.Booster) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.txt"
            model.save_model(file)
            self._training.log_artifact(file, file.name, "model")


class _Ending:
    """How a training ended that LightGBM said nothing more of."""

    def __init__(self, models: list[Any]) -> None:
        self._models = models

    def __call__(self) -> str:
        stopped_early = self._models and self._models[0].best_iteration > 0
        return FINISHED if stopped_early else FAILED


def _numbers(results: Iterable[Any]) -> Iterator[tuple[str, float]]:
    for result in results:
        data, metric, value, *more = tuple(result)
        yield f"{data}/{metric}", value
        if len(more) > 1 and more[1] is not None:
            yield f"{data}/{metric}_std", more[1]
