"""`git exp ab`: whether two groups of runs differ in a metric, and which is better."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from gittrack.cli import options
from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.direction import Direction
from gittrack.errors import NotFoundError, UsageError
from gittrack.review.metrics import lower_is_better
from gittrack.runs.model import Run
from gittrack.shown import json_data
from gittrack.statistics import Comparison, Interval, Side, ab_tests
from gittrack.statistics.strip import LEGEND, strips
from gittrack.statistics.wording import interval_text, number_text, p_text, percent
from gittrack.table import aligned, padded
from gittrack.terminal import inline, one_line
from gittrack.tracking.samples import Sample, can_be_paired, pairs, sample, samples_of

_CELLS = 60
_WIDTH = 80
_SEED = "seed"
_PAIRABLE = "both sides have the same seeds: --pair-by seed would see more"
_NAME = "A config, tag:NAME, group:NAME, experiment:NAME or where:QUERY."


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A metric's comparison, the runs behind it, and what to say besides."""

    comparison: Comparison
    guessed: bool
    samples: tuple[Sample, Sample]
    notes: tuple[str, ...]


def command(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help=_NAME)],
    b: Annotated[str, typer.Argument(metavar="B", help="What A is compared with, named alike.")],
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", help="Compare this; repeatable."),
    ] = None,
    experiment: Annotated[
        str | None, typer.Option("-e", "--experiment", metavar="NAME", help="Only its runs.")
    ] = None,
    higher: Annotated[
        bool, typer.Option("--higher-is-better", help="For all these metrics.")
    ] = False,
    lower: Annotated[
        bool, typer.Option("--lower-is-better", help="For all these metrics.")
    ] = False,
    confidence: Annotated[
        float, typer.Option(metavar="SHARE", help="Of the intervals, 0 to 1.")
    ] = 0.95,
    pair_by: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Pair runs that share this parameter or run tag: seed."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Say whether two groups of runs differ in a metric, and which is better.

    Each side's finished runs are repeats of one thing, as with other seeds. A metric's latest value
    counts; METRIC.min, .max, .mean, .first or .last says it otherwise.

    Welch's t-test, or with --pair-by the paired one; intervals by it and by the bootstrap; the size
    of the effect. Several metrics are corrected by Holm's method. Without an option, the metric's
    name tells which values are better: loss, error, time and so on fall, others rise.
    """
    console: Console = context.obj
    if higher and lower:
        raise UsageError("--higher-is-better and --lower-is-better: leave out one of the two")
    if not metric:
        raise UsageError("ab needs a metric to compare", hint="name it: --metric METRIC")
    said: Direction | None = "max" if higher else "min" if lower else None
    names = list(dict.fromkeys(metric))
    with console.tracker() as tracker:
        runs = [
            samples_of(tracker, name, experiment=experiment, warn=console.note) for name in (a, b)
        ]
    shared = _shared(runs)
    found = _compare(runs, names, said, confidence, pair_by)
    if json:
        console.json(_json((a, b), found, pair_by, shared))
        return
    with paged(console):
        for line in _lines(console, (a, b), found, shared):
            console.line(line)


def _shared(runs: Sequence[Sequence[Run]]) -> int:
    one, two = ({run.run_id for run in side} for side in runs)
    if one == two:
        raise UsageError("A and B are the same runs", hint="name two groups that differ")
    return len(one & two)


def _compare(
    runs: Sequence[Sequence[Run]],
    metrics: Sequence[str],
    said: Direction | None,
    confidence: float,
    key: str | None,
) -> list[_Outcome]:
    values: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    known: dict[str, tuple[Sample, Sample]] = {}
    notes: dict[str, tuple[str, ...]] = {}
    for metric in metrics:
        a, b = known[metric] = _sample("A", runs[0], metric), _sample("B", runs[1], metric)
        values[metric], paired = _values(a, b, key)
        notes[metric] = (*_left_out("A", a), *_left_out("B", b), *paired)
    directions: dict[str, Direction] = {metric: said or _guess(metric) for metric in metrics}
    told = ab_tests(values, directions=directions, confidence=confidence, paired=key is not None)
    return [_Outcome(one, said is None, known[one.metric], notes[one.metric]) for one in told]


def _guess(metric: str) -> Direction:
    return "min" if lower_is_better(metric) else "max"


def _sample(side: str, runs: Sequence[Run], metric: str) -> Sample:
    try:
        return sample(runs, metric)
    except NotFoundError as error:
        raise NotFoundError(f"{side}: {error.message}", hint=error.hint) from None


def _values(
    a: Sample, b: Sample, key: str | None
) -> tuple[tuple[Sequence[float], Sequence[float]], tuple[str, ...]]:
    if key is None:
        seeded = can_be_paired(a, b, _SEED)
        return (a.values, b.values), (_PAIRABLE,) if seeded else ()
    found = pairs(a, b, key)
    notes = []
    if found.alone:
        notes.append(f"{_many(found.alone)} left out: no partner with the same {inline(key)}")
    if found.averaged:
        notes.append(f"several runs of a side have one {inline(key)}: their mean is taken")
    return (found.a, found.b), tuple(notes)


def _left_out(side: str, found: Sample) -> list[str]:
    reasons = ((found.unfinished, "not finished"), (found.without, "without the metric"))
    return [f"{_many(count)} of {side} left out: {why}" for count, why in reasons if count]


def _lines(
    console: Console, names: Sequence[str], found: Sequence[_Outcome], shared: int
) -> Iterator[str]:
    for outcome in found:
        for line in textwrap.wrap(inline(outcome.comparison.verdict), _WIDTH):
            yield console.paint(line, "bold")
    yield ""
    for letter, name in zip("AB", names, strict=True):
        yield f"{letter}  {one_line(name)}"
    for outcome in found:
        yield ""
        yield from _part(outcome)
    if shared:
        yield f"note: {_many(shared)} on both sides: but the test takes all for independent"


def _part(outcome: _Outcome) -> Iterator[str]:
    found = outcome.comparison
    better, other = _words(found.direction)
    guess = f" (guessed from the name; else say --{other}-is-better)" if outcome.guessed else ""
    yield f"{inline(found.metric)}: {better} is better{guess}"
    yield from _sides(found)
    yield from _drawn(found)
    yield from aligned(_difference(found))
    for text in (*outcome.notes, *found.warnings):
        yield from textwrap.wrap(f"note: {text}", _WIDTH, subsequent_indent="  ")


def _words(direction: Direction | None) -> tuple[str, str]:
    """Which values are better, and which are not."""
    return ("lower", "higher") if direction == "min" else ("higher", "lower")


def _sides(found: Comparison) -> Iterator[str]:
    rows = [["", "pairs" if found.paired else "runs", "mean", "deviation", "median"]]
    for letter, side in (("A", found.a), ("B", found.b)):
        numbers = map(number_text, (side.mean, side.deviation, side.median))
        rows.append([letter, f"{side.count:,}", *numbers])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  " + "  ".join(padded(cell, width, right=True) for cell, width in cells)


def _drawn(found: Comparison) -> Iterator[str]:
    values = (found.a.values, found.b.values)
    drawn = strips(values, _CELLS)
    if not drawn:
        return
    everything = [*values[0], *values[1]]
    low, high = number_text(min(everything)), number_text(max(everything))
    yield ""
    for letter, line in zip("AB", drawn, strict=True):
        yield f"  {letter}  {line}".rstrip()
    yield f"     {low}{high.rjust(_CELLS - len(low))}"
    yield f"     {LEGEND}"
    yield ""


def _difference(found: Comparison) -> list[list[str]]:
    if found.difference != found.difference:
        return []
    share = "" if found.relative is None else f" ({100 * found.relative:+.4g}%)"
    rows = [["  B - A", f"{number_text(found.difference)}{share}"]]
    between = f"{percent(found.confidence)} interval"
    if found.test is not None:
        kind = "paired t-test" if found.paired else "Welch's t-test"
        rows.append([f"  {kind}", f"{between} {interval_text(found.test.interval)}, {_p(found)}"])
    if found.bootstrap is not None:
        rows.append(["  bootstrap", f"{between} {interval_text(found.bootstrap)}"])
    if found.effect is not None:
        rows += _effect(found)
    return rows


def _effect(found: Comparison) -> list[list[str]]:
    effect = found.effect
    assert effect is not None
    rows = []
    if effect.hedges_g is not None and effect.interval is not None:
        between = interval_text(effect.interval)
        rows.append(["  effect", f"{effect.word}: g {effect.hedges_g:.3g} ({between})"])
    kind = "pairs" if found.paired else "pairs of a run of each side"
    rows.append(["  B above A", f"in {100 * effect.superiority:.0f}% of the {kind}"])
    return rows


def _p(found: Comparison) -> str:
    if found.test is None or found.p_corrected is None:
        return ""
    if found.tests < 2:
        return f"p {p_text(found.test.p)}"
    return f"p {p_text(found.test.p)}, corrected {p_text(found.p_corrected)}"


def _many(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _json(
    names: Sequence[str], found: Sequence[_Outcome], key: str | None, shared: int
) -> dict[str, Any]:
    return {
        "a": names[0],
        "b": names[1],
        "pair_by": key,
        "shared_runs": shared,
        "metrics": [_json_outcome(outcome) for outcome in found],
    }


def _json_outcome(outcome: _Outcome) -> dict[str, Any]:
    found = outcome.comparison
    data: Any = asdict(found)
    for letter, side, one in (
        ("a", found.a, outcome.samples[0]),
        ("b", found.b, outcome.samples[1]),
    ):
        data[letter] |= _json_side(side, one)
    data |= {
        "direction": _words(found.direction)[0],
        "direction_guessed": outcome.guessed,
        "differs": found.differs,
        "better": found.better,
        "bootstrap": _json_interval(found.bootstrap),
        "warnings": [*outcome.notes, *found.warnings],
    }
    for part in ("test", "effect"):
        if data[part] is not None:
            data[part]["interval"] = _json_interval(getattr(found, part).interval)
    shown: dict[str, Any] = json_data(_listed(data))
    return shown


def _json_side(side: Side, known: Sample) -> dict[str, Any]:
    return {
        "count": side.count,
        "runs": [run.run_id for run in known.runs],
        "unfinished": known.unfinished,
        "without_metric": known.without,
    }


def _json_interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _listed(data: Any) -> Any:
    """The same with its tuples as lists."""
    if isinstance(data, Mapping):
        return {key: _listed(value) for key, value in data.items()}
    return [_listed(value) for value in data] if isinstance(data, tuple | list) else data
