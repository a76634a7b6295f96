"""The look-ahead test: a strategy runs again on data whose future was changed; pure and seeded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gittrack.errors import GittrackError, UsageError

if TYPE_CHECKING:  # NumPy comes with the extra
    from gittrack.optimize.perturbation import Random
    from gittrack.optimize.signals import Columns

Strategy = Callable[[Any], Any]
"""Takes data, returns signals: a row for each row of the data, said with that row and no later."""

_LONGEST = 200


class Outcome(StrEnum):
    """What a look-ahead test found."""

    CLEAN = "clean"
    """No signal changed before any cut."""
    LOOKS_AHEAD = "looks ahead"
    """Signals changed though all that they may know stayed as it was."""
    RANDOM = "random"
    """Two runs on the same data differ, so nothing can be said."""
    FAILED = "failed"
    """It raised an error, or gave other rows, on data with another future."""
    UNTESTED = "untested"
    """There was nothing that could have changed."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One run on data with another future.

    Attributes:
        row: the first row that was changed, from 0.
        violations: signals before it that are others now.
        first_violation: the first row with one; `None` where there is none.
        correlation: of the signals before it, in both runs.
        moved: whether any signal changed at all.
        performance: what the strategy earns on that data; `None` where that was not asked.
        error: what it raised; empty if nothing.
    """

    row: int
    violations: int = 0
    first_violation: int | None = None
    correlation: float = 1.0
    moved: bool = False
    performance: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class LookaheadResult:
    """What was found, over all cuts.

    Attributes:
        outcome: what it comes to.
        explanation: the same in one line.
        cuts: each run, by row.
        performance: what the strategy earns on the true data; `None` where that was not asked.
    """

    outcome: Outcome
    explanation: str
    cuts: tuple[Cut, ...] = ()
    performance: float | None = None

    @property
    def passed(self) -> bool:
        """Whether the strategy was tested and does not look ahead."""
        return self.outcome is Outcome.CLEAN

    @property
    def num_violations(self) -> int:
        """Signals that changed before a cut, over all cuts; 0 if the strategy is random."""
        return sum(cut.violations for cut in self._caught())

    @property
    def correlation(self) -> float:
        """The lowest of the cuts': 1 where no signal changed."""
        return min((cut.correlation for cut in self.cuts if not cut.error), default=1.0)

    @property
    def reach(self) -> int:
        """So many rows ahead it looks at least; 0 where it does not."""
        return max((c.row - (c.first_violation or 0) for c in self._caught()), default=0)

    @property
    def performance_change(self) -> float | None:
        """By how much the performance differs on changed data: the mean over the cuts."""
        known = [cut.performance for cut in self.cuts if cut.performance is not None]
        if self.performance is None or not known:
            return None
        return math.fsum(known) / len(known) - self.performance

    def _caught(self) -> list[Cut]:
        return [cut for cut in self.cuts if cut.violations and self.outcome is Outcome.LOOKS_AHEAD]

    def metrics(self) -> dict[str, float]:
        """The numbers of a validation: `cuts`, `correlation`, `reach`, `performance_change`."""
        found = {
            "cuts": float(len(self.cuts)),
            "correlation": self.correlation,
            "reach": float(self.reach),
        }
        change = self.performance_change
        return found if change is None else {**found, "performance_change": change}


def check_lookahead(
    strategy: Strategy,
    data: Any,
    *,
    cuts: int | Sequence[int] = 10,
    seed: int = 0,
    tolerance: float = 1e-9,
    performance: Callable[[Any], float] | None = None,
) -> LookaheadResult:
    """Test whether a strategy looks ahead: signals before a cut must not depend on what is after.

    For each cut the strategy runs once on data whose rows from there on are others; half of the
    cuts come right after rows with a new signal. It gets a copy each time. The same seed gives the
    same answer.

    Args:
        strategy: takes data and returns signals, one row for each row of the data.
        data: a NumPy array, a pandas Series or DataFrame, or a mapping of these; rows are moments,
            the oldest first.
        cuts: how many, or the rows.
        seed: of the cuts and the other futures.
        tolerance: differences up to this share of a signal are rounding.
        performance: what the strategy earns on such data, if that is of interest; it runs once
            more for each cut.

    Raises:
        UsageError: the data is of another kind or too short, the signals have other rows than the
            data, or NumPy is not installed.
        Exception: whatever the strategy raises on the true data.
    """
    test = _Test(strategy, data, tolerance, performance, seed)
    chosen = test.choose(cuts)
    if not chosen:
        return LookaheadResult(Outcome.UNTESTED, "the strategy gave no signal before the last row")
    found = tuple(test.try_cut(row, number % 2 == 1) for number, row in enumerate(chosen))
    outcome, explanation = test.judge(found)
    earned = None if performance is None else _number(performance(test.copy()))
    return LookaheadResult(outcome, explanation, found, earned)


class _Test:
    """One strategy on one set of data."""

    def __init__(
        self,
        strategy: Strategy,
        data: Any,
        tolerance: float,
        performance: Callable[[Any], float] | None,
        seed: int,
    ) -> None:
        _need_numpy()
        import numpy as np

        from gittrack.optimize.perturbation import count_rows

        self._strategy, self._data = strategy, data
        self._tolerance, self._performance = tolerance, performance
        self._rows = count_rows(data)
        if self._rows < 2:
            raise UsageError(f"the data has {self._rows} rows: there is no future to change")
        self._random = np.random.default_rng(seed)
        self._base = self._signals(self.copy())

    def copy(self) -> Any:
        """A copy of the true data."""
        from gittrack.optimize.perturbation import copied

        return copied(self._data)

    def choose(self, cuts: int | Sequence[int]) -> list[int]:
        """The rows to cut at, in their order."""
        if not isinstance(cuts, int):
            wrong = [row for row in cuts if not 0 < row < self._rows]
            if wrong or not cuts:
                raise UsageError(
                    f"a cut is a row from 1 to {self._rows - 1}, not {wrong[0] if wrong else cuts}"
                )
            return sorted(set(cuts))
        if cuts < 1:
            raise UsageError(f"a look-ahead test needs 1 cut or more, not {cuts}")
        return _chosen_rows(self._base, self._rows, cuts, self._random)

    def try_cut(self, row: int, mirrored: bool) -> Cut:
        """Run the strategy on data that is another one from this row on."""
        from gittrack.optimize.perturbation import with_other_future
        from gittrack.optimize.signals import difference

        other = with_other_future(self._data, row, self._random, mirrored=mirrored)
        earned = self._earned(other)
        try:
            signals = self._signals(other)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            return Cut(row, performance=earned, error=error_text(error))
        before = difference(self._base, signals, row, self._tolerance)
        moved = difference(self._base, signals, self._rows, self._tolerance).count > 0
        return Cut(row, before.count, before.first, before.correlation, moved, earned)

    def judge(self, cuts: Sequence[Cut]) -> tuple[Outcome, str]:
        """What the cuts come to, and why."""
        caught = [cut for cut in cuts if cut.violations]
        failed = [cut for cut in cuts if cut.error]
        if caught:
            return self._confirm(caught, len(cuts))
        if failed:
            text = f"the strategy failed on {len(failed)} of {len(cuts)} other futures"
            return Outcome.FAILED, f"{text}: {failed[0].error}"
        if not any(cut.moved for cut in cuts) and self._has_news():
            return Outcome.UNTESTED, (
                "no signal ever changed with the data: does the strategy use the data it is given?"
            )
        return Outcome.CLEAN, f"no signal changed before any of {len(cuts)} cuts"

    def _confirm(self, caught: Sequence[Cut], tried: int) -> tuple[Outcome, str]:
        """A strategy that differs on the same data, too, is no proof of anything."""
        from gittrack.optimize.signals import difference

        again = difference(self._base, self._signals(self.copy()), self._rows, self._tolerance)
        if again.first is not None:
            return Outcome.RANDOM, (
                "the strategy is random: two runs on the same data differ at "
                f"{self._name(again.first)}; give it a seed"
            )
        reach = max(cut.row - (cut.first_violation or 0) for cut in caught)
        worst = next(c for c in caught if c.row - (c.first_violation or 0) == reach)
        return Outcome.LOOKS_AHEAD, (
            f"signals changed before {len(caught)} of {tried} cuts: the one at "
            f"{self._name(worst.first_violation or 0)} when data from {self._name(worst.row)} on "
            f"was changed, {reach} row{'s' * (reach > 1)} ahead"
        )

    def _has_news(self) -> bool:
        from gittrack.optimize.signals import rows_with_news

        return bool(rows_with_news(self._base))

    def _signals(self, data: Any) -> Columns:
        from gittrack.optimize.signals import signal_columns

        # The index is that of the data as it was: a strategy may have changed its copy.
        return signal_columns(self._strategy(data), self._data, self._rows)

    def _earned(self, other: Any) -> float | None:
        from gittrack.optimize.perturbation import copied

        if self._performance is None:
            return None
        try:
            return _number(self._performance(copied(other)))
        except Exception:  # noqa: BLE001 - the signals are what is tested
            return None

    def _name(self, row: int) -> str:
        """A row as people know it: with its label, where the data has one."""
        data = self._data
        for part in data.values() if isinstance(data, Mapping) else [data]:
            if hasattr(part, "iloc"):
                label = str(part.index[row]).removesuffix(" 00:00:00")[:40]
                return f"row {row}" if label == str(row) else f"row {row} ({label})"
        return f"row {row}"


def _chosen_rows(columns: Columns, rows: int, count: int, random: Random) -> list[int]:
    """Half of them right after new signals, where a strategy that acts seldom shows itself."""
    from gittrack.optimize.signals import first_signal, rows_with_news

    first = first_signal(columns)
    if first is None or first + 1 >= rows:
        return []
    after_news = [row + 1 for row in rows_with_news(columns) if first <= row < rows - 1]
    chosen: set[int] = set()
    if after_news:
        take = min(len(after_news), (count + 1) // 2)
        chosen.update(random.choice(after_news, take, replace=False).tolist())
    others = [row for row in range(first + 1, rows) if row not in chosen]
    take = min(len(others), count - len(chosen))
    chosen.update(random.choice(others, take, replace=False).tolist() if take else ())
    return sorted(chosen)


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def error_text(error: BaseException) -> str:
    """An error in one line, with its kind."""
    message = error.message if isinstance(error, GittrackError) else str(error)
    told = " ".join(f"{type(error).__name__}: {message}".split())
    return told[:_LONGEST]


def _need_numpy() -> None:
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "the look-ahead test needs NumPy", hint="pip install 'gittrack[optuna]'"
        ) from error
