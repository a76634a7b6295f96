"""Features of daily prices: each looks only at prices up to and including its own day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

TRADING_DAYS = 252


def momentum(prices: pd.DataFrame, lookback: int, skip: int) -> pd.DataFrame:
    """Return over `lookback` days up to `skip` days ago.

    The last month is skipped because it tends to reverse (Jegadeesh 1990).
    """
    return prices.shift(skip) / prices.shift(lookback) - 1.0


def reversal(prices: pd.DataFrame, window: int) -> pd.DataFrame:
    """What was lost over the last `window` days: positive for losers."""
    return 1.0 - prices / prices.shift(window)


def trend(prices: pd.DataFrame, fast: int, slow: int) -> pd.DataFrame:
    """How far the fast moving average is above the slow one, as a fraction."""
    return prices.rolling(fast).mean() / prices.rolling(slow).mean() - 1.0


def volatility(prices: pd.DataFrame, window: int) -> pd.DataFrame:
    """Annualised standard deviation of daily returns."""
    returns = prices.pct_change()
    return returns.rolling(window).std() * TRADING_DAYS**0.5


def rsi(prices: pd.DataFrame, window: int) -> pd.DataFrame:
    """Relative strength index after Wilder (1978), from 0 to 100."""
    change = prices.diff()
    decay = {"alpha": 1.0 / window, "adjust": False, "min_periods": window}
    gain = change.clip(lower=0.0).ewm(**decay).mean()
    loss = (-change).clip(lower=0.0).ewm(**decay).mean()
    return 100.0 * gain / (gain + loss)


FEATURES: Mapping[str, Callable[..., pd.DataFrame]] = {
    "momentum": momentum,
    "reversal": reversal,
    "rsi": rsi,
    "trend": trend,
    "volatility": volatility,
}


def zscore(values: pd.DataFrame) -> pd.DataFrame:
    """Distance from the day's mean over all stocks, in standard deviations."""
    return values.sub(values.mean(axis=1), axis=0).div(values.std(axis=1), axis=0)


def rank(values: pd.DataFrame) -> pd.DataFrame:
    """Rank among the day's stocks, spread evenly from -0.5 (lowest) to 0.5 (highest)."""
    ranks = values.rank(axis=1)
    return ranks.sub(1.0).div(ranks.count(axis=1) - 1.0, axis=0) - 0.5


TRANSFORMATIONS: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "rank": rank,
    "zscore": zscore,
}


def scores(
    prices: pd.DataFrame,
    weights: Mapping[str, float],
    transformations: Mapping[str, str],
    windows: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Each day's score of each stock; missing until every feature has its history."""
    total = pd.DataFrame(0.0, index=prices.index, columns=prices.columns)
    for name, weight in sorted(weights.items()):
        values = FEATURES[name](prices, **windows[name])
        total += weight * TRANSFORMATIONS[transformations[name]](values)
    return total
