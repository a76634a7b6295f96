"""The outcome of an A/B test in plain words."""

from __future__ import annotations

import math

from gittrack.statistics.numbers import Interval
from gittrack.statistics.outcome import Comparison, Side

_FEW = 5
_TRIES = "4 of 5 tries"


def verdict(comparison: Comparison) -> str:
    """One sentence: which side is better and by how much, or that nothing was shown."""
    known = _short_of_values(comparison) or _without_spread(comparison)
    if known:
        return known
    if not comparison.differs:
        return _not_shown(comparison)
    size = comparison.effect.word if comparison.effect else ""
    rest = f", a {size} effect" if size else ""
    if comparison.better is None:
        side = "b" if comparison.difference > 0 else "a"
        return f"{_distance(comparison, side)} in {side.upper()} {_interval(comparison)}{rest}"
    side = comparison.better
    said = f"{_distance(comparison, side)} {_interval(comparison)}"
    return f"{side.upper()} is better: {said}{rest}"


def warnings(comparison: Comparison) -> tuple[str, ...]:
    """What a person should know before relying on the verdict."""
    found = [*_left_out(comparison)]
    if comparison.test is not None:
        found += [*_few(comparison), *_constant(comparison), *_disagreeing(comparison)]
        if not comparison.differs:
            found += _more(comparison)
    return tuple(found)


def _short_of_values(comparison: Comparison) -> str:
    least = min(comparison.a.count, comparison.b.count)
    if least > 1:
        return ""
    needed = "two pairs" if comparison.paired else "two runs on each side"
    return f"no difference can be shown with {_counts(comparison)}: it takes {needed} at least"


def _without_spread(comparison: Comparison) -> str:
    """Two constants, or pairs that all differ by the same: there is no scatter to compare with."""
    if comparison.test is not None:
        return ""
    if comparison.difference == 0:
        value = number_text(comparison.a.mean)
        same = "has the same value in both" if comparison.paired else f"is {value} in every run"
        pairs = " runs of every pair" if comparison.paired else ""
        return f"A and B are the same: {comparison.metric} {same}{pairs}"
    side = "b" if comparison.difference > 0 else "a"
    said = f"{_distance(comparison, side)} in {side.upper()}"
    if comparison.paired:
        return f"{said} in every pair, and without any scatter nothing can be tested"
    return f"{said}, but neither side scatters, so nothing can be tested"


def _not_shown(comparison: Comparison) -> str:
    side = "b" if comparison.difference >= 0 else "a"
    corrected = ""
    if comparison.test is not None and comparison.test.p < 1 - comparison.confidence:
        corrected = f", as {comparison.tests} metrics are tested at once"
    return (
        f"no difference can be shown with {_counts(comparison)}{corrected}: "
        f"{_distance(comparison, side)} in {side.upper()} {_interval(comparison)}"
    )


def _distance(comparison: Comparison, side: str) -> str:
    """`sharpe is 0.12 higher`, as seen from a side."""
    rises = (comparison.difference >= 0) == (side == "b")
    word = "higher" if rises else "lower"
    return f"{comparison.metric} is {number_text(abs(comparison.difference))} {word}"


def _interval(comparison: Comparison) -> str:
    """`(95% interval 0.05 to 0.19)`, in whose sense the difference itself is positive."""
    if comparison.test is None:
        return ""
    interval = comparison.test.interval
    if comparison.difference < 0:
        interval = interval.turned()
    return f"({percent(comparison.confidence)} interval {interval_text(interval)})"


def _counts(comparison: Comparison) -> str:
    if comparison.paired:
        return _many(comparison.a.count, "pair")
    if comparison.a.count == comparison.b.count:
        return f"{_many(comparison.a.count, 'run')} on each side"
    return f"{comparison.a.count} and {_many(comparison.b.count, 'run')}"


def _left_out(comparison: Comparison) -> list[str]:
    if comparison.paired:
        return _left_out_text(comparison.a, "pair", "")
    sides = ((comparison.a, " of A"), (comparison.b, " of B"))
    return [text for side, name in sides for text in _left_out_text(side, "run", name)]


def _left_out_text(side: Side, kind: str, name: str) -> list[str]:
    if not side.left_out:
        return []
    verb = "was" if side.left_out == 1 else "were"
    return [f"{_many(side.left_out, kind)}{name} {verb} left out: NaN or infinite"]


def _few(comparison: Comparison) -> list[str]:
    if min(comparison.a.count, comparison.b.count) >= _FEW:
        return []
    return [f"{_counts(comparison)}: so few that one odd run can turn the result"]


def _constant(comparison: Comparison) -> list[str]:
    if comparison.paired:
        return []
    sides = (("A", comparison.a), ("B", comparison.b))
    return [
        f"the {side.count} runs of {name} all have the same value: do they repeat one run?"
        for name, side in sides
        if side.deviation == 0
    ]


def _disagreeing(comparison: Comparison) -> list[str]:
    few = min(comparison.a.count, comparison.b.count) < _FEW
    if few or comparison.bootstrap is None or comparison.test is None:
        return []
    if (0 in comparison.bootstrap) == (0 in comparison.test.interval):
        return []
    return ["the t-test and the bootstrap do not agree: look for odd runs, or add more"]


def _more(comparison: Comparison) -> list[str]:
    needed = comparison.repeats_needed
    if needed is None:
        return []
    kind = "pairs" if comparison.paired else "runs on each side"
    return [f"to show a difference as large as this in {_TRIES} takes {needed:,} {kind}"]


def interval_text(interval: Interval) -> str:
    """`0.05 to 0.19`."""
    return f"{number_text(interval.low)} to {number_text(interval.high)}"


def percent(share: float) -> str:
    """`95%`, `99.9%`."""
    return f"{100 * share:.10g}%"


def p_text(p: float) -> str:
    """A p-value to three digits; `<0.001` where it is smaller."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def number_text(value: float) -> str:
    """A number in four significant digits; a hyphen where there is none (NaN)."""
    return "-" if math.isnan(value) else f"{value:.4g}"


def _many(count: int, kind: str) -> str:
    return f"{count:,} {kind}" + ("" if count == 1 else "s")
