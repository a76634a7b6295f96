"""Backtest one config on monthly prices of five stocks, with nothing but the standard library."""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev, stdev

import gittrack
from gittrack import ExperimentConfig

Prices = dict[str, list[float]]

FEATURES: dict[str, Callable[[list[float]], float]] = {
    "momentum": lambda prices: prices[-1] / prices[0] - 1,
    "reversal": lambda prices: 1 - prices[-1] / prices[-2],
    "trend": lambda prices: prices[-1] / fmean(prices) - 1,
    "volatility": lambda prices: stdev(changes(prices)),
}


def read_config(path: Path) -> ExperimentConfig:
    return ExperimentConfig.from_yaml(path.read_text(encoding="utf-8"))


def read_prices(path: Path) -> Prices:
    """Each stock's prices, one a month; NaN before it was listed."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        stock: [float(row[stock] or "nan") for row in rows] for stock in rows[0] if stock != "month"
    }


def changes(prices: list[float]) -> list[float]:
    return [new / old - 1 for old, new in pairwise(prices)]


def rank(values: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(values, key=lambda stock: (values[stock], stock))
    return {stock: place / (len(ordered) - 1) - 0.5 for place, stock in enumerate(ordered)}


def zscore(values: Mapping[str, float]) -> dict[str, float]:
    mean, spread = fmean(values.values()), pstdev(values.values())
    return {stock: (value - mean) / spread for stock, value in values.items()}


def choose(prices: Prices, month: int, config: ExperimentConfig) -> list[str]:
    """The best stocks, judged by prices up to the end of `month` and none later."""
    rules = config.hyperparameters
    history = {
        stock: values[month - rules["lookback"] : month + 1] for stock, values in prices.items()
    }
    listed = {stock: values for stock, values in history.items() if not math.isnan(values[0])}
    score = dict.fromkeys(listed, 0.0)
    for name, weight in config.feature_weights.items():
        raw = {stock: FEATURES[name](values) for stock, values in listed.items()}
        transform = {"rank": rank, "zscore": zscore}[config.feature_transformations[name]]
        for stock, value in transform(raw).items():
            score[stock] += weight * value
    return sorted(score, key=lambda stock: (-score[stock], stock))[: rules["hold"]]


def backtest(prices: Prices, config: ExperimentConfig) -> dict[str, float | int]:
    """Choose at the end of each month, hold equal weights through the next, pay for changes.

    Evening out the weights of stocks that stay is not charged.
    """
    rules = config.hyperparameters
    months = len(next(iter(prices.values())))
    held: list[str] = []
    returns: list[float] = []
    trades = 0
    for month in range(rules["lookback"], months - 1):
        chosen = choose(prices, month, config)
        changed = len(set(chosen) ^ set(held))
        cost = changed / rules["hold"] * rules["cost_bps"] / 10_000
        growth = fmean(prices[stock][month + 1] / prices[stock][month] for stock in chosen)
        returns.append((1 - cost) * growth - 1)
        trades, held = trades + changed, chosen
    return {**measure(returns), "n_trades": trades}


def measure(returns: list[float]) -> dict[str, float | int]:
    wealth, peak, drawdown = 1.0, 1.0, 0.0
    for change in returns:
        wealth *= 1 + change
        peak = max(peak, wealth)
        drawdown = min(drawdown, wealth / peak - 1)
    return {
        "sharpe": round(fmean(returns) / stdev(returns) * math.sqrt(12), 4),
        "cagr": round(wealth ** (12 / len(returns)) - 1, 4),
        "max_drawdown": round(drawdown, 4),
        "n_months": len(returns),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--output-dir", type=Path, required=True)
    gittrack.track_script(parser, config=lambda args: read_config(args.config))
    args = parser.parse_args()

    summary = backtest(
        read_prices(Path(__file__).with_name("prices.csv")), read_config(args.config)
    )
    args.output_dir.mkdir(parents=True, exist_ok=True)
    (args.output_dir / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(f"{args.config.stem:15} Sharpe {summary['sharpe']:5.2f}   CAGR {summary['cagr']:6.1%}")


if __name__ == "__main__":
    main()
