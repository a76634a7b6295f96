"""A trained model: predicts from data as it was trained on, alone and after it was stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gittrack.errors import UsageError
from gittrack.training.config import TrainingConfig
from gittrack.training.fitting import outputs_for
from gittrack.training.samples import Scaling
from gittrack.training.table import Array, features_of, returns_of


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A network with all that it takes to predict.

    Attributes:
        config: what it was trained with; settled.
        names: of the features, in their order.
        classes: what it tells apart; empty where it predicts numbers.
        scaling: of the features.
        target_scaling: of the numbers that it predicts.
        network: the PyTorch module.
    """

    config: TrainingConfig
    names: tuple[str, ...]
    classes: tuple[Any, ...]
    scaling: Scaling
    target_scaling: Scaling
    network: Any

    @property
    def lead(self) -> int:
        """So many first rows of data get no prediction: their window is not full."""
        return (self.config.window or 1) - 1 + int(bool(self.config.prices))

    def predict(self, data: Any) -> Array:
        """A prediction for each row from `lead` on: a number, or a class.

        Args:
            data: features or prices, with the columns of the training.

        Raises:
            UsageError: it has other columns, or too few rows for a window.
            ValueRefusedError: a value is missing.
        """
        if self.classes:
            return np.array(self.classes)[self.probabilities(data).argmax(axis=1)]
        return self.target_scaling.undo(self._outputs(data)[:, 0].astype(np.float64))

    def probabilities(self, data: Any) -> Array:
        """For each row from `lead` on the probability of each class, in the order of `classes`.

        Raises:
            As `predict`; or UsageError: it predicts numbers.
        """
        if not self.classes:
            raise UsageError("the model predicts numbers, which have no probabilities")
        return class_shares(self._outputs(data))

    def _outputs(self, data: Any) -> Array:
        features, names = returns_of(data)[1:] if self.config.prices else features_of(data, "X")
        if len(names) != len(self.names) or (hasattr(data, "columns") and names != self.names):
            raise UsageError(
                f"the model knows the columns {_shown(self.names)}, not {_shown(names)}",
                hint="give the columns of the training, in their order",
            )
        if len(features) <= self.lead:
            raise UsageError(
                f"{len(features)} rows are too few: the model sees {self.lead + 1} at a time"
            )
        ends = np.arange(self.lead, len(features))
        return outputs_for(self.network, self.scaling.apply(features), ends, self.config)


def class_shares(outputs: Array) -> Array:
    """The outputs for each class as probabilities."""
    shares: Array = torch.softmax(torch.as_tensor(outputs), dim=1).numpy().astype(np.float64)
    return shares


def _shown(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f", … ({len(names)})" if len(names) > 5 else "")
