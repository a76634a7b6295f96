"""The training loop: batches, early stopping, the weights of the best epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from gittrack.training.config import TrainingConfig
from gittrack.training.samples import windows
from gittrack.training.table import Array

_EVALUATED = 4096
"""Samples that are looked at in one go where nothing is learnt."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Scaled features of all rows, scaled targets, and the rows that samples end with."""

    features: Array
    targets: Array
    ends: Array

    def batches(
        self, size: int, config: TrainingConfig, order: torch.Tensor | None = None
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Inputs and targets, by so many samples, in their order or in another one."""
        ends = self.ends if order is None else self.ends[order.numpy()]
        dtype = torch.long if self.targets.dtype.kind in "iu" else torch.float32
        for start in range(0, len(ends), size):
            some = ends[start : start + size]
            seen = windows(self.features, some, config.window or 1)
            inputs = torch.as_tensor(seen, dtype=torch.float32, device=config.device)
            yield inputs, torch.as_tensor(self.targets[some], dtype=dtype, device=config.device)


@dataclass(frozen=True, slots=True)
class Curves:
    """What happened, epoch by epoch.

    Attributes:
        train_losses, validation_losses: a value for each epoch.
        best_epoch: from 0; -1 where no epoch had a loss that is a number.
        stopped_early: whether patience ended it.
    """

    train_losses: tuple[float, ...]
    validation_losses: tuple[float, ...]
    best_epoch: int
    stopped_early: bool


def fit(
    network: nn.Module,
    train: Samples,
    validation: Samples,
    config: TrainingConfig,
    on_epoch: Callable[[int, float, float], None],
) -> Curves:
    """Train until patience or epochs end; the network has the weights of its best epoch then.

    `on_epoch` gets the epoch, from 0, and both losses; what it raises ends the training. It ends,
    too, where a loss is no longer a number.
    """
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    order = torch.Generator().manual_seed(config.seed)
    train_losses: list[float] = []
    losses: list[float] = []
    best, best_state = -1, None
    for epoch in range(config.max_epochs):
        train_losses.append(_learn(network, optimizer, train, config, order))
        losses.append(evaluate(network, validation, config))
        on_epoch(epoch, train_losses[-1], losses[-1])
        if not math.isfinite(losses[-1]) or not math.isfinite(train_losses[-1]):
            break
        if best < 0 or losses[-1] < losses[best] - config.min_delta:
            best, best_state = epoch, _copy_of(network)
        elif epoch - best >= config.patience:
            break
    if best_state is not None:
        network.load_state_dict(best_state)
    stopped = len(losses) < config.max_epochs and math.isfinite(losses[-1] + train_losses[-1])
    return Curves(tuple(train_losses), tuple(losses), best, stopped)


def evaluate(network: nn.Module, samples: Samples, config: TrainingConfig) -> float:
    """The mean loss over samples: squared error in the training targets' variances, or cross
    entropy in nats."""
    total = 0.0
    network.eval()
    with torch.no_grad():
        for inputs, targets in samples.batches(_EVALUATED, config):
            total += float(_loss(network(inputs), targets)) * len(targets)
    return total / len(samples.ends)


def outputs_for(network: nn.Module, features: Array, ends: Array, config: TrainingConfig) -> Array:
    """What the network says for the windows that end with these rows: a row for each."""
    samples = Samples(features, features[:, 0], ends)
    network.eval()
    with torch.no_grad():
        found = [network(inputs).cpu() for inputs, _ in samples.batches(_EVALUATED, config)]
    return torch.cat(found).numpy()


def _learn(
    network: nn.Module, optimizer: Any, samples: Samples, config: TrainingConfig, order: Any
) -> float:
    total = 0.0
    network.train()
    mixed = torch.randperm(len(samples.ends), generator=order)
    for inputs, targets in samples.batches(config.batch_size, config, mixed):
        optimizer.zero_grad()
        loss = _loss(network(inputs), targets)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
        optimizer.step()
        total += float(loss.detach()) * len(targets)
    return total / len(samples.ends)


def _loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    if targets.dtype == torch.long:
        return nn.functional.cross_entropy(outputs, targets)
    return nn.functional.mse_loss(outputs.squeeze(-1), targets)


def _copy_of(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
