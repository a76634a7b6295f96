"""The metrics of runs, summarised for each config, and compared between two."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from gittrack.errors import SourceError
from gittrack.ids import ConfigId, is_config_id
from gittrack.review.model import MetricChange, Summary

RunMetrics = Mapping[str, float]
"""What one run logged last, by metric."""

Runs = Mapping[ConfigId, Sequence[RunMetrics]]
"""The runs of configs."""

RunsOf = Callable[[Mapping[ConfigId, bytes]], Runs]
"""Gives the runs that are known of some configs, whose canonical bytes it is told."""

_LOWER_IS_BETTER = re.compile(
    r"(?:^|[_./ -])(?:loss|error|err|rmse|mse|mae|mape|nll|perplexity|ppl|drawdown|latency|duration"
    r"|time|seconds|cost|regret|violations|wer|cer|fid|brier)(?:$|[_./ 0-9-])",
    re.IGNORECASE,
)


def lower_is_better(name: str, named: Iterable[str] = ()) -> bool:
    """Whether a smaller value is the better one: said so, or by its usual name (`val_loss`)."""
    return name in set(named) or _LOWER_IS_BETTER.search(name) is not None


def no_runs(configs: Mapping[ConfigId, bytes]) -> Runs:
    """What is known where no runs are recorded."""
    del configs
    return {}


def compare_metrics(
    base: Sequence[RunMetrics], head: Sequence[RunMetrics], lower: Iterable[str] = ()
) -> tuple[MetricChange, ...]:
    """Each metric of either side, by name."""
    names = sorted({name for run in (*base, *head) for name in run})
    named = set(lower)
    found = []
    for name in names:
        falling = lower_is_better(name, named)
        sides = [_summary([r[name] for r in runs if name in r], falling) for runs in (base, head)]
        found.append(MetricChange(name, falling, *sides))
    return tuple(found)


def read_metrics(text: bytes, name: str) -> dict[ConfigId, list[RunMetrics]]:
    """Runs from a JSON file: `{"<config id>": [{"sharpe": 1.2}, …]}`, an object for each run.

    Raises:
        SourceError: it is not such a file.
    """
    hint = 'write {"<config id>": [{"sharpe": 1.2}]}'
    try:
        data = json.loads(text)
    except ValueError as error:
        raise SourceError(f"this is not JSON: {error}", file=name, hint=hint) from None
    if not isinstance(data, dict):
        raise SourceError("this is no object of config ids", file=name, hint=hint)
    runs: dict[ConfigId, list[RunMetrics]] = {}
    for key, value in data.items():
        if not is_config_id(key):
            raise SourceError(f"{key!r} is no config id of 64 digits", file=name, hint=hint)
        listed = value if isinstance(value, list) else [value]
        if not all(_is_run(run) for run in listed):
            raise SourceError(f"a run of {key[:12]} is no object of numbers", file=name, hint=hint)
        runs[ConfigId(key)] = [{k: float(v) for k, v in run.items()} for run in listed]
    return runs


def _is_run(run: object) -> bool:
    return isinstance(run, dict) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in run.values()
    )


def _summary(values: Sequence[float], falling: bool) -> Summary | None:
    """NaN counts as a value of the mean, as it should worry the reader, but is never the best."""
    if not values:
        return None
    finite = [value for value in values if not math.isnan(value)]
    best = (min(finite) if falling else max(finite)) if finite else math.nan
    usual = all(map(math.isfinite, values))
    mean = statistics.fmean(values)
    spread = statistics.stdev(values) if len(values) > 1 and usual else None
    return Summary(len(values), mean, spread, best)
