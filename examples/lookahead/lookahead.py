"""Who looks ahead? Strategies on real prices under the look-ahead test, then a search with it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from skfolio.datasets import load_sp500_dataset

from gittrack import ExperimentConfig, ExperimentTracker
from gittrack.optimize import TPEOptimizer
from gittrack.optimize.ttpt import check_lookahead

BACKTEST = Path(__file__).resolve().parents[1] / "backtest"
sys.path.append(str(BACKTEST))

from features import scores  # noqa: E402
from simulation import rebalance_days, simulate, target_weights  # noqa: E402

Strategy = Callable[[pd.DataFrame], pd.DataFrame]


def configured(path: Path) -> Strategy:
    """The scores of a config of the backtest example."""
    config = ExperimentConfig.from_yaml(path.read_text(encoding="utf-8"))
    windows = config.hyperparameters["windows"]
    return lambda prices: scores(
        prices, config.feature_weights, config.feature_transformations, windows
    )


def tomorrow(prices: pd.DataFrame) -> pd.DataFrame:
    """A sign error in a shift: long what will rise tomorrow."""
    return np.sign(prices.shift(-1) / prices - 1.0)


def whole_sample(prices: pd.DataFrame) -> pd.DataFrame:
    """Returns scaled with a mean and a deviation that only the last day knows."""
    returns = prices.pct_change(21)
    return (returns - returns.mean()) / returns.std()


def month_end(prices: pd.DataFrame) -> pd.DataFrame:
    """Month-end momentum, filled backwards: known from the month's first day on."""
    momentum = prices.pct_change(126)
    return momentum.resample("ME").last().reindex(prices.index, method="bfill")


def survivors(prices: pd.DataFrame) -> pd.DataFrame:
    """Momentum of those stocks alone that end above where they began."""
    kept = prices.columns[prices.iloc[-1] > 3.0 * prices.iloc[0]]
    return prices[kept].pct_change(126)


def momentum(prices: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
    """Return over `lookback` days up to `skip` days ago; a negative skip looks ahead."""
    recent = prices.shift(params["skip"])
    return recent / prices.shift(params["lookback"]) - 1.0


def sharpe(prices: pd.DataFrame, params: dict[str, Any]) -> float:
    """Of the five best stocks, chosen weekly, traded a day later and paid for."""
    days = rebalance_days(prices.index, "weekly")
    chosen = momentum(prices, params).loc[days].dropna()
    returns = simulate(prices, target_weights(chosen, 5, "long_only"), 5.0).returns
    return float(returns.mean() / returns.std() * 252**0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--years", type=int, default=4)
    chosen = parser.parse_args()
    prices = load_sp500_dataset().iloc[-252 * chosen.years :]

    strategies = {path.stem: configured(path) for path in sorted(BACKTEST.glob("configs/*.yaml"))}
    for leak in (tomorrow, whole_sample, month_end, survivors):
        strategies[leak.__name__] = leak
    for name, strategy in strategies.items():
        found = check_lookahead(strategy, prices, seed=chosen.seed)
        print(f"{name:14}  {found.outcome:11}  {found.explanation}")

    with ExperimentTracker() as tracker:
        optimizer = TPEOptimizer(
            "momentum-search", metric="sharpe", direction="maximize", seed=chosen.seed
        )
        result = optimizer.optimize_with_runtime_ttpt(
            sharpe,
            momentum,
            prices,
            n_trials=chosen.trials,
            param_space={"lookback": ("int", 42, 252), "skip": ("int", -5, 21)},
            checkpoint_interval=4,
            tracker=tracker,
        )
    print()
    print(f"{len(result.trials)} trials, {len(result.caught)} caught looking ahead")
    for title, trial in (("best", result.best), ("best that passed", result.best_clean)):
        if trial is not None:
            value, params = trial.performance["sharpe"], trial.params
            print(f"{title}: trial {trial.number}, Sharpe {value:.2f}, {params}")


if __name__ == "__main__":
    main()
