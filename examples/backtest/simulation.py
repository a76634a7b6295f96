"""A portfolio through time: decided at one close, traded at the next, paid for, and measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

TRADING_DAYS = 252


@dataclass(frozen=True, slots=True)
class Simulation:
    """Daily results of a strategy, all after costs."""

    returns: pd.Series
    weights: pd.DataFrame
    traded: pd.Series
    n_trades: int


def rebalance_days(days: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """The last trading day of each period: "daily", "weekly" or "monthly"."""
    if frequency == "daily":
        return days
    periods = days.to_period({"weekly": "W", "monthly": "M"}[frequency])
    return days[np.append(periods[:-1] != periods[1:], True)]


def target_weights(scores: pd.DataFrame, top: int, side: str) -> pd.DataFrame:
    """Equal weights in the `top` best stocks; with side "long_short" also short the worst.

    Long only: the weights sum to 1. Long-short: 0.5 on each side, so that gross exposure is 1
    in both cases and the rest is cash that earns nothing.
    """
    # Ties are broken by column order, so that a run can be repeated exactly.
    best = scores.rank(axis=1, ascending=False, method="first") <= top
    if side == "long_only":
        return best / float(top)
    worst = scores.rank(axis=1, ascending=True, method="first") <= top
    return (best / float(top) - worst / float(top)) / 2.0


def simulate(prices: pd.DataFrame, decisions: pd.DataFrame, cost_bps: float) -> Simulation:
    """Hold what `decisions` say, from the close of the day after each decision.

    A decision made with the close of day t is traded at the close of t+1 and earns its first
    return on t+2. Between trades the weights drift with prices. Every trade costs `cost_bps`
    basis points of the value traded.
    """
    asset_returns = prices.pct_change().fillna(0.0).to_numpy()
    days, n_assets = asset_returns.shape
    wanted = decisions.reindex(prices.index).to_numpy()
    held = np.zeros(n_assets)
    net, traded = np.zeros(days), np.zeros(days)
    weights = np.zeros((days, n_assets))
    n_trades = 0
    for day in range(1, days):
        gross = held @ asset_returns[day]
        held = held * (1.0 + asset_returns[day]) / (1.0 + gross)
        order = wanted[day - 1] - held
        cost = 0.0
        if not np.isnan(order).any():
            traded[day] = np.abs(order).sum()
            n_trades += int((np.abs(order) > 1e-9).sum())
            cost = traded[day] * cost_bps / 10_000.0
            held = wanted[day - 1].copy()
        net[day] = (1.0 + gross) * (1.0 - cost) - 1.0
        weights[day] = held
    index = prices.index
    return Simulation(
        returns=pd.Series(net, index, name="net"),
        weights=pd.DataFrame(weights, index, prices.columns),
        traded=pd.Series(traded, index, name="traded"),
        n_trades=n_trades,
    )


def metrics(simulation: Simulation, benchmark: pd.Series) -> dict[str, float | int]:
    """What `summary.json` says about a strategy; rates are per year, returns after costs.

    `sharpe` takes cash to earn nothing. Its standard error supposes independent returns
    (Lo 2002). `information_ratio` is that of the return over the benchmark.
    """
    returns = simulation.returns
    years = len(returns) / TRADING_DAYS
    wealth = (1.0 + returns).cumprod()
    daily_sharpe = returns.mean() / returns.std()
    error = ((1.0 + 0.5 * daily_sharpe**2) / len(returns)) ** 0.5
    drawdown = wealth / wealth.cummax().clip(lower=1.0) - 1.0
    return {
        "cagr": float(wealth.iloc[-1] ** (1.0 / years) - 1.0),
        "volatility": float(returns.std() * TRADING_DAYS**0.5),
        "sharpe": float(daily_sharpe * TRADING_DAYS**0.5),
        "sharpe_standard_error": float(error * TRADING_DAYS**0.5),
        "max_drawdown": float(drawdown.min()),
        "information_ratio": _information_ratio(returns, benchmark),
        # One-way: selling all and buying anew is a turnover of 1.
        "turnover": float(simulation.traded.sum() / 2.0 / years),
        "n_trades": simulation.n_trades,
        "n_days": len(returns),
    }


def _information_ratio(returns: pd.Series, benchmark: pd.Series) -> float:
    active = returns - benchmark
    return float(active.mean() / active.std() * TRADING_DAYS**0.5)
