"""Backtest one config on 20 real stocks: `python backtest.py --config C --output-dir D`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
from features import scores
from simulation import Simulation, metrics, rebalance_days, simulate, target_weights
from skfolio.datasets import load_sp500_dataset

import gittrack
from gittrack import ExperimentConfig


def read_config(path: Path) -> ExperimentConfig:
    """The strategy that a YAML file describes."""
    return ExperimentConfig.from_yaml(path.read_text(encoding="utf-8"))


def run(config: ExperimentConfig, prices: pd.DataFrame) -> tuple[Simulation, Simulation]:
    """The strategy and its benchmark (all stocks, equal weights, same calendar and costs)."""
    rules = config.hyperparameters
    # Features may look further back than the period; nothing is traded before it.
    signal = scores(
        prices, config.feature_weights, config.feature_transformations, rules["windows"]
    )
    period = slice(rules["period"]["start"], rules["period"]["end"])
    prices, signal = prices.loc[period], signal.loc[period]
    days = rebalance_days(prices.index, rules["portfolio"]["rebalance"])
    chosen = signal.loc[days].dropna()
    decisions = target_weights(chosen, rules["portfolio"]["top"], rules["portfolio"]["side"])
    equal = pd.DataFrame(1.0 / prices.shape[1], decisions.index, prices.columns)
    cost = rules["cost_bps"]
    return simulate(prices, decisions, cost), simulate(prices, equal, cost)


def parse_arguments() -> argparse.Namespace:
    """The command line; the line with `track_script` is all that tracking needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="a file of configs/")
    parser.add_argument("--output-dir", type=Path, required=True, help="where the results go")
    gittrack.track_script(parser, config=lambda arguments: read_config(arguments.config))
    return parser.parse_args()


def main() -> None:
    """Run one backtest and write summary.json, returns.csv and weights.csv."""
    arguments = parse_arguments()
    prices = load_sp500_dataset()
    strategy, benchmark = run(read_config(arguments.config), prices)
    summary = {
        **metrics(strategy, benchmark.returns),
        "benchmark_sharpe": metrics(benchmark, benchmark.returns * 0.0)["sharpe"],
        "first_day": str(strategy.returns.index[0].date()),
        "last_day": str(strategy.returns.index[-1].date()),
    }
    output: Path = arguments.output_dir
    output.mkdir(parents=True, exist_ok=True)
    (output / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    daily = pd.DataFrame({"strategy": strategy.returns, "benchmark": benchmark.returns})
    daily.to_csv(output / "returns.csv", float_format="%.8f")
    strategy.weights.to_csv(output / "weights.csv", float_format="%.6f")
    print(
        f"{arguments.config.stem}: Sharpe {summary['sharpe']:.2f} "
        f"± {summary['sharpe_standard_error']:.2f}, CAGR {summary['cagr']:.1%}, "
        f"max drawdown {summary['max_drawdown']:.1%}, turnover {summary['turnover']:.1f}×/year"
    )


if __name__ == "__main__":
    main()
