"""The look-ahead test: who looks ahead is caught, who does not passes, and the rest is said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

from hypothesis.extra import numpy as arrays  # noqa: E402

from gittrack.errors import UsageError  # noqa: E402
from gittrack.optimize.perturbation import with_other_future  # noqa: E402
from gittrack.optimize.ttpt import Outcome, check_lookahead  # noqa: E402


def prices(rows: int = 120, columns: int = 3, seed: int = 0) -> Any:
    """Daily prices of a few stocks."""
    steps = np.random.default_rng(seed).normal(0.0003, 0.015, (rows, columns))
    days = pd.bdate_range("2020-01-01", periods=rows)
    names = [f"S{number}" for number in range(columns)]
    return pd.DataFrame(100.0 * np.exp(steps.cumsum(axis=0)), days, names)


def trend(data: Any) -> Any:
    """Up to its own day alone."""
    return (data.rolling(5).mean() > data.rolling(20).mean()).astype(float)


def tomorrow(data: Any) -> Any:
    """Long before a rise."""
    return np.sign(data.shift(-1) / data - 1.0)


def whole_sample_score(data: Any) -> Any:
    """Scaled with a mean that only the end knows."""
    returns = data.pct_change()
    return (returns - returns.mean()) / returns.std()


def month_end_first(data: Any) -> Any:
    """What the month will come to, from its first day on."""
    return data.pct_change(5).resample("ME").last().reindex(data.index, method="bfill")


class TestVerdicts:
    @pytest.mark.parametrize("seed", range(5))
    def test_what_looks_back_passes(self, seed: int) -> None:
        """Whatever the cuts: no violation, full correlation."""
        found = check_lookahead(trend, prices(), seed=seed)
        assert (found.passed, found.outcome, found.num_violations) == (True, Outcome.CLEAN, 0)
        assert found.metrics() == {"cuts": 10.0, "correlation": 1.0, "reach": 0.0}

    @pytest.mark.parametrize("strategy", [tomorrow, whole_sample_score, month_end_first])
    @pytest.mark.parametrize("seed", range(5))
    def test_what_looks_ahead_is_caught(self, strategy: Any, seed: int) -> None:
        """By a day, by a whole sample, or only around the ends of months."""
        found = check_lookahead(strategy, prices(), seed=seed)
        assert (found.passed, found.outcome) == (False, Outcome.LOOKS_AHEAD)
        assert found.num_violations > 0
        assert found.correlation < 1.0
        assert "rows ahead" in found.explanation or "1 row ahead" in found.explanation

    def test_says_where_and_how_far(self) -> None:
        """The row with its date, and the least number of rows it sees ahead."""
        found = check_lookahead(lambda data: data.shift(-3), prices(), cuts=[50])
        assert found.explanation == (
            "signals changed before 1 of 1 cuts: the one at row 47 (2020-03-06) when data from "
            "row 50 (2020-03-11) on was changed, 3 rows ahead"
        )
        assert (found.reach, found.cuts[0].first_violation, found.num_violations) == (3, 47, 9)

    def test_one_stock_and_a_yes_or_no(self) -> None:
        """The first other day turns, so that not half of them stay as they are by chance."""
        for seed in range(20):
            found = check_lookahead(tomorrow, prices(columns=1)["S0"], cuts=1, seed=seed)
            assert found.outcome is Outcome.LOOKS_AHEAD

    def test_a_strategy_that_acts_seldom(self) -> None:
        """Cuts come right after its few signals, where alone it can be caught."""

        def seldom(data: Any) -> Any:
            signals = pd.DataFrame(0.0, data.index, data.columns)
            signals.iloc[40] = np.sign(data.iloc[41] - data.iloc[40])
            return signals

        for seed in range(10):
            found = check_lookahead(seldom, prices(rows=400), cuts=4, seed=seed)
            assert found.outcome is Outcome.LOOKS_AHEAD

    def test_a_random_strategy_is_told_as_that(self) -> None:
        """It proves nothing, so it does not pass, and has no violations to count."""
        random = np.random.default_rng()
        found = check_lookahead(lambda data: random.random(data.shape), prices())
        assert (found.passed, found.outcome) == (False, Outcome.RANDOM)
        assert (found.num_violations, found.reach) == (0, 0)
        assert "two runs on the same data differ at row 0 (2020-01-01)" in found.explanation

    def test_an_error_on_changed_data_is_a_finding(self) -> None:
        """With the error in one line; the true data's own errors are raised."""
        data = prices()

        def fails(given: Any) -> Any:
            if not given.equals(data):
                raise ValueError("no\n\x1b[31mway")
            return given

        found = check_lookahead(fails, data, cuts=3)
        assert (found.passed, found.outcome) == (False, Outcome.FAILED)
        assert found.explanation.startswith("the strategy failed on 3 of 3 other futures: ValueErr")
        assert "\n" not in found.explanation
        with pytest.raises(ZeroDivisionError):
            check_lookahead(lambda _: 1 / 0, data)

    def test_rows_that_depend_on_the_future_are_a_finding(self) -> None:
        """An array that is longer or shorter on other data cannot be compared."""
        data = prices().to_numpy()

        def rising(given: Any) -> Any:
            return given if np.array_equal(given, data) else given[1:]

        assert check_lookahead(rising, data).outcome is Outcome.FAILED

    def test_data_from_elsewhere_leaves_nothing_tested(self) -> None:
        """A strategy that does not use what it is given does not pass unseen."""
        data = prices()
        found = check_lookahead(lambda _: tomorrow(data), data)
        assert (found.passed, found.outcome) == (False, Outcome.UNTESTED)
        assert "does the strategy use the data it is given?" in found.explanation

    def test_no_signal_leaves_nothing_tested(self) -> None:
        """Windows longer than the data, say."""
        found = check_lookahead(lambda data: data * np.nan, prices())
        assert (found.passed, found.outcome, found.cuts) == (False, Outcome.UNTESTED, ())

    def test_always_the_same_signal_passes(self) -> None:
        """Buy and hold knows nothing, so it knows no future."""
        assert check_lookahead(lambda data: np.ones(len(data)), prices()).passed

    def test_the_same_seed_gives_the_same_answer(self) -> None:
        """Cuts, numbers and all; another seed has other cuts."""
        one, same, other = (check_lookahead(tomorrow, prices(), seed=s) for s in (1, 1, 2))
        assert one == same
        assert [cut.row for cut in one.cuts] != [cut.row for cut in other.cuts]

    def test_performance_on_other_futures(self) -> None:
        """Its change is their mean less the true one; where it fails there, it is not counted."""
        data = prices()
        found = check_lookahead(
            trend, data, cuts=[60, 90], performance=lambda given: given.equals(data)
        )
        assert (found.performance, found.performance_change) == (1.0, -1.0)

        def fragile(given: Any) -> float:
            if not given.equals(data):
                raise ValueError
            return 2.0

        found = check_lookahead(trend, data, performance=fragile)
        assert (found.passed, found.performance, found.performance_change) == (True, 2.0, None)

    def test_rounding_is_no_violation(self) -> None:
        """What goes through a Fourier transform of all rows differs in the last digits."""

        def smoothed(data: Any) -> Any:
            kernel = np.fft.rfft(np.ones(5) / 5, 2 * len(data))
            spectrum = np.fft.rfft(data.to_numpy(), 2 * len(data), axis=0)
            return np.fft.irfft(spectrum * kernel[:, None], axis=0)[: len(data)]

        assert check_lookahead(smoothed, prices()).passed
        exact = check_lookahead(smoothed, prices(), tolerance=0.0)
        assert exact.outcome is Outcome.LOOKS_AHEAD


class TestSignals:
    def test_fewer_rows_are_laid_on_the_data_by_their_index(self) -> None:
        """`dropna` at the start is no violation; what drops a day for what comes later is."""
        assert check_lookahead(lambda data: data.pct_change().dropna(), prices()).passed

        def before_rises(data: Any) -> Any:
            rises = data["S0"].shift(-1) > data["S0"]
            return data["S0"][rises]

        assert check_lookahead(before_rises, prices()).outcome is Outcome.LOOKS_AHEAD

    def test_columns_that_the_future_chose(self) -> None:
        """The stocks that will have risen most: other columns are violations."""

        def winners(data: Any) -> Any:
            best = (data.iloc[-1] / data.iloc[0]).nlargest(2).index
            return data[best].notna().astype(float)

        found = check_lookahead(winners, prices(columns=8))
        assert found.outcome is Outcome.LOOKS_AHEAD

    def test_texts_truths_and_several_tables(self) -> None:
        """Whatever has a row for each row of the data."""

        def told(data: Any) -> Any:
            rises = data["close"].diff() > 0
            words = rises.replace({True: "buy", False: "sell"}).astype(object)
            return {"words": words, "truths": rises.astype("boolean"), "array": rises.to_numpy()}

        def told_early(data: Any) -> Any:
            return {"words": told(data)["words"].shift(-1)}

        data = {"close": prices(), "volume": prices(seed=1).astype(int) * 100, "fee": 0.001}
        assert check_lookahead(told, data).passed
        found = check_lookahead(told_early, data)
        assert found.outcome is Outcome.LOOKS_AHEAD

    @pytest.mark.parametrize(
        ("strategy", "told"),
        [
            (lambda data: data[1:], "returned 119 rows of signals for 120 rows of data"),
            (lambda data: 1.0, "returned one value, not signals"),
        ],
    )
    def test_other_shapes_are_refused(self, strategy: Any, told: str) -> None:
        """With what to return instead."""
        with pytest.raises(UsageError, match=told) as caught:
            check_lookahead(strategy, prices().to_numpy())
        assert "one row for each row" in (caught.value.hint or "")


class TestData:
    @pytest.mark.parametrize(
        ("data", "told"),
        [
            ([1.0, 2.0], "the data is a list"),
            ({"close": [1.0, 2.0]}, "close in the data is a list"),
            ({"fee": 1.0}, "holds no array"),
            ({"a": np.ones(3), "b": np.ones(4)}, "differ in rows: a has 3, b has 4"),
            (np.ones(1), "there is no future to change"),
        ],
    )
    def test_what_cannot_be_changed_is_refused(self, data: Any, told: str) -> None:
        """A list that went through untouched would let everything pass."""
        with pytest.raises(UsageError, match=told):
            check_lookahead(lambda given: given, data)

    @pytest.mark.parametrize("cuts", [0, [0], [120], []])
    def test_cuts_that_cannot_be(self, cuts: Any) -> None:
        """A cut has a row before it and one after."""
        with pytest.raises(UsageError, match="cut"):
            check_lookahead(trend, prices(), cuts=cuts)

    def test_the_data_stays_as_it_is(self) -> None:
        """A strategy may write into what it gets."""
        data = prices()

        def careless(given: Any) -> Any:
            given.iloc[:] = given.to_numpy() * 2
            return given

        before = data.copy()
        assert check_lookahead(careless, data).passed
        assert data.equals(before)

    def test_bars_stay_bars(self) -> None:
        """The high of another future is still the highest, and every price is another one."""
        close = prices(columns=1)["S0"]
        bars = pd.DataFrame({"Open": close * 0.99, "High": close * 1.02, "Low": close * 0.97})
        bars["Close"] = close
        for mirrored in (False, True):
            random = np.random.default_rng(0)
            other = with_other_future(bars, 60, random, mirrored=mirrored)
            assert other.iloc[:60].equals(bars.iloc[:60])
            assert (other["High"] >= other[["Open", "Close"]].max(axis=1)).all()
            assert (other["Low"] <= other[["Open", "Close"]].min(axis=1)).all()
            assert (other.iloc[60:] != bars.iloc[60:]).all(axis=None)

    def test_each_kind_stays_what_it_is(self) -> None:
        """Types, labels, missing values and dates; what is known in advance stays."""
        rows = 40
        frame = pd.DataFrame(
            {
                "volume": np.arange(rows)[::-1] ** 2 + 1000,
                "regime": pd.Categorical(["bull", "bear"] * (rows // 2)),
                "flag": [True, False] * (rows // 2),
                "note": [None, "a", "b", "c"] * (rows // 4),
                "day": pd.date_range("2020-01-01", periods=rows, tz="UTC"),
                "count": np.arange(rows),
                "nullable": pd.array([1.5, None] * (rows // 2), dtype="Float64"),
                "return": np.linspace(-0.1, 0.1, rows).astype("float32"),
            }
        )
        other = with_other_future(frame, 20, np.random.default_rng(0))
        assert (other.dtypes == frame.dtypes).all()
        assert other.iloc[:20].equals(frame.iloc[:20])
        assert (other.isna() == frame.isna()).all(axis=None)
        kept = ["day", "count"]
        assert other[kept].equals(frame[kept])
        changed = frame.columns.difference(kept)
        assert all(not other[name].equals(frame[name]) for name in changed)
        assert set(other["note"].dropna()) <= {"a", "b", "c"}


_values = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=64),
    st.floats(0.01, 1e6),
    st.integers(-3, 3).map(float),
)
_tables = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=1, max_dims=2, min_side=2, max_side=12),
    elements=_values,
)


@given(_tables, st.integers(0, 11), st.integers(0, 2**32 - 1), st.booleans())
@settings(deadline=None)
def test_only_the_future_changes(data: Any, cut: int, seed: int, mirrored: bool) -> None:
    """What is before the cut stays to the bit, what is missing stays so, and positive columns stay
    positive."""
    cut = 1 + cut % (len(data) - 1)
    before = data.copy()
    other = with_other_future(data, cut, np.random.default_rng(seed), mirrored=mirrored)
    assert data.tobytes() == before.tobytes()
    assert (other.shape, other.dtype) == (data.shape, data.dtype)
    assert other[:cut].tobytes() == data[:cut].tobytes()
    assert (np.isfinite(other) == np.isfinite(data)).all()
    known = np.isfinite(data)
    was_positive = ((data > 0) | ~known).all(axis=0)
    assert (((other > 0) | ~known).all(axis=0) >= was_positive).all()


@given(_tables, st.integers(0, 2**32 - 1), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_what_looks_back_is_never_accused(data: Any, seed: int, lag: int) -> None:
    """Whatever the data: the largest value so far, some rows ago."""

    def so_far(given: Any) -> Any:
        signals = np.full_like(given, np.nan)
        signals[lag:] = np.fmax.accumulate(given)[: max(0, len(given) - lag)]
        return signals

    found = check_lookahead(so_far, data, cuts=4, seed=seed)
    assert found.outcome in (Outcome.CLEAN, Outcome.UNTESTED)


@given(st.integers(0, 2**32 - 1), st.integers(1, 10), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_what_looks_ahead_never_passes(seed: int, ahead: int, columns: int) -> None:
    """However far, on however many stocks."""
    data = prices(60, columns, seed)
    found = check_lookahead(lambda given: given.shift(-ahead), data, cuts=3, seed=seed)
    assert found.outcome is Outcome.LOOKS_AHEAD
    assert 1 <= found.reach <= ahead
