"""Runs as samples: which runs a person means, and what they say about a metric."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.canonical import Plain, emit
from gittrack.diff.values import leaves
from gittrack.errors import AmbiguousError, NotFoundError, UsageError
from gittrack.ids import MINIMUM_PREFIX, SHORT_LENGTH, ConfigId
from gittrack.query import (
    Comparison,
    Field,
    Key,
    Literal,
    Operator,
    format_expression,
    path_text,
)
from gittrack.runs.model import FINISHED, Run
from gittrack.tracking.tracker import ExperimentTracker

PARAMS = "params."
METRICS = "metrics."
"""What stands before names in rows, so that a metric and a parameter may share one."""

_PREFIX = re.compile(rf"[0-9a-f]{{{MINIMUM_PREFIX},64}}")
_GROUP = Field((Key("tags"), Key("group")))
_CONFIG = Field((Key("config"),))
_STATISTICS = ("min", "max", "mean", "first", "last")
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """The finished runs of a side that have a metric, with its values.

    `unfinished` runs are left out because they are live, failed or were killed, `without` because
    they never logged the metric.
    """

    runs: tuple[Run, ...]
    values: tuple[float, ...]
    unfinished: int
    without: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """The values of two sides by a common key, one pair for each; `alone` counts runs whose key
    the other side lacks, or that have none. Of several runs with one key the mean is taken:
    `averaged` counts such keys."""

    a: tuple[float, ...]
    b: tuple[float, ...]
    alone: int
    averaged: int


def samples_of(
    tracker: ExperimentTracker,
    name: str,
    *,
    experiment: str | None = None,
    warn: Callable[[str], None] | None = None,
) -> list[Run]:
    """The runs that a name stands for, newest first, whatever their status.

    `experiment:NAME` is all of an experiment, `group:NAME` those whose tag `group` it is,
    `where:QUERY` those that a query finds, `tag:NAME` those of the config that was given the tag
    last; anything else is a config by its id, a prefix of it, or as the registry names it.

    Args:
        tracker: where the runs are recorded.
        name: what they are called.
        experiment: only the runs of this one; `experiment:NAME` goes its own way.
        warn: takes one-line notices; without it they become Python warnings.

    Raises:
        UsageError: there is no name behind the colon.
        NotFoundError: there is no such experiment or config, or no run is meant.
        AmbiguousError: several configs' ids start so.
        QueryError: the query cannot be understood.
    """
    kind, colon, rest = name.partition(":")
    if not name or (colon and not rest.strip()):
        raise UsageError(f"{name!r} names no runs", hint=_HINT)
    match kind if colon else "":
        case "experiment":
            found = _found(tracker, rest)
        case "where":
            found = _found(tracker, experiment, rest)
        case "group":
            found = _found(tracker, experiment, _equal(_GROUP, rest))
        case _:
            found = _of_config(tracker, name, experiment, warn)
    if not found:
        place = "" if experiment is None else f" in the experiment {experiment!r}"
        raise NotFoundError(f"{name!r} has no runs{place}", hint="see them: git exp runs list")
    return found


def value_of(run: Run, metric: str) -> float | None:
    """The latest value of a metric, or a trial's objective value; `loss.min` is the least of its
    history, and so are `max`, `mean`, `first` and `last`."""
    if metric in run.metrics:
        return run.metrics[metric]
    if metric in run.performance:
        return run.performance[metric]
    key, _, statistic = metric.rpartition(".")
    if statistic in _STATISTICS and key in run.summaries:
        value: float = getattr(run.summaries[key], statistic)
        return value
    return None


def sample(runs: Sequence[Run], metric: str) -> Sample:
    """What runs say about a metric.

    Raises:
        NotFoundError: no finished run of them has it.
    """
    finished = [run for run in runs if run.status == FINISHED]
    found = [(run, value) for run in finished if (value := value_of(run, metric)) is not None]
    if not found:
        raise NotFoundError(f"no finished run has the metric {metric!r}", hint=_near(runs, metric))
    return Sample(
        tuple(run for run, _ in found),
        tuple(value for _, value in found),
        len(runs) - len(finished),
        len(finished) - len(found),
    )


def pairs(a: Sample, b: Sample, key: str) -> Pairs:
    """The values of two samples that share a parameter or a run tag, as `seed`.

    Raises:
        NotFoundError: no value of the key is on both sides.
    """
    one, two = _by_key(a, key), _by_key(b, key)
    common = sorted(one.keys() & two.keys())
    if not common:
        raise NotFoundError(
            f"no run of A has the same {key!r} as one of B",
            hint="name a parameter or a tag that both sides have",
        )
    used = sum(len(side[each]) for side in (one, two) for each in common)
    return Pairs(
        tuple(_mean(one[each]) for each in common),
        tuple(_mean(two[each]) for each in common),
        len(a.values) + len(b.values) - used,
        sum(len(one[each]) > 1 or len(two[each]) > 1 for each in common),
    )


def can_be_paired(a: Sample, b: Sample, key: str) -> bool:
    """Whether each run of a side has exactly one partner by a key, as `pairs` finds them."""
    one, two = _by_key(a, key), _by_key(b, key)
    return len(one) == len(two) == len(a.values) == len(b.values) and one.keys() == two.keys()


def rows_of(runs: Iterable[Run], metric: str) -> list[dict[str, Plain]]:
    """A row for each run: its parameters by their paths and the metric, where it has one; see
    `PARAMS` and `METRICS`."""
    rows = []
    for run in runs:
        row: dict[str, Plain] = {f"{PARAMS}{k}": v for k, v in flat_params(run).items()}
        value = value_of(run, metric)
        if value is not None:
            row[f"{METRICS}{metric}"] = value
        rows.append(row)
    return rows


def flat_params(run: Run) -> dict[str, Plain]:
    """A run's parameters by their paths, as in `model.depth`; a list of scalars is one."""
    found = leaves(dict(run.params), whole_lists=True)
    return {path_text(path): value for path, value in found if path}


_HINT = "name a config, tag:NAME, group:NAME, experiment:NAME or where:QUERY"


def _found(
    tracker: ExperimentTracker, experiment: str | None, query: str | None = None
) -> list[Run]:
    return list(tracker.search_runs(experiment, query, max_results=None))


def _equal(field: Field, text: str) -> str:
    return format_expression(Comparison(field, Operator.EQUAL, Literal(text)))


def _of_config(
    tracker: ExperimentTracker,
    name: str,
    experiment: str | None,
    warn: Callable[[str], None] | None,
) -> list[Run]:
    wanted = _registered(tracker, name, warn)
    if wanted is not None:
        return _found(tracker, experiment, _equal(_CONFIG, wanted))
    if _PREFIX.fullmatch(name):  # a run's config need not be registered
        runs = _found(tracker, experiment, f"config LIKE '{name}%'")
        if runs:
            return _of_one_config(runs, name)
    raise NotFoundError(f"no config is called {name!r}", hint=_guess(tracker, name))


def _registered(
    tracker: ExperimentTracker, name: str, warn: Callable[[str], None] | None
) -> ConfigId | None:
    from gittrack.registry import ExperimentRegistry  # experiments and groups do without

    with ExperimentRegistry(_folder(tracker), warn=warn) as registry:
        if name.startswith("tag:"):
            tag = name.removeprefix("tag:")
            if not registry.list(tag=tag, limit=1, full=False):
                raise NotFoundError(f"no config has the tag {tag!r}", hint="see them: git exp tags")
            return registry.resolve(tag)
        try:
            return registry.resolve(name)
        except NotFoundError:
            return None


def _of_one_config(runs: list[Run], prefix: str) -> list[Run]:
    ids = sorted({run.config_id or "" for run in runs})
    if len(ids) > 1:
        raise AmbiguousError(
            f"{prefix!r} is the start of {len(ids)} configs' ids",
            candidates=[each[:SHORT_LENGTH] for each in ids[:_LISTED]],
            hint="write more digits",
        )
    return runs


def _guess(tracker: ExperimentTracker, name: str) -> str:
    if any(name in (one.name, one.experiment_id) for one in tracker.list_experiments()):
        return f"the experiment is written experiment:{name}"
    if tracker.search_runs(None, _equal(_GROUP, name), max_results=1):
        return f"the group is written group:{name}"
    return _HINT


def _folder(tracker: ExperimentTracker) -> Path:
    repository = tracker.session.repository
    return repository.work_tree or repository.git_dir


def _near(runs: Iterable[Run], metric: str) -> str | None:
    known = sorted({key for run in runs for key in (*run.metrics, *run.performance)})
    if not known:
        return "its runs have logged no metric"
    similar = difflib.get_close_matches(metric, known, n=1)
    if similar:
        return f"did you mean {similar[0]!r}?"
    return f"there are {', '.join(known[:_LISTED])}"


def _by_key(side: Sample, key: str) -> Mapping[bytes, list[float]]:
    found: dict[bytes, list[float]] = {}
    for run, value in zip(side.runs, side.values, strict=True):
        params = flat_params(run)
        mark: Plain = params[key] if key in params else run.tags.get(key)
        if mark is not None:
            found.setdefault(emit(mark), []).append(value)
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(value / len(values) for value in values)  # NaN and infinite ones stay so
