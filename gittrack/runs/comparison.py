"""Runs beside one another: what differs, which is best, how far repeats spread; pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gittrack.canonical import Plain, emit
from gittrack.diff.values import leaves
from gittrack.errors import UsageError
from gittrack.ids import ConfigId
from gittrack.query.paths import path_text
from gittrack.runs.model import Run

LowerIsBetter = Callable[[str], bool]
"""Whether a smaller value of the metric is the better one."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over repeats: how many values, their mean and their sample standard deviation
    (NaN for one value)."""

    count: int
    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of one value or more."""
        known = [value for value in values if math.isfinite(value)]
        if not known:
            return cls(0, math.nan, math.nan)
        return cls(len(known), _mean(known), _deviation(known))


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric of each run (`None`: it has none); `best` are the positions of the best value."""

    name: str
    lower_is_better: bool
    values: tuple[float | None, ...]
    best: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one config: their positions, and each metric over them."""

    config_id: ConfigId | None
    positions: tuple[int, ...]
    metrics: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Runs beside one another.

    `params` has the parameters that differ (or all, where that was asked), by path, a value for
    each run: `None` where a run has none (a parameter that is null is told from that by
    `lacking`). `same` counts those that are the same in all. `groups` has the runs of each config,
    where some config has several.
    """

    runs: tuple[Run, ...]
    params: Mapping[str, tuple[Plain, ...]]
    lacking: Mapping[str, tuple[int, ...]]
    same: int
    metrics: tuple[MetricRow, ...]
    groups: tuple[Group, ...]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data."""
        ids = [run.run_id for run in self.runs]
        return {
            "runs": ids,
            "params": {
                path: {
                    run: value
                    for place, (run, value) in enumerate(zip(ids, values, strict=True))
                    if place not in self.lacking[path]
                }
                for path, values in self.params.items()
            },
            "same_params": self.same,
            "metrics": {
                row.name: {
                    "values": {
                        run: value
                        for run, value in zip(ids, row.values, strict=True)
                        if value is not None
                    },
                    "best": [ids[place] for place in row.best],
                    "lower_is_better": row.lower_is_better,
                }
                for row in self.metrics
            },
            "groups": [
                {
                    "config_id": group.config_id,
                    "runs": [ids[place] for place in group.positions],
                    "metrics": {
                        name: {"count": s.count, "mean": s.mean, "deviation": s.deviation}
                        for name, s in group.metrics.items()
                    },
                }
                for group in self.groups
            ],
        }

    def _repr_html_(self) -> str:
        """What differs and the metrics, the best in bold, for notebooks."""
        from gittrack.runs.notebook import comparison_html  # a script does without

        return comparison_html(self.runs, self.params, self.metrics)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A row for each run: its id, name and config, what differs, and the metrics."""
        return [
            {
                "run_id": run.run_id,
                "run_name": run.run_name,
                "config_id": run.config_id,
                **{f"params.{path}": values[n] for path, values in self.params.items()},
                **{f"metrics.{row.name}": row.values[n] for row in self.metrics},
            }
            for n, run in enumerate(self.runs)
        ]


def _mean(values: Sequence[float]) -> float:
    try:
        return statistics.fmean(values)
    except OverflowError:  # their sum is more than a float can hold; the mean is not
        return statistics.mean(values)


def _deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return math.nan
    try:
        return statistics.stdev(values)
    except OverflowError:
        return math.inf


def compare(
    runs: Sequence[Run],
    lower_is_better: LowerIsBetter,
    metric_names: Sequence[str] | None = None,
    *,
    all_params: bool = False,
) -> RunComparison:
    """Put runs beside one another.

    Args:
        runs: one or more.
        lower_is_better: which metrics are better where they are smaller.
        metric_names: the metrics to show; without them, all that some run has, by name.
        all_params: keep also the parameters that are the same in all.

    Raises:
        UsageError: there are no runs, or none of them has a metric that is named.
    """
    if not runs:
        raise UsageError("nothing to compare", hint="name two runs or more")
    params, lacking, same = _params(runs, everything=all_params)
    measured = [run.measures for run in runs]
    known = sorted({name for values in measured for name in values})
    for name in metric_names or ():
        if name not in known:
            have = f"they have {', '.join(known[:20])}" if known else "they have no metrics"
            raise UsageError(f"none of the runs has the metric {name!r}", hint=have)
    names = list(dict.fromkeys(metric_names)) if metric_names else known
    rows = tuple(
        _row(name, [values.get(name) for values in measured], lower_is_better(name))
        for name in names
    )
    return RunComparison(tuple(runs), params, lacking, same, rows, _groups(runs, rows))


def _params(
    runs: Sequence[Run], *, everything: bool
) -> tuple[dict[str, tuple[Plain, ...]], dict[str, tuple[int, ...]], int]:
    flat = [
        {path_text(path): value for path, value in leaves(dict(run.params), whole_lists=True)}
        for run in runs
    ]
    differing: dict[str, tuple[Plain, ...]] = {}
    lacking: dict[str, tuple[int, ...]] = {}
    same = 0
    for path in dict.fromkeys(path for params in flat for path in params):
        without = tuple(n for n, params in enumerate(flat) if path not in params)
        # Typed: 1, 1.0 and true are three values.
        values = {emit(params[path]) for params in flat if path in params}
        is_same = not without and len(values) < 2
        same += is_same
        if everything or not is_same:
            differing[path] = tuple(params.get(path) for params in flat)
            lacking[path] = without
    return differing, lacking, same


def _row(name: str, values: Sequence[float | None], lower: bool) -> MetricRow:
    known = [value for value in values if value is not None and value == value]
    best: tuple[int, ...] = ()
    if known and len(values) > 1:
        top = min(known) if lower else max(known)
        best = tuple(n for n, value in enumerate(values) if value == top)
        best = best if len(best) < len(values) else ()
    return MetricRow(name, lower, tuple(values), best)


def _groups(runs: Sequence[Run], rows: Sequence[MetricRow]) -> tuple[Group, ...]:
    """The runs by config, in the order in which configs appear, where one has several runs."""
    positions: dict[ConfigId | None, list[int]] = {}
    for n, run in enumerate(runs):
        positions.setdefault(run.config_id, []).append(n)
    if all(len(of_one) == 1 for of_one in positions.values()):
        return ()
    return tuple(
        Group(
            config_id,
            tuple(of_one),
            {
                row.name: Spread.of(values)
                for row in rows
                if (values := [v for n in of_one if (v := row.values[n]) is not None])
            },
        )
        for config_id, of_one in positions.items()
    )
