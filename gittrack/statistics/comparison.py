"""A/B tests: whether the values of two sides differ, by how much, and which side is better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from gittrack.direction import Direction
from gittrack.errors import UsageError
from gittrack.statistics import numbers
from gittrack.statistics.bootstrap import difference_interval, mean_interval
from gittrack.statistics.correction import holm
from gittrack.statistics.distributions import student_p, student_quantile
from gittrack.statistics.effects import Effect, effect, paired_effect, repeats_needed
from gittrack.statistics.numbers import Interval, exponent, grown, shrunk, to_float
from gittrack.statistics.outcome import Comparison, Side, TTest
from gittrack.statistics.wording import verdict, warnings


def ab_test(
    a: Sequence[float],
    b: Sequence[float],
    *,
    metric: str = "the value",
    direction: Direction | None = None,
    confidence: float = 0.95,
    paired: bool = False,
    seed: int = 0,
) -> Comparison:
    """Compare the values of two sides; the same values and seed give the same answer.

    The test is Welch's t-test (Biometrika 34 (1947), 28), which assumes no equal variances, or,
    where `paired`, Student's of the differences. The bootstrap interval is BCa. NaN and infinite
    values are left out, when paired with their partners.

    Args:
        a: a value for each run.
        b: the same; when paired, the partner of each value of `a` at the same position.
        metric: what the values are, for sentences.
        direction: which values are better, `max` or `min`.
        confidence: of the intervals; a difference is shown where p is below 1 - confidence.
        paired: whether the values belong together two by two, as by a common seed.
        seed: of the bootstrap.

    Raises:
        UsageError: the confidence is not between 0 and 1, or values have no partner.
    """
    if not 0 < confidence < 1:
        raise UsageError(f"a confidence of {confidence} is not between 0 and 1", hint="as in 0.95")
    pair = _finite_pairs(a, b) if paired else (_finite(a), _finite(b))
    power = exponent([*pair[0], *pair[1]])
    left, right = (shrunk(values, power) for values in pair)
    sides = _side(pair[0], len(a)), _side(pair[1], len(b))
    if not left or not right:
        return _worded(_untested(metric, sides, direction, confidence, paired))
    compare = _compare_pairs if paired else _compare_samples
    test, bootstrap, found = compare(left, right, confidence, seed)
    differs = grown(_difference(left, right, paired), power)
    g = None if found is None else found.hedges_g
    return _worded(
        Comparison(
            metric=metric,
            a=sides[0],
            b=sides[1],
            paired=paired,
            direction=direction,
            confidence=confidence,
            difference=differs,
            relative=_relative(differs, sides[0].mean),
            test=None if test is None else replace(test, interval=_grown(test.interval, power)),
            p_corrected=None if test is None else test.p,
            tests=1,
            bootstrap=None if bootstrap is None else _grown(bootstrap, power),
            effect=found,
            repeats_needed=repeats_needed(g, confidence, paired=paired),
        )
    )


def ab_tests(
    samples: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    directions: Mapping[str, Direction] | None = None,
    confidence: float = 0.95,
    paired: bool = False,
    seed: int = 0,
) -> list[Comparison]:
    """Compare two sides by several metrics, whose p-values are corrected by Holm's method.

    Args:
        samples: for each metric the values of A and of B.
        directions: which values are better, by metric.
        confidence: as for `ab_test`, and so are the rest.
        paired: whether the values belong together two by two.
        seed: of the bootstrap.

    Raises:
        As `ab_test`.
    """
    known = directions or {}
    found = [
        ab_test(
            *values,
            metric=metric,
            direction=known.get(metric),
            confidence=confidence,
            paired=paired,
            seed=seed,
        )
        for metric, values in samples.items()
    ]
    tested = sum(one.test is not None for one in found)
    corrected = holm([one.p_corrected for one in found])
    return [
        _worded(replace(one, p_corrected=p, tests=tested))
        for one, p in zip(found, corrected, strict=True)
    ]


def _worded(comparison: Comparison) -> Comparison:
    return replace(comparison, verdict=verdict(comparison), warnings=warnings(comparison))


def _compare_samples(
    a: Sequence[float], b: Sequence[float], confidence: float, seed: int
) -> tuple[TTest | None, Interval | None, Effect | None]:
    test = None
    if min(len(a), len(b)) > 1:
        test = _welch(a, b, confidence)
    return test, difference_interval(a, b, confidence, seed), effect(a, b, confidence)


def _compare_pairs(
    a: Sequence[float], b: Sequence[float], confidence: float, seed: int
) -> tuple[TTest | None, Interval | None, Effect | None]:
    away = [y - x for x, y in zip(a, b, strict=True)]
    test = _t_test(
        numbers.mean(away), numbers.variance(away) / len(away), len(away) - 1, confidence
    )
    return test, mean_interval(away, confidence, seed), paired_effect(away, confidence)


def _welch(a: Sequence[float], b: Sequence[float], confidence: float) -> TTest | None:
    """Degrees of freedom by Welch and Satterthwaite, in shares so that nothing underflows."""
    one, two = numbers.variance(a) / len(a), numbers.variance(b) / len(b)
    if one + two <= 0:
        return None
    share = one / (one + two)
    degrees = 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))
    return _t_test(numbers.mean(b) - numbers.mean(a), one + two, degrees, confidence)


def _t_test(
    difference: float, squared_error: float, degrees: float, confidence: float
) -> TTest | None:
    if squared_error <= 0 or degrees < 1:
        return None
    error = math.sqrt(squared_error)
    away = error * student_quantile(confidence, degrees)
    t = difference / error
    return TTest(t, degrees, student_p(t, degrees), Interval(difference - away, difference + away))


def _difference(a: Sequence[float], b: Sequence[float], paired: bool) -> float:
    if paired:
        return numbers.mean([y - x for x, y in zip(a, b, strict=True)])
    return numbers.mean(b) - numbers.mean(a)


def _finite(values: Sequence[float]) -> list[float]:
    return [number for value in values if math.isfinite(number := to_float(value))]


def _finite_pairs(a: Sequence[float], b: Sequence[float]) -> tuple[list[float], list[float]]:
    if len(a) != len(b):
        raise UsageError(f"pairs need as many values on both sides, not {len(a)} and {len(b)}")
    pairs = [(to_float(x), to_float(y)) for x, y in zip(a, b, strict=True)]
    whole = [pair for pair in pairs if all(map(math.isfinite, pair))]
    return [x for x, _ in whole], [y for _, y in whole]


def _side(values: Sequence[float], given: int) -> Side:
    if not values:
        return Side((), given, math.nan, math.nan, math.nan)
    power = exponent(values)
    small = shrunk(values, power)
    spread = math.sqrt(numbers.variance(small)) if len(small) > 1 else math.nan
    return Side(
        tuple(values),
        given - len(values),
        grown(numbers.mean(small), power),
        grown(spread, power),
        grown(median(small), power),
    )


def _untested(
    metric: str,
    sides: tuple[Side, Side],
    direction: Direction | None,
    confidence: float,
    paired: bool,
) -> Comparison:
    """What is known where a side has no value."""
    return Comparison(
        metric=metric,
        a=sides[0],
        b=sides[1],
        paired=paired,
        direction=direction,
        confidence=confidence,
        difference=math.nan,
        relative=None,
        test=None,
        p_corrected=None,
        tests=0,
        bootstrap=None,
        effect=None,
        repeats_needed=None,
    )


def _relative(difference: float, base: float) -> float | None:
    if base == 0:
        return None
    share = difference / abs(base)
    return share if math.isfinite(share) else None


def _grown(interval: Interval, power: int) -> Interval:
    return Interval(grown(interval.low, power), grown(interval.high, power))
