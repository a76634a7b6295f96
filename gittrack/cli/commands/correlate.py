"""`git exp correlate`: which parameters go with a metric."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.runs.model import Run
from gittrack.shown import json_data, typed_text
from gittrack.statistics import Association, Correlations, Importances, Interval, correlate
from gittrack.statistics import importance as forest_importance
from gittrack.statistics.wording import p_text
from gittrack.table import cut, padded, width
from gittrack.terminal import inline
from gittrack.tracking.samples import METRICS, PARAMS, rows_of, sample, samples_of
from gittrack.tracking.tracker import ExperimentTracker

_WIDTH = 80
_BAR = 10
_LONGEST = 26
_SHOWN_GROUPS = 4
_NAMED = 3
_SHOWN_P = 0.05


def command(
    context: typer.Context,
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Its name or id.")],
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="METRIC", help="The metric, or METRIC.min and so on."),
    ] = None,
    importance: Annotated[
        bool,
        typer.Option("--importance", help="Also by a random forest (needs gittrack[statistics])."),
    ] = False,
    where: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Only the runs for which it is true.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Show which parameters go with a metric, over an experiment's finished runs.

    Numbers by Spearman's rank correlation, all else by Kruskal and Wallis's test; strength is the
    share of the variance of the metric's ranks. p is corrected for the number of parameters.
    --importance asks what a random forest loses without each parameter: that takes in how
    parameters work together. To go together is not to cause.
    """
    console: Console = context.obj
    if not metric:
        raise UsageError("correlate with what? name a metric: --metric METRIC")
    with console.tracker() as tracker:
        runs = _runs(tracker, experiment, where)
    found, forest = _analysed(runs, metric, importance)
    if json:
        console.json(_json(found, forest))
        return
    with paged(console):
        for line in _lines(console, found, forest):
            console.line(line)


def _runs(tracker: ExperimentTracker, experiment: str, where: str | None) -> list[Run]:
    if where is None:
        return samples_of(tracker, f"experiment:{experiment}")
    return samples_of(tracker, f"where:{where}", experiment=experiment)


def _analysed(
    runs: Sequence[Run], metric: str, importance: bool
) -> tuple[Correlations, Importances | None]:
    known = sample(runs, metric)
    rows, key = rows_of(known.runs, metric), f"{METRICS}{metric}"
    found = correlate(rows, None, key)
    told = tuple(replace(one, param=_bare(one.param)) for one in found.associations)
    found = replace(found, metric=metric, associations=told)
    if not importance:
        return found, None
    grown = forest_importance(rows, None, key)
    params = tuple(replace(one, param=_bare(one.param)) for one in grown.params)
    left_out = tuple(map(_bare, grown.left_out))
    return found, replace(grown, metric=metric, params=params, left_out=left_out)


def _bare(name: str) -> str:
    return name.removeprefix(PARAMS)


def _lines(console: Console, found: Correlations, forest: Importances | None) -> Iterator[str]:
    yield from (console.paint(line, "bold") for line in textwrap.wrap(_verdict(found), _WIDTH))
    told = [one for one in found.associations if one.p_corrected is not None]
    if told:
        yield ""
        yield from _table(told)
    yield from _notes(found)
    if forest is not None:
        yield ""
        yield from _forest(console, forest)
        if forest.count < found.count:
            yield f"note: it looked at {_many(forest.count, 'run')}, drawn at random"


def _verdict(found: Correlations) -> str:
    tested = [one for one in found.associations if one.p_corrected is not None]
    shown = [inline(one.param) for one in tested if (one.p_corrected or 0) < _SHOWN_P]
    where = f"{inline(found.metric)} in {_many(found.count, 'run')}"
    if not tested:
        return f"no parameter can be compared with {where}"
    if not shown:
        return f"none of {_many(len(tested), 'parameter')} can be shown to go with {where}"
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
    return f"{', '.join(shown[:_NAMED])}{more} {'goes' if len(shown) == 1 else 'go'} with {where}"


def _table(told: Sequence[Association]) -> Iterator[str]:
    names = [cut(inline(one.param), _LONGEST, ellipsis="...") for one in told]
    wide = max([*map(width, names), len("parameter")])
    yield f"{padded('parameter', wide)}  {'strength':<{_BAR + 5}}  {'p':>6}  how"
    room = _WIDTH - wide - _BAR - 17
    for name, one in zip(names, told, strict=True):
        cells = [padded(name, wide), _bar(one.strength), p_text(one.p_corrected or 0).rjust(6)]
        yield "  ".join([*cells, cut(_how(one), room, ellipsis="...")]).rstrip()


def _how(one: Association) -> str:
    is_shown = (one.p_corrected or 0) < _SHOWN_P
    if one.groups:
        return _order(one) if is_shown else ""
    between = "" if one.interval is None else f" ({_short(one.interval)})"
    rho = f"rho {one.rho or 0:.2f}{between}"
    way = "up and down" if one.is_curved else "rises" if (one.rho or 0) > 0 else "falls"
    return f"{way}, {rho}" if is_shown else rho


def _order(one: Association) -> str:
    """Its values, that of the greatest median first."""
    names = [inline(typed_text(group.value)) for group in one.groups]
    if len(names) > _SHOWN_GROUPS:
        names = [*names[: _SHOWN_GROUPS - 1], "...", names[-1]]
    return " > ".join(names)


def _notes(found: Correlations) -> Iterator[str]:
    if found.left_out:
        yield f"note: {_many(found.left_out, 'run')} left out: the metric is NaN or infinite"
    for one in found.associations:
        name = inline(one.param)
        if one.note:
            yield f"note: {name} is not compared: {one.note}"
        elif one.missing:
            yield f"note: {_many(one.missing, 'run')} without {name}, or it is null"


def _forest(console: Console, found: Importances) -> Iterator[str]:
    said = f"a random forest explains {max(0.0, found.score):.0%} of the variance of"
    said = f"{said} {inline(found.metric)} in runs that it was not shown"
    yield from (console.paint(line, "bold") for line in textwrap.wrap(said, _WIDTH))
    yield ""
    names = [cut(inline(one.param), _LONGEST, ellipsis="...") for one in found.params]
    wide = max([*map(width, names), len("parameter")])
    yield f"{padded('parameter', wide)}  {'importance':<{_BAR + 5}}  95% interval"
    for name, one in zip(names, found.params, strict=True):
        yield f"{padded(name, wide)}  {_bar(one.importance)}  {_short(one.interval)}"


def _bar(share: float) -> str:
    filled = round(_BAR * min(max(share, 0.0), 1.0))
    return f"{'#' * filled}{'.' * (_BAR - filled)} {share:4.2f}"


def _short(interval: Interval) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _many(count: int, kind: str) -> str:
    return f"1 {kind}" if count == 1 else f"{count:,} {kind}s"


def _json(found: Correlations, forest: Importances | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "metric": found.metric,
        "runs": found.count,
        "left_out": found.left_out,
        "params": [_json_association(one) for one in found.associations],
    }
    if forest is not None:
        shown["importance"] = {
            "method": forest.method,
            "score": forest.score,
            "left_out": list(forest.left_out),
            "params": [
                {
                    "param": one.param,
                    "importance": one.importance,
                    "interval": [one.interval.low, one.interval.high],
                }
                for one in forest.params
            ],
        }
    return shown


def _json_association(one: Association) -> dict[str, Any]:
    return {
        "param": one.param,
        "kind": one.kind.value,
        "runs": one.count,
        "missing": one.missing,
        "strength": one.strength,
        "rho": one.rho,
        "interval": None if one.interval is None else [one.interval.low, one.interval.high],
        "p": one.p,
        "p_corrected": one.p_corrected,
        "log_scale": one.is_log,
        "curved": one.is_curved,
        "groups": [
            {"value": json_data(g.value), "runs": g.count, "median": g.median} for g in one.groups
        ],
        "note": one.note,
    }
