"""Train two networks to predict tomorrow's return of real stocks, and see how little there is."""

from __future__ import annotations

import argparse

from skfolio.datasets import load_sp500_dataset

from gittrack import ExperimentTracker
from gittrack.training import Trainer, TrainingConfig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["mlp", "gru"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--years", type=int, default=8)
    chosen = parser.parse_args()
    prices = load_sp500_dataset().iloc[-252 * chosen.years :]
    with ExperimentTracker() as tracker:
        for model_type in chosen.models:
            config = TrainingConfig(
                model_type=model_type, window=10, hidden_size=16, max_epochs=chosen.epochs
            )
            found = Trainer(config).fit(prices, tracker=tracker, experiment="forecast").metrics
            print(
                f"{model_type:4}  best epoch {found['best_epoch']:.0f} of {found['epochs']:.0f}, "
                f"test R² {found['test_r2']:+.3f}, sign told {found['test_sign_accuracy']:.1%}"
            )


if __name__ == "__main__":
    main()
