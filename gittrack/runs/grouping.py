"""Runs that have something in common, summed up in one row: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gittrack.runs.comparison import LowerIsBetter, Spread
from gittrack.tables import Column, Table, column_of

RUNS = "runs"
"""The column that counts the runs of a group."""


def grouped(
    table: Table, by: Sequence[str], metrics: Mapping[str, str], lower_is_better: LowerIsBetter
) -> Table:
    """A row for each group of rows, in the order in which the groups appear.

    Args:
        table: a row for each run.
        by: the columns whose values a group has in common; missing is a value, too.
        metrics: the columns to sum up, each with its metric's name.
        lower_is_better: which metrics are better where they are smaller.

    Columns: those of `by`, `runs`, and for each metric `.mean`, `.deviation` (of the sample, NaN
    for one value), `.best` and `.count` (of the values that are finite).
    """
    members = _members(table, by)
    places = list(members.values())
    columns = [
        Column(name, table[name].kind, [table[name].values[of_one[0]] for of_one in places])
        for name in by
    ]
    columns.append(Column(RUNS, "integer", [len(of_one) for of_one in places]))
    for name, metric in metrics.items():
        best = min if lower_is_better(metric) else max
        columns += _summed_up(name, table[name].values, places, best)
    return Table(columns)


def _members(table: Table, by: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """The rows of each group: `repr` tells 1 from 1.0, and has one NaN only."""
    members: dict[tuple[str, ...], list[int]] = {}
    keys = zip(*([repr(value) for value in table[name].values] for name in by), strict=True)
    for place, key in enumerate(keys):
        members.setdefault(key, []).append(place)
    return members


def _summed_up(
    name: str,
    values: Sequence[Any],
    groups: Sequence[Sequence[int]],
    best: Callable[[list[float]], float],
) -> list[Column]:
    known = [[float(values[n]) for n in of_one if values[n] is not None] for of_one in groups]
    spreads = [Spread.of(of_one) for of_one in known]
    has = [spread.count > 0 for spread in spreads]
    finite = [[v for v in of_one if abs(v) < float("inf")] for of_one in known]
    return [
        column_of(
            f"{name}.mean", [s.mean if h else None for s, h in zip(spreads, has, strict=True)]
        ),
        column_of(
            f"{name}.deviation",
            [s.deviation if h else None for s, h in zip(spreads, has, strict=True)],
        ),
        column_of(f"{name}.best", [best(of_one) if of_one else None for of_one in finite]),
        Column(f"{name}.count", "integer", [spread.count for spread in spreads]),
    ]
