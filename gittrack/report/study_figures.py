"""A study as pictures: its history, what its parameters do, its best trade-offs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import le
from typing import Any

from gittrack.canonical import Plain
from gittrack.report.drawing.scales import Scale, number_text
from gittrack.report.figures import (
    Axis,
    Bars,
    Field,
    Lines,
    Numbers,
    Parallel,
    Points,
    Series,
    Span,
    Timeline,
)
from gittrack.report.studies import Objective, Study
from gittrack.report.thinning import evenly, spread_out, thinned
from gittrack.shown import typed_text
from gittrack.statistics.columns import column
from gittrack.statistics.numbers import quantile, to_float

MOST_POINTS = 1200
MOST_LINES = 300
MOST_SPANS = 80
MOST_CURVES = 12
_MOST_CATEGORIES = 12
_GRID = (36, 26)
_NEIGHBOURS = 600
_HUGE = 1e300
_LOOKED_AT = 1000


def history(study: Study, objective: Objective) -> Points:
    """Each trial's value, and the best one so far."""
    places = study.scored(objective)
    values = [study.values[objective.name][place] for place in places]
    best: list[float] = []
    for value in values:
        better = not best or (value < best[-1] if objective.lower else value > best[-1])
        best.append(value if better else best[-1])
    across = [float(place) for place in places]
    kept = sorted({*spread_out(across, values, 120, 50), *thinned(values, 200)})
    steps = _steps(across, best)
    way = "smaller" if objective.lower else "larger"
    return Points(
        f"Optimisation history: {objective.name}",
        [across[n] for n in kept],
        [values[n] for n in kept],
        "trial",
        objective.name,
        groups=["a trial", "best so far"],
        labels=[f"{study.labels[places[n]]}: {number_text(values[n], 6)}" for n in kept],
        line=steps,
        y_log=_is_wide(values),
        note=f"{way} is better" + _share_note(len(kept), len(values)),
    )


def _steps(across: Sequence[float], best: Sequence[float]) -> list[tuple[float, float]]:
    """The best so far as a stair; only where it changes."""
    found: list[tuple[float, float]] = []
    for x, y in zip(across, best, strict=True):
        if not found or y != found[-1][1]:
            found += [(x, found[-1][1]), (x, y)] if found else [(x, y)]
    return [*found, (across[-1], best[-1])] if found else []


def _share_note(shown: int, count: int) -> str:
    return f"; {shown:,} of {count:,} points drawn, extremes kept" if shown < count else ""


def slices(study: Study, objective: Objective, params: Mapping[str, Plotted]) -> list[Points]:
    """For each parameter the objective over its values."""
    places = study.scored(objective)
    is_wide = _is_wide([study.values[objective.name][place] for place in places])
    return [_slice(study, objective, one, places, is_wide) for one in params.items() if one[1].axis]


def _slice(
    study: Study,
    objective: Objective,
    param: tuple[str, Plotted],
    places: Sequence[int],
    is_wide: bool,
) -> Points:
    name, (axis, coded) = param[0], (param[1].axis, param[1].places)
    assert axis is not None
    known = [place for place in places if not math.isnan(coded[place])]
    x = [coded[place] for place in known]
    y = [study.values[objective.name][place] for place in known]
    across = [math.log(value) for value in x] if axis.log else x
    kept = spread_out(across, y, 48, 32)
    return Points(
        name,
        [x[n] for n in kept],
        [y[n] for n in kept],
        name,
        objective.name,
        labels=[_label(study, known[n], name, objective) for n in kept],
        ticks=axis.ticks,
        x_log=axis.log,
        y_log=is_wide,
    )


def _label(study: Study, place: int, name: str, objective: Objective) -> str:
    value = number_text(study.values[objective.name][place], 6)
    param = study.params[name][place]
    return f"{study.labels[place]}: {objective.name} {value}, {name} {typed_text(param)}"


def parallel(study: Study, objective: Objective, params: Mapping[str, Plotted]) -> Parallel | None:
    """A line for each trial over the parameters and the objective; the stronger the better."""
    places = study.scored(objective)
    usable = [(one.axis, one.places) for one in params.values() if one.axis is not None]
    if not usable or len(places) < 2:
        return None
    values = study.values[objective.name]
    ranked = sorted(places, key=values.__getitem__, reverse=not objective.lower)
    best = ranked[: MOST_LINES // 4]
    rest = ranked[len(best) :]
    drawn = [*best, *(rest[n] for n in evenly(len(rest), MOST_LINES - len(best)))]
    shade = {place: 1 - n / max(len(ranked) - 1, 1) for n, place in enumerate(ranked)}
    goal = plotted([values[place] for place in places], objective.name).axis
    if goal is None:
        return None
    return Parallel(
        f"Parameters and {objective.name}",
        [*(axis for axis, _ in usable), goal],
        [[*(coded[place] for _, coded in usable), values[place]] for place in drawn],
        [shade[place] for place in drawn],
        [f"{study.labels[p]}: {objective.name} {number_text(values[p], 6)}" for p in drawn],
        note="stronger lines are better"
        + (f"; {len(drawn):,} of {len(places):,} trials" if len(drawn) < len(places) else ""),
    )


@dataclass(frozen=True, slots=True)
class Plotted:
    """A parameter as pictures have it: its axis, and the place of each trial's value on it, NaN
    where there is none. There is no axis where nothing varies, or categories are too many."""

    axis: Axis | None
    places: Sequence[float]


def plotted(values: Sequence[Plain], name: str) -> Plotted:
    """A parameter's values on an axis of numbers, or of categories."""
    if set(map(type, values)) <= {int, float, type(None)}:
        return _plotted_numbers(values, name)
    known = column([{name: value} for value in values], name)
    coded = [math.nan] * len(values)
    counts = set(known.keys)
    if not 1 < len(counts) <= _MOST_CATEGORIES:
        return Plotted(None, coded)
    shown = dict(zip(known.keys, known.values, strict=True))
    order = {key: float(n) for n, key in enumerate(sorted(counts, key=lambda k: str(shown[k])))}
    for place, key in zip(known.places, known.keys, strict=True):
        coded[place] = order[key]
    ticks = [v if isinstance(v := shown[key], str) else typed_text(v) for key in order]
    return Plotted(Axis(name, -0.25, len(ticks) - 0.75, ticks=ticks), coded)


def _plotted_numbers(values: Sequence[Any], name: str) -> Plotted:
    coded = [
        value if type(value) is float and -_HUGE < value < _HUGE else _within(value)
        for value in values
    ]
    known = [value for value in coded if value == value]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    if not low < high:
        return Plotted(None, coded)
    some = [{name: known[place]} for place in evenly(len(known), _LOOKED_AT)]
    sampled = column([*some, {name: low}, {name: high}], name)
    return Plotted(Axis(name, low, high, sampled.is_log), coded)


def _within(value: float | None) -> float:
    return math.nan if value is None else min(max(to_float(value), -_HUGE), _HUGE)


def contour(
    study: Study, objective: Objective, params: Mapping[str, Plotted], one: str, two: str
) -> Field | None:
    """The objective over two numeric parameters, smoothed; blank where no trial is near."""
    (across, x), (down, y) = ((params[n].axis, params[n].places) for n in (one, two))
    if across is None or down is None or across.ticks or down.ticks:
        return None
    places = [p for p in study.scored(objective) if x[p] == x[p] and y[p] == y[p]]
    if len(places) < 10:
        return None
    places = [places[n] for n in evenly(len(places), _NEIGHBOURS)]
    scales = (Scale(across.low, across.high, across.log), Scale(down.low, down.high, down.log))
    shares = [(scales[0].at(x[p]), scales[1].at(y[p])) for p in places]
    values = [study.values[objective.name][p] for p in places]
    return Field(
        f"{one} and {two}",
        _smoothed(shares, values),
        (across.low, across.high),
        (down.low, down.high),
        one,
        two,
        objective.name,
        [(x[p], y[p]) for p in places[:MOST_LINES]],
        across.log,
        down.log,
        note="an average of nearby trials (the dots); blank where there are none",
    )


def _smoothed(shares: Sequence[tuple[float, float]], values: Numbers) -> list[list[float]]:
    """Gaussian averages (Nadaraya and Watson's) in the middles of a grid, NaN far from all."""
    columns, rows = _GRID
    width = max(0.05, 0.35 / len(values) ** (1 / 3))
    ordered = sorted(values)
    low, high = quantile(ordered, 0.02), quantile(ordered, 0.98)  # or one outlier takes all shades
    near = [min(max(value, low), high) for value in values]
    across = [
        [math.exp(-((((n + 0.5) / columns - x) / width) ** 2) / 2) for x, _ in shares]
        for n in range(columns)
    ]
    down = [
        [math.exp(-((((n + 0.5) / rows - y) / width) ** 2) / 2) for _, y in shares]
        for n in range(rows)
    ]
    return [[_average(a, d, near) for a in across] for d in down]


def _average(one: Numbers, two: Numbers, values: Numbers) -> float:
    weights = [a * b for a, b in zip(one, two, strict=True)]
    total = sum(weights)
    if total < 0.2:
        return math.nan
    return sum(w / total * v for w, v in zip(weights, values, strict=True))


def front(study: Study, objectives: Sequence[Objective]) -> list[int]:
    """The positions of the trials that no other one beats in every objective (the Pareto front),
    the best of the first objective first."""
    places = all_scored(study, objectives)
    costs = [
        [value if o.lower else -value for value in map(study.values[o.name].__getitem__, places)]
        for o in objectives
    ]
    ranked = sorted(zip(*costs, places, strict=True))
    if len(objectives) == 2:
        return _stair(ranked)
    found: list[int] = []
    asked: list[tuple[float, ...]] = []  # the front, those that beat many first
    for *cost, place in ranked:
        if not _is_beaten(tuple(cost), asked):
            found.append(int(place))
            asked.append(tuple(cost))
    return found


def all_scored(study: Study, objectives: Sequence[Objective]) -> list[int]:
    """The positions, ascending, of the trials that have a value for each of the objectives."""
    places = study.scored(objectives[0])
    for objective in objectives[1:]:
        other = study.scored(objective)
        if other != places:
            places = sorted({*places} & {*other})
    return places


def _stair(ranked: Sequence[tuple[float, ...]]) -> list[int]:
    """The front of two objectives: each is better in the second one than all before it."""
    found: list[int] = []
    best = math.inf
    for _, cost, place in ranked:
        if cost < best:
            best = cost
            found.append(int(place))
    return found


def _is_beaten(cost: tuple[float, ...], asked: list[tuple[float, ...]]) -> bool:
    """Whether one of them is as good in all objectives; it moves up, to be asked earlier."""
    for number, other in enumerate(asked):
        if all(map(le, other, cost)):
            asked[number], asked[number // 2] = asked[number // 2], other
            return True
    return False


def pareto(study: Study, one: Objective, two: Objective) -> Points:
    """Trials over two objectives, those of the front marked and joined."""
    best = front(study, (one, two))
    x, y = study.values[one.name], study.values[two.name]
    both = all_scored(study, (one, two))
    kept = [both[n] for n in spread_out([x[p] for p in both], [y[p] for p in both], 60, 40)]
    marked = set(best)
    drawn = [*(p for p in kept if p not in marked), *best]
    ways = [f"{o.name} {'down' if o.lower else 'up'}" for o in (one, two)]
    return Points(
        f"{one.name} and {two.name}",
        [x[p] for p in drawn],
        [y[p] for p in drawn],
        one.name,
        two.name,
        [int(p in marked) for p in drawn],
        ["other trials", f"Pareto front ({len(best):,})"],
        [f"{study.labels[p]}: {number_text(x[p], 6)}, {number_text(y[p], 6)}" for p in drawn],
        line=[(x[p], y[p]) for p in best],
        note=f"better: {', '.join(ways)}",
    )


def timeline(study: Study) -> Timeline | None:
    """When trials ran, a bar for each; nothing where they took no time that is known."""
    known = [p for p in range(len(study)) if math.isfinite(study.starts[p])]
    if not known:
        return None
    zero = min(study.starts[p] for p in known)
    lasted = [p for p in known if study.ends[p] > study.starts[p]]
    if len(lasted) * 2 < len(known) or len(known) < 2:
        return None
    shown = [known[n] for n in evenly(len(known), MOST_SPANS)]
    newest = max([study.starts[p] for p in known] + [study.ends[p] for p in lasted])
    spans = [
        Span(
            study.labels[p],
            study.starts[p] - zero,
            (study.ends[p] if math.isfinite(study.ends[p]) else newest) - zero,
            study.states[p],
        )
        for p in shown
    ]
    note = (
        f"{len(shown)} of {len(known):,} trials, evenly chosen" if len(shown) < len(known) else ""
    )
    return Timeline("Timeline", spans, note)


def intermediate(study: Study, objective: Objective | None, name: str) -> Lines | None:
    """The values on the way of some trials: the best ones, and others evenly chosen."""
    known = [p for p in range(len(study)) if study.labels[p] in study.curves]
    if not known:
        return None
    ranked = known
    if objective is not None:
        scored = set(study.scored(objective))
        values = study.values[objective.name]
        sign = 1 if objective.lower else -1
        ranked = sorted(known, key=lambda p: sign * values[p] if p in scored else math.inf)
    shown = [ranked[n] for n in _first_and_even(len(ranked), MOST_CURVES)]
    series = []
    for place in shown:
        points = study.curves[study.labels[place]]
        x, y = [x for x, _ in points], [y for _, y in points]
        kept = thinned(y, 200)
        series.append(Series(study.labels[place], [x[n] for n in kept], [y[n] for n in kept]))
    note = (
        f"{len(shown)} of {len(known):,} trials, the best first" if len(shown) < len(known) else ""
    )
    return Lines("Intermediate values", series, "step", name, note)


def _first_and_even(count: int, most: int) -> list[int]:
    first = list(range(min(count, most // 2)))
    rest = evenly(count - len(first), most - len(first))
    return [*first, *(len(first) + n for n in rest)]


def importance_bars(title: str, pairs: Sequence[tuple[str, float]], note: str) -> Bars:
    """Parameters by how much they matter, the most important first."""
    kept = pairs[:20]
    return Bars(title, [name for name, _ in kept], [value for _, value in kept], note=note)


def _is_wide(values: Numbers) -> bool:
    """Whether positive values span so much that only a log axis shows them."""
    ascending = sorted(values)
    if not ascending or ascending[0] <= 0:
        return False
    return quantile(ascending, 0.95) / max(quantile(ascending, 0.05), 1e-300) > 100
