"""Samples of a table: which rows train, validate and test, and how they are scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gittrack.errors import UsageError
from gittrack.training.config import TrainingConfig
from gittrack.training.table import Array, Table

FEWEST = 2
"""A part with fewer samples says nothing."""


@dataclass(frozen=True, slots=True)
class Split:
    """The rows that samples of each part end with, and the first row after the training part."""

    train: Array
    validation: Array
    test: Array
    boundary: int


@dataclass(frozen=True, slots=True)
class Scaling:
    """Numbers made comparable: `(value - center) / scale`, for each column."""

    center: Array
    scale: Array

    def apply(self, values: Array) -> Array:
        """The values as the network gets them."""
        return (values - self.center) / self.scale

    def undo(self, values: Array) -> Array:
        """The values as they were."""
        return values * self.scale + self.center


def split_rows(table: Table, config: TrainingConfig) -> Split:
    """Rows in their order: training, validation, test. What a sample is to predict is known
    within its own part; what it sees may lie before.

    Raises:
        UsageError: a part has too few.
    """
    rows, window, horizon = len(table.features), config.window or 1, config.horizon or 0
    first = int(rows * config.train_share)
    second = int(rows * (config.train_share + config.validation_share))
    ends = np.flatnonzero(table.known)
    ends = ends[ends >= table.lead + window - 1]
    parts = {
        "training": ends[ends + horizon < first],
        "validation": ends[(ends >= first) & (ends + horizon < second)],
        "test": ends[ends >= second],
    }
    for name, found in parts.items():
        if len(found) < FEWEST:
            raise UsageError(
                f"{rows} rows are too few: with a window of {window} and a horizon of {horizon} "
                f"the {name} part has {len(found)} samples",
                hint="give more rows, a smaller window or other shares",
            )
    return Split(parts["training"], parts["validation"], parts["test"], first)


def shuffled(table: Table, seed: int) -> Table:
    """The same rows in another order."""
    order = np.random.default_rng(seed).permutation(len(table.features))
    return Table(
        table.features[order],
        table.names,
        table.targets[order],
        table.known[order],
        table.classes,
        table.lead,
    )


def fitted_scaler(table: Table, split: Split, kind: str) -> Any:
    """A scaler of scikit-learn that has seen the training part alone; `None` for `none`."""
    if kind == "none":
        return None
    from sklearn.preprocessing import (  # type: ignore[import-untyped]
        MinMaxScaler,
        RobustScaler,
        StandardScaler,
    )

    made = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}[kind]()
    return made.fit(table.features[table.lead : split.boundary])


def scaling_of(scaler: Any, columns: int) -> Scaling:
    """What a scaler does, without it."""
    if scaler is None:
        return Scaling(np.zeros(columns), np.ones(columns))
    if hasattr(scaler, "data_min_"):  # MinMaxScaler multiplies
        return Scaling(scaler.data_min_.copy(), 1.0 / scaler.scale_)
    center = scaler.mean_ if hasattr(scaler, "mean_") else scaler.center_
    return Scaling(center.copy(), scaler.scale_.copy())


def target_scaling(table: Table, split: Split) -> Scaling:
    """Mean and standard deviation of the training part's targets; classes stay as they are."""
    if table.classes:
        return Scaling(np.zeros(1), np.ones(1))
    seen = table.targets[split.train]
    spread = float(seen.std())
    return Scaling(np.array([seen.mean()]), np.array([spread if spread > 0 else 1.0]))


def windows(features: Array, ends: Array, window: int) -> Array:
    """For each row the last `window` rows up to it: samples × window × features."""
    rows = np.asarray(ends)[:, None] + np.arange(1 - window, 1)
    return features[rows]
