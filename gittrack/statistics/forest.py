"""How much parameters matter together: a random forest that is asked to do without each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from gittrack.errors import UsageError
from gittrack.statistics.columns import Column, Kind, Row, column, measured, names_in
from gittrack.statistics.numbers import Interval, mean, quantile

if TYPE_CHECKING:  # NumPy comes with the extra
    import numpy

    Table = numpy.ndarray[Any, numpy.dtype[numpy.float64]]

METHODS = ("auto", "permutation")
FEWEST_RUNS = 20
MOST_RUNS = 1_000

_FOLDS = 5
_TREES = 100
_MOST_CATEGORIES = 30
_REPEATS = 5
_SHUFFLES = 5


@dataclass(frozen=True, slots=True)
class Importance:
    """How much of the metric's variance the forest no longer explains when it has to guess the
    parameter: the mean over repeats, and where 95% of these lie. Below 0 is chance."""

    param: str
    importance: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Importances:
    """All parameters, the most important first.

    `score` is the share of the variance that the forest explains in runs that it was not shown
    (R², cross-validated); where it is low, the rest says little. `left_out` names parameters
    that cannot matter: constant, or of more than 30 categories. `count` runs were looked at.
    """

    metric: str
    method: str
    count: int
    score: float
    params: tuple[Importance, ...]
    left_out: tuple[str, ...]


def importance(
    rows: Sequence[Row],
    params: Sequence[str] | None,
    metric: str,
    method: str = "auto",
    *,
    repeats: int = _REPEATS,
    trees: int = _TREES,
    seed: int = 0,
) -> Importances:
    """How important each parameter is to a random forest that predicts the metric from all.

    Breiman's permutation importance (Machine Learning 45 (2001), 5), measured on runs that the
    forest was not shown: five folds, shuffled anew for each repeat. Two parameters that always
    go together share their importance. Of more than 1,000 rows, 1,000 are drawn. Needs the extra
    `statistics`.

    Args:
        rows: for each run its parameters and its metric, in one mapping.
        params: which of the keys are the parameters; `None` is all but the metric.
        metric: the key of the metric.
        method: `permutation`; `auto` chooses it.
        repeats: how many times forests are grown.
        trees: of each forest.
        seed: of forests, folds and permutations.

    Raises:
        UsageError: there is no such method, fewer than 20 runs, nothing to learn from, or the
            extra is missing.
        NotFoundError: no row has the metric.
    """
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}", hint=f"there are {', '.join(METHODS)}")
    kept, values = _drawn(*measured(rows, metric)[:2], seed)
    names = names_in(kept, metric) if params is None else list(params)
    known = [column(kept, name) for name in names]
    useful = [one for one in known if _is_useful(one, len(kept))]
    _check(len(kept), values, useful)
    sizes = (repeats, trees)
    scores, drops = _forests(_blocks(useful, len(kept)), values, sizes, seed)
    found = [
        Importance(one.name, mean(drop), _spread(drop))
        for one, drop in zip(useful, drops, strict=True)
    ]
    ordered = sorted(found, key=lambda one: (-one.importance, one.param))
    left_out = tuple(one.name for one in known if one not in useful)
    return Importances(metric, "permutation", len(kept), mean(scores), tuple(ordered), left_out)


def _drawn(
    rows: list[Row], values: list[float], seed: int
) -> tuple[Sequence[Row], Sequence[float]]:
    if len(rows) <= MOST_RUNS:
        return rows, values
    places = Random(seed).sample(range(len(rows)), MOST_RUNS)  # noqa: S311 - statistics
    return [rows[place] for place in places], [values[place] for place in places]


def _check(count: int, values: Sequence[float], useful: Sequence[Column]) -> None:
    if count < FEWEST_RUNS:
        raise UsageError(
            f"{count} runs are too few to say which parameters matter",
            hint=f"it takes {FEWEST_RUNS} or more",
        )
    if not useful or len(set(values)) == 1:
        raise UsageError("nothing varies: all runs have the same parameters or the same metric")


def _is_useful(known: Column, count: int) -> bool:
    if known.kind is Kind.NUMBER:
        return True
    if known.kind is Kind.CONSTANT:
        return 0 < len(known.places) < count
    return known.kind is Kind.CATEGORY and len(set(known.keys)) <= _MOST_CATEGORIES


def _blocks(useful: Sequence[Column], count: int) -> list[list[list[float]]]:
    """For each parameter its columns of numbers: one, and for a category one for each value."""
    return [_block(one, count) for one in useful]


def _block(known: Column, count: int) -> list[list[float]]:
    present = [0.0] * count
    for place in known.places:
        present[place] = 1.0
    blocks = [] if len(known.places) == count else [present]
    if known.kind is Kind.NUMBER:
        return [*blocks, _numbers(known, count)]
    for key in sorted(set(known.keys)):
        members = [0.0] * count
        for place, found in zip(known.places, known.keys, strict=True):
            members[place] = float(found == key)
        blocks.append(members)
    return blocks


def _numbers(known: Column, count: int) -> list[float]:
    """Numbers by their ranks, which is all that trees look at; the middle where one is missing."""
    order = {value: rank for rank, value in enumerate(sorted(set(known.numbers)))}
    ranks = [(len(order) - 1) / 2] * count
    for place, value in zip(known.places, known.numbers, strict=True):
        ranks[place] = float(order[value])
    return ranks


def _forests(
    blocks: Sequence[Sequence[Sequence[float]]],
    values: Sequence[float],
    sizes: tuple[int, int],
    seed: int,
) -> tuple[list[float], list[list[float]]]:
    """The score of each repeat, and for each parameter what each permutation takes away."""
    repeats, trees = sizes
    np, grow, folds = _tools(trees)
    table = np.array([row for block in blocks for row in block], dtype=float).T
    # To the scale of 1, or squares of huge values overflow.
    scale = max(map(abs, values))
    target = np.array([value / scale for value in values])
    scores: list[float] = []
    drops: list[list[float]] = [[] for _ in blocks]
    for repeat in range(repeats):
        random = np.random.default_rng([seed, repeat])
        parts = list(folds(_FOLDS, shuffle=True, random_state=seed + repeat).split(table))
        forests = [grow(seed + repeat).fit(table[known], target[known]) for known, _ in parts]
        unseen = [part for _, part in parts]
        [score] = _explained(np, forests, unseen, target, table[None])
        scores.append(score)
        for drop, span in zip(drops, _spans(blocks), strict=True):
            shuffled = np.repeat(table[None], _SHUFFLES, axis=0)
            for one in shuffled:
                one[:, span] = table[random.permutation(len(table))][:, span]
            drop += [score - left for left in _explained(np, forests, unseen, target, shuffled)]
    return scores, drops


def _explained(
    np: Any, forests: Sequence[Any], unseen: Sequence[Any], target: Table, tables: Any
) -> list[float]:
    """How much of the variance is explained in runs that a forest has not seen, in each table."""
    guessed = np.empty((len(tables), len(target)))
    for forest, part in zip(forests, unseen, strict=True):
        asked = tables[:, part]
        flat = np.ascontiguousarray(asked.reshape(-1, asked.shape[2]), dtype=np.float32)
        # What `forest.predict` does, without its checks and threads, which cost five times as much.
        told = sum(one.tree_.predict(flat)[:, 0] for one in forest.estimators_)
        guessed[:, part] = (told / len(forest.estimators_)).reshape(len(tables), len(part))
    away = ((guessed - target) ** 2).sum(axis=1)
    return [float(1 - left) for left in away / ((target - target.mean()) ** 2).sum()]


def _spans(blocks: Sequence[Sequence[object]]) -> list[slice]:
    """Which columns belong to each parameter."""
    ends = list(accumulate(map(len, blocks)))
    return [slice(end - len(block), end) for end, block in zip(ends, blocks, strict=True)]


def _tools(trees: int) -> tuple[Any, Any, Any]:
    """NumPy, a random forest by its seed, and folds."""
    try:
        import numpy as np
        from sklearn.ensemble import (  # type: ignore[import-untyped]
            RandomForestRegressor,
        )
        from sklearn.model_selection import KFold  # type: ignore[import-untyped]
    except ImportError as error:
        raise UsageError(
            "importance needs scikit-learn", hint="pip install 'gittrack[statistics]'"
        ) from error

    def grow(seed: int) -> Any:
        return RandomForestRegressor(trees, max_features=1 / 3, random_state=seed, n_jobs=1)

    return np, grow, KFold


def _spread(drops: Sequence[float]) -> Interval:
    ascending = sorted(drops)
    return Interval(quantile(ascending, 0.025), quantile(ascending, 0.975))
