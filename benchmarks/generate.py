"""Realistic configs for the benchmarks: about thirty keys on three levels, a few shared."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

MODELS = ("xgboost", "lightgbm", "mlp", "lstm", "transformer")
FEATURES = tuple(f"feature_{number:02d}" for number in range(40))


def configs(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """That many different configs; the same ones for the same seed."""
    source = random.Random(seed)
    for number in range(count):
        yield one(source, number)


def one(source: random.Random, number: int) -> dict[str, Any]:
    """A config as a tabular trainer has it."""
    names = sorted(source.sample(FEATURES, 6))
    return {
        "data": {
            "path": "s3://bucket/prices/daily.parquet",
            "start": f"20{source.randint(10, 20)}-01-01",
            "horizon": source.choice([1, 5, 10, 21]),
            "normalise": source.choice(["zscore", "rank", "none"]),
            "shuffle": source.random() < 0.5,
        },
        "feature_names": names,
        "feature_weights": {name: round(source.random(), 4) for name in names},
        "hyperparameters": {
            "k": number % 50,
            "learning_rate": 10 ** source.uniform(-5, -1),
            "depth": source.randint(2, 12),
            "dropout": round(source.uniform(0, 0.6), 2),
            "l2": 10 ** source.uniform(-8, -2),
            "batch_size": source.choice([32, 64, 128, 256]),
            "epochs": source.randint(5, 200),
            "early_stopping": None,
        },
        "model": {"kind": source.choice(MODELS), "layers": [source.choice([32, 64, 128])] * 3},
        "seed": number,
    }
