"""Data of a training as a table: features and targets by row, from tables or from prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gittrack.errors import UsageError, ValueRefusedError
from gittrack.training.config import TrainingConfig

Array = Any
"""A NumPy array."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order of time.

    Attributes:
        features: a row for each row of the data, a column for each name.
        names: of the features.
        targets: for each row the number to predict, or of a class its place in `classes`.
        known: the rows whose target is there.
        classes: what is told apart; empty for numbers.
        lead: so many first rows have no features.
    """

    features: Array
    names: tuple[str, ...]
    targets: Array
    known: Array
    classes: tuple[Any, ...]
    lead: int


def has_target(data: Any, config: TrainingConfig) -> bool:
    """Whether the data says what to predict, so that it is a table and no prices."""
    return _pair(data) is not None or (config.target is not None and config.prices is not True)


def table_of(data: Any, config: TrainingConfig) -> Table:
    """The data as a table; the config is settled.

    Raises:
        UsageError: it is of another kind, or has not the target's column.
        ValueRefusedError: a value is missing, no number, or no price; the message says where.
    """
    if config.prices:
        return _prices(data, config)
    pair = _pair(data)
    if pair is None:
        if config.target is None or not hasattr(data, "columns"):
            raise UsageError(
                "the data says no target", hint="pass (X, y), or a DataFrame and target: COLUMN"
            )
        column = _column(data, config.target)
        pair = data.drop(columns=[column]), data[column]
    features, names = features_of(pair[0], "X")
    values = np.asarray(pair[1]).reshape(-1)
    if len(values) != len(features):
        raise UsageError(f"X has {len(features)} rows, and y has {len(values)}")
    targets, classes = _targets(values, config.task, pair[1])
    return Table(features, names, targets, np.ones(len(targets), bool), classes, 0)


def features_of(data: Any, name: str) -> tuple[Array, tuple[str, ...]]:
    """Features as a matrix of numbers, and their names.

    Raises:
        ValueRefusedError: one is missing or no number; the message says where.
    """
    if isinstance(data, Mapping):
        names = tuple(map(str, data))
        columns = [np.asarray(column).reshape(-1) for column in data.values()]
        if len(set(map(len, columns))) > 1:
            raise UsageError(f"the columns of {name} differ in length")
        matrix = np.stack([_floats(c, f"{name}, {n}") for n, c in zip(names, columns, strict=True)])
        matrix = matrix.T
    else:
        matrix = _floats(np.asarray(data), name)
        matrix = matrix.reshape(-1, 1) if matrix.ndim == 1 else matrix
        names = _names(data, matrix.shape[-1])
    if matrix.ndim != 2 or not matrix.size:
        raise UsageError(f"{name} is no table: it has the shape {matrix.shape}")
    bad = np.argwhere(~np.isfinite(matrix))
    if len(bad):
        row, column = (int(place) for place in bad[0])
        raise _bad_value(name, matrix[row, column], data, row, names[column], len(bad))
    return matrix, names


def returns_of(data: Any) -> tuple[Array, Array, tuple[str, ...]]:
    """Prices, and their log returns: the first row has none.

    Raises:
        ValueRefusedError: a price is missing, or not above 0; the message says where.
    """
    prices, names = features_of(data, "prices")
    bad = np.argwhere(prices <= 0)
    if len(bad):
        row, column = (int(place) for place in bad[0])
        raise _bad_value("prices", prices[row, column], data, row, names[column], len(bad))
    logs = np.log(prices)
    returns = np.full(logs.shape, np.nan)
    returns[1:] = np.diff(logs, axis=0)
    return logs, returns, names


def _prices(data: Any, config: TrainingConfig) -> Table:
    logs, returns, names = returns_of(data)
    if config.target is not None and config.target not in names:
        raise _no_column(config.target, names)
    of = [names.index(config.target)] if config.target is not None else list(range(len(names)))
    level = logs[:, of].mean(axis=1)
    horizon = config.horizon or 1
    targets = np.full(len(level), np.nan)
    targets[:-horizon] = level[horizon:] - level[:-horizon]
    known = ~np.isnan(targets)
    if config.task == "regression":
        return Table(returns, names, targets, known, (), 1)
    rises = np.where(targets > 0, 1, 0)
    return Table(returns, names, rises, known, ("down", "up"), 1)


def _pair(data: Any) -> tuple[Any, Any] | None:
    if isinstance(data, tuple | list) and len(data) == 2:
        return data[0], data[1]
    if isinstance(data, Mapping) and {"X", "y"} <= data.keys():
        return data["X"], data["y"]
    return None


def _targets(values: Array, task: str, source: Any) -> tuple[Array, tuple[Any, ...]]:
    if task == "regression":
        numbers = _floats(values, "y")
        bad = np.flatnonzero(~np.isfinite(numbers))
        if len(bad):
            raise _bad_value("y", numbers[bad[0]], source, int(bad[0]), None, len(bad))
        return numbers, ()
    missing = [n for n, v in enumerate(values.tolist()) if v is None or v != v]
    if missing:
        raise _bad_value("y", values[missing[0]], source, missing[0], None, len(missing))
    try:
        classes, codes = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise ValueRefusedError(f"the classes in y cannot be sorted: {error}", path="y") from error
    if len(classes) < 2 or len(classes) > 1000:
        raise UsageError(
            f"y has {len(classes)} classes", hint="for numbers to predict, set task: regression"
        )
    return codes.astype(np.int64), tuple(classes.tolist())


def _floats(values: Array, name: str) -> Array:
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueRefusedError(
            f"{name} holds what is no number: {str(error)[:100]}",
            path=name,
            hint="encode texts as numbers first",
        ) from error


def _names(data: Any, count: int) -> tuple[str, ...]:
    if hasattr(data, "columns"):
        return tuple(map(str, data.columns))
    if count == 1 and isinstance(getattr(data, "name", None), str):
        return (data.name,)
    return tuple(f"column {number}" for number in range(count))


def _column(data: Any, name: str) -> Any:
    for column in data.columns:
        if str(column) == name:
            return column
    raise _no_column(name, tuple(map(str, data.columns)))


def _no_column(name: str, names: tuple[str, ...]) -> UsageError:
    from difflib import get_close_matches  # most names are right

    near = get_close_matches(name, names, n=1)
    shown = ", ".join(names[:10])
    hint = f"did you mean {near[0]}?" if near else f"there are {shown}"
    return UsageError(f"the data has no column {name!r}", hint=hint)


def _bad_value(
    name: str, value: Any, data: Any, row: int, column: str | None, count: int
) -> ValueRefusedError:
    """Says which value it is, and how many more there are."""
    where = f"row {row}"
    if hasattr(data, "index") and hasattr(data, "iloc"):
        label = str(data.index[row]).removesuffix(" 00:00:00")[:40]
        where = where if label == str(row) else f"{where} ({label})"
    of = "" if column is None else f" of {column[:60]}"
    more = f", and {count - 1} more" if count > 1 else ""
    return ValueRefusedError(
        f"{name}{of} at {where} is {value}{more}",
        path=name,
        hint="fill these values or leave their rows out",
    )
