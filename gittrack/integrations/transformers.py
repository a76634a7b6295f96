"""Hugging Face's `Trainer`: a run for each training, with its logs and its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, Unpack

from gittrack.integrations.training_run import RunCallback, RunOptions, TrainingRun, Where

try:
    import transformers
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.transformers needs Transformers: "
        "pip install 'gittrack[transformers]'"
    ) from error

_LEFT_OUT = (
    "accelerator_config",
    "hub_model_id",
    "logging_dir",
    "output_dir",
    "report_to",
    "run_name",
)
"""Arguments that say where things go and what they are called, and one that is never as given."""


class GittrackCallback(RunCallback, transformers.TrainerCallback):
    """Logs each training of a `Trainer`; only the main process of a distributed one records.

        Trainer(model, arguments, train_dataset=…, callbacks=[GittrackCallback(experiment="bert")])

    What the trainer logs are metrics, their step the global step. Without a `config`, the
    arguments that differ from their defaults, and the model's type and size, are the run's config.

    Args:
        where: an open run, a tracker, or a repository; see `docs/callbacks.md`.
        experiment: the experiment of the runs that are started.
        log_checkpoints: store each checkpoint that the trainer saves, as `checkpoint-<step>/…`.
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
        super().__init__(TrainingRun(where, experiment, **options))
        self._log_checkpoints = log_checkpoints

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """A training starts, and with it a run."""
        if state.is_world_process_zero:
            self._training.start({**_changed(args), **_model_facts(others.get("model"))})

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Mapping[str, Any] | None = None,
        **others: Any,
    ) -> None:
        """The trainer logs something."""
        if state.is_world_process_zero:
            numbers = {k: v for k, v in (logs or {}).items() if isinstance(v, int | float)}
            self._training.log_metrics(numbers, state.global_step)

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """A checkpoint has been saved."""
        if self._log_checkpoints and state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            self._training.log_artifact(folder, folder.name, "checkpoint")

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """The training came to its end."""
        if state.best_metric is not None:
            self._training.log_metrics({"best_metric": state.best_metric})
        self._training.end()


def _changed(arguments: Any) -> dict[str, Any]:
    """The arguments that are not as they are by default.

    To make other arguments for that would reset the state that a running trainer works with.
    """
    defaults = {one.name: one.default for one in fields(arguments)}
    return {
        name: value
        for name, value in arguments.to_dict().items()
        if name not in _LEFT_OUT and value is not None and value != _plain(defaults.get(name))
    }


def _plain(default: Any) -> Any:
    return default.value if isinstance(default, Enum) else default


def _model_facts(model: Any) -> dict[str, Any]:
    if model is None:
        return {}
    facts = {"parameters": sum(parameter.numel() for parameter in model.parameters())}
    kind = getattr(getattr(model, "config", None), "model_type", None)
    return {"model": kind or type(model).__name__, **facts}
