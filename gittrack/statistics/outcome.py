"""What an A/B test finds: two sides, their difference, how sure it is and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gittrack.direction import Direction
from gittrack.statistics.effects import Effect
from gittrack.statistics.numbers import Interval


@dataclass(frozen=True, slots=True)
class Side:
    """The values of one side, in the order given, without what is NaN or infinite.

    `left_out` counts those; mean, deviation (with n - 1) and median are NaN where nothing is left,
    the deviation also where one value is.
    """

    values: tuple[float, ...]
    left_out: int
    mean: float
    deviation: float
    median: float

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)


@dataclass(frozen=True, slots=True)
class TTest:
    """A t-test: its t, degrees of freedom, two-sided p, and the interval of the difference."""

    t: float
    degrees: float
    p: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two sides say about one metric; every difference is B - A.

    `test`, `bootstrap` and `effect` are `None` where the values do not allow them: too few, or
    none of them varies. `p_corrected` takes in that `tests` metrics were tested at once; it alone
    decides. `repeats_needed` is how many runs on each side (or pairs) would show a difference as
    large as this one in four of five tries. `verdict` is the outcome in one sentence, `warnings`
    say what to know before relying on it.
    """

    metric: str
    a: Side
    b: Side
    paired: bool
    direction: Direction | None
    confidence: float
    difference: float
    relative: float | None
    test: TTest | None
    p_corrected: float | None
    tests: int
    bootstrap: Interval | None
    effect: Effect | None
    repeats_needed: int | None
    verdict: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether a difference was shown."""
        return self.p_corrected is not None and self.p_corrected < 1 - self.confidence

    @property
    def better(self) -> Literal["a", "b"] | None:
        """The better side; `None` where no difference was shown, or no direction was given."""
        if not self.differs or self.direction is None:
            return None
        return "b" if (self.difference > 0) == (self.direction == "max") else "a"
