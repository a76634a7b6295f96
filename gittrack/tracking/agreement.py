"""Whether two runs measured the same: metric by metric, under tolerances; pure."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gittrack.errors import UsageError

DEFAULT_TOLERANCE = 1e-9
"""The relative difference that is none: the order of a sum may change that much, an algorithm
that does something else changes more."""

_ZERO = 1e-12  # what is closer than this is rounding noise around zero

Verdict = Literal["same", "differs", "missing", "new"]
"""`missing`: only the recorded run has the metric; `new`: only the new one has it."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The relative difference up to which two values are the same: for all metrics, and of those
    named in `by_key` (by name, or a pattern such as `val/*`) for these; the last one counts.

    0 asks for the very same number, infinity for any number at all.
    """

    general: float = DEFAULT_TOLERANCE
    by_key: Mapping[str, float] = field(default_factory=dict)

    def of(self, key: str) -> float:
        """The tolerance for a metric."""
        found = [value for name, value in self.by_key.items() if _means(name, key)]
        return found[-1] if found else self.general

    def unused(self, keys: Iterable[str]) -> list[str]:
        """The names and patterns in `by_key` that stand for none of these metrics."""
        known = list(keys)
        return [name for name in self.by_key if not any(_means(name, key) for key in known)]


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """A metric's latest value as recorded and as measured anew, and what that means.

    `difference` is new less recorded, `None` where one of them is not there.
    """

    key: str
    recorded: float | None
    new: float | None
    tolerance: float
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        """New less recorded; NaN where one of them is NaN, and for equal infinities 0."""
        if self.recorded is None or self.new is None:
            return None
        return 0.0 if self.recorded == self.new else self.new - self.recorded

    @property
    def agrees(self) -> bool:
        """Whether it speaks for the reproduction; one that is new does not speak against it."""
        return self.verdict in ("same", "new")


def compare_metrics(
    recorded: Mapping[str, float], new: Mapping[str, float], tolerances: Tolerances
) -> tuple[MetricComparison, ...]:
    """Every metric of either run, by name."""
    return tuple(
        _compared(key, recorded.get(key), new.get(key), tolerances.of(key))
        for key in sorted(recorded.keys() | new.keys())
    )


def parse_tolerances(texts: Iterable[str]) -> Tolerances:
    """Tolerances from texts: `1e-6` for all metrics, `KEY=0.01` for one.

    Raises:
        UsageError: one is not such.
    """
    general = DEFAULT_TOLERANCE
    by_key: dict[str, float] = {}
    for text in texts:
        key, equals, number = text.rpartition("=")
        value = _number(text, number)
        if not equals:
            general = value
        elif key:
            by_key.pop(key, None)  # the last one counts
            by_key[key] = value
        else:
            raise _bad(text)
    return Tolerances(general, by_key)


def is_same(recorded: float, new: float, tolerance: float) -> bool:
    """Whether two values differ by no more than the tolerance, relative to the larger one.

    NaN is the same as NaN. Below 1e-12 a difference is none, unless the tolerance is 0.
    """
    if recorded == new or (math.isnan(recorded) and math.isnan(new)) or tolerance == math.inf:
        return True
    return math.isclose(recorded, new, rel_tol=tolerance, abs_tol=min(tolerance, _ZERO))


def _compared(
    key: str, recorded: float | None, new: float | None, tolerance: float
) -> MetricComparison:
    verdict: Verdict
    if recorded is None:
        verdict = "new"
    elif new is None:
        verdict = "missing"
    else:
        verdict = "same" if is_same(recorded, new, tolerance) else "differs"
    return MetricComparison(key, recorded, new, tolerance, verdict)


def _means(name: str, key: str) -> bool:
    return name == key or fnmatch.fnmatchcase(key, name)


def _number(text: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        raise _bad(text) from None
    if not value >= 0:
        raise _bad(text)
    return value


def _bad(text: str) -> UsageError:
    return UsageError(
        f"--tolerance takes a number of 0 or more, or KEY=NUMBER, not {text!r}",
        hint="as in: --tolerance 1e-6 --tolerance sharpe=0.01",
    )
