"""Networks that see a window of rows: `mlp`, `lstm`, `gru` and `cnn-lstm`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from gittrack.training.config import TrainingConfig


class Recurrent(nn.Module):
    """An LSTM or GRU over the window, after a convolution if there is one; its last state counts.

    Takes samples × window × features, returns samples × outputs.
    """

    def __init__(
        self, features: int, outputs: int, config: TrainingConfig, kind: type[Any], convolve: bool
    ) -> None:
        super().__init__()
        self.convolution = None
        if convolve:
            self.convolution = nn.Sequential(
                nn.Conv1d(features, config.channels, config.kernel_size, padding="same"),
                nn.ReLU(),
            )
        self.recurrent = kind(
            config.channels if convolve else features,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout if config.num_layers > 1 else 0.0,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.hidden_size, outputs)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """The outputs for each sample."""
        if self.convolution is not None:
            windows = self.convolution(windows.transpose(1, 2)).transpose(1, 2)
        states, _ = self.recurrent(windows)
        outputs: torch.Tensor = self.head(self.dropout(states[:, -1]))
        return outputs


def build(features: int, outputs: int, config: TrainingConfig) -> nn.Module:
    """The network of a settled config; its weights come from PyTorch's generator as it stands."""
    if config.model_type == "mlp":
        return _perceptron(features * (config.window or 1), outputs, config)
    kind = nn.GRU if config.model_type == "gru" else nn.LSTM
    return Recurrent(features, outputs, config, kind, config.model_type == "cnn-lstm")


def _perceptron(inputs: int, outputs: int, config: TrainingConfig) -> nn.Module:
    layers: list[nn.Module] = [nn.Flatten()]
    for _ in range(config.num_layers):
        layers += [nn.Linear(inputs, config.hidden_size), nn.ReLU(), nn.Dropout(config.dropout)]
        inputs = config.hidden_size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))
