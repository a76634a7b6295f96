"""Data made ready to train with: checked, split, scaled, and a network that fits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from gittrack.errors import UsageError
from gittrack.training.config import TrainingConfig
from gittrack.training.fitting import Samples
from gittrack.training.networks import build
from gittrack.training.samples import (
    Split,
    fitted_scaler,
    scaling_of,
    shuffled,
    split_rows,
    target_scaling,
)
from gittrack.training.table import Array, Table, has_target, table_of
from gittrack.training.trained import TrainedModel


@dataclass(frozen=True, slots=True)
class Prepared:
    """A table with its parts, the fitted scaler (`None` without one), and a model that has learnt
    nothing yet."""

    table: Table
    split: Split
    scaler: Any
    model: TrainedModel
    features: Array
    targets: Array

    def samples(self, ends: Array) -> Samples:
        """The samples that end with these rows."""
        return Samples(self.features, self.targets, ends)


def prepare(data: Any, config: TrainingConfig) -> Prepared:
    """Make data ready.

    Raises:
        UsageError: it is of a kind that is not known, or too little.
        ValueRefusedError: a value is missing or none that can be.
    """
    config = config.settled(has_target(data, config))
    table = table_of(data, config)
    if config.shuffle:
        table = shuffled(table, config.seed)
    split = split_rows(table, config)
    scaler = fitted_scaler(table, split, config.scaler)
    scaling, targets = scaling_of(scaler, len(table.names)), target_scaling(table, split)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = _placed(build(len(table.names), len(table.classes) or 1, config), config.device)
    return Prepared(
        table,
        split,
        scaler,
        TrainedModel(config, table.names, table.classes, scaling, targets, network),
        scaling.apply(table.features),
        table.targets if table.classes else targets.apply(table.targets),
    )


def _placed(network: Any, device: str) -> Any:
    try:
        return network.to(device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0][:100]
        raise UsageError(f"PyTorch cannot compute on {device!r}: {reason}") from error
