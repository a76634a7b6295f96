"""PyTorch's plain loop: metrics by epoch, gradients' norms, and weights as artifacts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, Unpack

from gittrack.integrations.training_run import RunCallback, RunOptions, TrainingRun, Where

try:
    import torch
except ImportError as error:
    raise ImportError(
        "gittrack.integrations.torch needs PyTorch: pip install 'gittrack[torch]'"
    ) from error


class TrainingLog(RunCallback):
    """The run of a training loop, for a `with` block.

        with TrainingLog(experiment="digits", config={"lr": 0.1}) as log:
            for epoch in range(10):
                …
                log.epoch(epoch, {"loss": loss, "val/loss": val_loss}, model=model)
            log.weights(model)

    Args:
        where: an open run, a tracker, or a repository; see `docs/callbacks.md`.
        experiment: the experiment of the run that is started.
        gradients: log the gradients' norm with each epoch, as `gradient_norm`.
        options: `run_name`, `tags`, `config` and `on_error`.
    """

    def __init__(
        self,
        where: Where = None,
        experiment: str | None = None,
        *,
        gradients: bool = False,
        **options: Unpack[RunOptions],
    ) -> None:
        super().__init__(TrainingRun(where, experiment, **options))
        self._gradients = gradients

    def __enter__(self) -> Self:
        super().__enter__()
        self._training.start()
        return self

    def epoch(
        self,
        epoch: int,
        metrics: Mapping[str, Any],
        *,
        model: torch.nn.Module | None = None,
        optimizer: torch.optim.Optimizer | None = None,
    ) -> None:
        """Log what came of an epoch: numbers, or tensors of one.

        With an `optimizer`, its learning rate is `lr` (`lr/0`, … where it has several groups).
        """
        logged = dict(metrics)
        if model is not None and self._gradients:
            logged["gradient_norm"] = gradient_norm(model)
        if optimizer is not None:
            rates = [group["lr"] for group in optimizer.param_groups]
            several = len(rates) > 1
            logged |= {f"lr/{n}" if several else "lr": rate for n, rate in enumerate(rates)}
        self._training.log_metrics(logged, epoch)

    def weights(self, model: torch.nn.Module, name: str = "weights.pt") -> None:
        """Store a model's `state_dict`; read it back by `torch.load(file, weights_only=True)`."""
        if self._training.run is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "weights.pt"
            torch.save(model.state_dict(), file)
            self._training.log_artifact(file, name, "weights")


def gradient_norm(model: torch.nn.Module) -> float:
    """The Euclidean norm of all gradients of a model; 0 where it has none."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    return float(torch.nn.utils.get_total_norm(gradients)) if gradients else 0.0
