"""How good predictions are: a few numbers for a regression or a classification."""

from __future__ import annotations

import math

import numpy as np

from gittrack.training.table import Array


def regression_metrics(truth: Array, predicted: Array, baseline: float) -> dict[str, float]:
    """`mse`, `mae`, `r2` against the baseline, a number that is known before, and `sign_accuracy`,
    the share of true values other than 0 whose sign was told."""
    error, naive = truth - predicted, truth - baseline
    naive_error = float((naive**2).sum())
    signed = truth != 0
    right = np.sign(truth[signed]) == np.sign(predicted[signed])
    found = {
        "mse": float((error**2).mean()),
        "mae": float(np.abs(error).mean()),
        "r2": 1.0 - float((error**2).sum()) / naive_error if naive_error > 0 else math.nan,
        "sign_accuracy": float(right.mean()) if signed.any() else math.nan,
    }
    return {name: value for name, value in found.items() if not math.isnan(value)}


def classification_metrics(truth: Array, probabilities: Array) -> dict[str, float]:
    """`accuracy`, `log_loss` in nats, `balanced_accuracy`, the mean over classes, and with two
    classes `roc_auc`; `majority` is the accuracy of always saying the commonest."""
    predicted = probabilities.argmax(axis=1)
    there = np.unique(truth)
    hit = np.clip(probabilities[np.arange(len(truth)), truth], 1e-15, 1.0)
    found = {
        "accuracy": float((predicted == truth).mean()),
        "balanced_accuracy": float(
            np.mean([(predicted[truth == code] == code).mean() for code in there])
        ),
        "log_loss": float(-np.log(hit).mean()),
        "majority": float(np.bincount(truth).max() / len(truth)),
    }
    if probabilities.shape[1] == 2 and len(there) == 2:
        from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

        found["roc_auc"] = float(roc_auc_score(truth, probabilities[:, 1]))
    return found
