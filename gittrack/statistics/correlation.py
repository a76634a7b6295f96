"""Which parameters go with a metric: rank correlations of numbers, rank differences of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from gittrack.canonical import Plain
from gittrack.statistics.columns import Column, Kind, Row, column, measured, names_in
from gittrack.statistics.correction import holm
from gittrack.statistics.numbers import Interval
from gittrack.statistics.ranks import doubled_ranks, kruskal_wallis, spearman

_ENOUGH_FOR_CURVES = 20
_QUARTERS = 4
_CURVED = 0.15
_CURVED_P = 0.01


@dataclass(frozen=True, slots=True)
class Group:
    """The runs in which a parameter has one value, and the median of their metric."""

    value: Plain
    count: int
    median: float


@dataclass(frozen=True, slots=True)
class Association:
    """How a parameter goes with a metric.

    `strength` is the share (0 to 1) of the variance of the metric's ranks that goes with it,
    corrected for what chance alone would give, and 0 where nothing can be said; then `p` is
    `None` and `note` says why. `rho` is of numbers alone: above 0 where the metric rises with the
    parameter. `groups` are of categories alone, by their medians, greatest first. `is_curved`
    says that the metric does not simply rise or fall, which rho misses: strength and p are then
    those of Kruskal and Wallis's test between the quarters of the parameter's values. `count` runs
    have the parameter, `missing` do not, or it is null.
    """

    param: str
    kind: Kind
    count: int
    missing: int
    strength: float = 0.0
    rho: float | None = None
    interval: Interval | None = None
    p: float | None = None
    p_corrected: float | None = None
    is_log: bool = False
    is_curved: bool = False
    groups: tuple[Group, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Correlations:
    """All parameters, the strongest first; `left_out` runs had a metric that is NaN or infinite."""

    metric: str
    count: int
    left_out: int
    associations: tuple[Association, ...]


def correlate(
    rows: Sequence[Row],
    params: Sequence[str] | None,
    metric: str,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Correlations:
    """How each parameter goes with the metric, its p-value corrected for their number (Holm).

    Numbers by Spearman's rho, booleans, texts and all else as categories by Kruskal and Wallis's
    test and epsilon squared (`gittrack.statistics.ranks` names the sources). Both look at ranks
    alone, so scales do not matter. To go together is not to cause.

    Args:
        rows: for each run its parameters and its metric, in one mapping.
        params: which of the keys are the parameters; `None` is all but the metric.
        metric: the key of the metric.
        confidence: of the intervals.
        seed: of permutations, for small groups.

    Raises:
        NotFoundError: no row has the metric.
    """
    kept, values, left_out = measured(rows, metric)
    names = names_in(kept, metric) if params is None else list(params)
    found = [_associated(column(kept, name), values, confidence, seed) for name in names]
    corrected = holm([one.p for one in found])
    told = [replace(one, p_corrected=p) for one, p in zip(found, corrected, strict=True)]
    ordered = sorted(told, key=lambda one: (one.p is None, -one.strength, one.p, one.param))
    return Correlations(metric, len(kept), left_out, tuple(ordered))


def _associated(
    known: Column, values: Sequence[float], confidence: float, seed: int
) -> Association:
    metric = [values[place] for place in known.places]
    plain = Association(known.name, known.kind, len(metric), len(values) - len(metric))
    match known.kind:
        case Kind.NUMBER:
            return _number(plain, known, metric, confidence, seed)
        case Kind.CATEGORY:
            return _category(plain, known, metric, seed)
        case Kind.UNIQUE:
            return replace(plain, note="every run has its own value")
        case Kind.CONSTANT:
            return replace(plain, note="the same in all runs" if metric else "no run has a value")


def _number(
    plain: Association, known: Column, metric: Sequence[float], confidence: float, seed: int
) -> Association:
    found = spearman(known.numbers, metric, confidence)
    if found is None:
        return replace(plain, note=_too_little(metric))
    rising = replace(
        plain,
        strength=_corrected(found.rho**2, len(metric)),
        rho=found.rho,
        interval=found.interval,
        p=found.p,
        is_log=known.is_log,
    )
    return _curved(rising, known, metric, seed) or rising


def _curved(
    rising: Association, known: Column, metric: Sequence[float], seed: int
) -> Association | None:
    """The association by quarters of the parameter's values, if they explain clearly more than a
    rise or a fall; its p-value is doubled, as it was looked at twice."""
    count = len(metric)
    if count < _ENOUGH_FOR_CURVES:
        return None
    quarters = [
        min(_QUARTERS * (rank + count) // (2 * count), _QUARTERS - 1)
        for rank in doubled_ranks(known.numbers)
    ]
    found = kruskal_wallis(quarters, metric, seed)
    if found is None or 2 * found.p > _CURVED_P:
        return None
    if found.epsilon_squared < rising.strength + _CURVED:
        return None
    return replace(rising, strength=found.epsilon_squared, p=2 * found.p, is_curved=True)


def _category(plain: Association, known: Column, metric: Sequence[float], seed: int) -> Association:
    found = kruskal_wallis(known.keys, metric, seed)
    if found is None:
        return replace(plain, note=_too_little(metric))
    return replace(plain, strength=found.epsilon_squared, p=found.p, groups=_groups(known, metric))


def _groups(known: Column, metric: Sequence[float]) -> tuple[Group, ...]:
    members: dict[bytes, list[float]] = {}
    values = dict(zip(known.keys, known.values, strict=True))
    for key, value in zip(known.keys, metric, strict=True):
        members.setdefault(key, []).append(value)
    groups = [Group(values[key], len(found), median(found)) for key, found in members.items()]
    order = sorted(zip(members, groups, strict=True), key=lambda pair: (-pair[1].median, pair[0]))
    return tuple(group for _, group in order)


def _corrected(explained: float, count: int) -> float:
    """The share without what chance gives (Kelley's, as for groups)."""
    return max(0.0, 1 - (1 - explained) * (count - 1) / (count - 2))


def _too_little(metric: Sequence[float]) -> str:
    if len(set(metric)) == 1 and len(metric) > 1:
        return "the metric is the same in all runs"
    return "too few runs"
