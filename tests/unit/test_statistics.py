"""A/B tests, correlations and importance: SciPy and scikit-learn are the witnesses."""

from __future__ import annotations

import math
import random
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import special, stats
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_predict

from gittrack.canonical import Plain
from gittrack.errors import NotFoundError, UsageError
from gittrack.statistics import Comparison, Kind, ab_test, ab_tests, correlate, holm, importance
from gittrack.statistics.bootstrap import MOST_VALUES
from gittrack.statistics.distributions import chi_squared_p, student_p, student_quantile
from gittrack.statistics.effects import effect, repeats_needed
from gittrack.statistics.ranks import kruskal_wallis, spearman
from gittrack.statistics.strip import strips

VALUES = st.lists(st.integers(-400, 400).map(lambda n: n / 8), min_size=2, max_size=12)
PAIRS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=8, max_size=30)
ANYTHING = st.lists(st.floats() | st.integers(-(10**400), 10**400), max_size=5)
FEW = settings(max_examples=15, deadline=None)


def varied(a: list[float], b: list[float]) -> bool:
    """Whether something can be tested: either side scatters."""
    return len(set(a)) > 1 or len(set(b)) > 1


def sample(middle: float, count: int, seed: int, spread: float = 1.0) -> list[float]:
    """Normally distributed values."""
    source = random.Random(seed)
    return [source.gauss(middle, spread) for _ in range(count)]


# Distributions


@given(st.floats(-200, 200), st.floats(1, 1e5))
def test_student_p_is_that_of_scipy(t: float, degrees: float) -> None:
    """The two-sided p of Student's t is SciPy's, far out, too."""
    expected = 2 * stats.t.sf(abs(t), degrees)
    assert student_p(t, degrees) == pytest.approx(expected, rel=1e-7, abs=1e-250)


@settings(deadline=None)
@given(st.floats(0.5, 0.9999), st.floats(1, 1e5))
def test_student_quantile_is_that_of_scipy(confidence: float, degrees: float) -> None:
    """The critical value of Student's t is SciPy's."""
    expected = stats.t.ppf((1 + confidence) / 2, degrees)
    assert student_quantile(confidence, degrees) == pytest.approx(expected, rel=1e-8)


@given(st.floats(1e-6, 2000), st.integers(1, 600))
def test_chi_squared_p_is_that_of_scipy(value: float, degrees: int) -> None:
    """The upper tail of chi-squared is SciPy's."""
    expected = stats.chi2.sf(value, degrees)
    assert chi_squared_p(value, degrees) == pytest.approx(expected, rel=1e-7, abs=1e-250)


# A/B tests


@FEW
@given(VALUES, VALUES)
def test_welch_is_that_of_scipy(a: list[float], b: list[float]) -> None:
    """t, degrees of freedom, p and the interval are those of SciPy's Welch test."""
    assume(varied(a, b))
    found = ab_test(a, b).test
    expected = stats.ttest_ind(b, a, equal_var=False)
    between = expected.confidence_interval()
    assert found is not None
    assert found.t == pytest.approx(expected.statistic, abs=1e-9)
    assert found.degrees == pytest.approx(expected.df)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    assert found.interval.low == pytest.approx(between.low, abs=1e-9)
    assert found.interval.high == pytest.approx(between.high, abs=1e-9)


@FEW
@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=2, max_size=12))
def test_the_paired_test_is_that_of_scipy(values: list[tuple[int, int]]) -> None:
    """With pairs, t and p are those of SciPy's test for related samples."""
    a, b = zip(*values, strict=True)
    assume(len({y - x for x, y in values}) > 1)
    found = ab_test(a, b, paired=True).test
    expected = stats.ttest_rel(b, a)
    assert found is not None
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)


@FEW
@given(VALUES, VALUES, st.booleans())
def test_exchanged_sides_turn_every_sign(a: list[float], b: list[float], paired: bool) -> None:
    """A against B says the opposite of B against A, the bootstrap included."""
    shorter = min(len(a), len(b))
    if paired:
        a, b = a[:shorter], b[:shorter]
        away = sorted(y - x for x, y in zip(a, b, strict=True))
        assume(away != sorted(-d for d in away))
    assume(sorted(a) != sorted(b))
    one = ab_test(a, b, direction="max", paired=paired)
    two = ab_test(b, a, direction="max", paired=paired)
    assert two.difference == -one.difference
    assert (one.bootstrap is None) == (two.bootstrap is None)
    if one.bootstrap is not None:
        assert one.bootstrap.turned() == two.bootstrap
    if one.test is not None and two.test is not None:
        assert two.test.t == -one.test.t
        assert two.test.p == pytest.approx(one.test.p, rel=1e-9, abs=1e-300)
    assert {one.better, two.better} in ({None}, {"a", "b"})


@pytest.mark.slow
@FEW
@given(VALUES, VALUES, st.randoms(use_true_random=False), st.sampled_from([0.25, 1.0, 1024.0]))
def test_neither_order_nor_unit_matters(
    a: list[float], b: list[float], source: random.Random, unit: float
) -> None:
    """Shuffled runs give the same answer, another unit the same p and effect."""
    plain = ab_test(a, b)
    source.shuffle(a)
    source.shuffle(b)
    other = ab_test([x * unit for x in a], [x * unit for x in b])
    assert other.difference == plain.difference * unit
    assert other.p_corrected == plain.p_corrected
    assert other.effect == plain.effect
    if plain.bootstrap is not None and other.bootstrap is not None:
        assert other.bootstrap.low == plain.bootstrap.low * unit


@FEW
@given(ANYTHING, ANYTHING)
@example([1e308, -1e308], [1e308, 5e-324])
@example([1.0, 1.0], [1.0, 1.0 + 1e-16])
@example([0.0, 1e-200], [1.0, 1.0])
def test_any_values_give_a_verdict(a: list[float], b: list[float]) -> None:
    """No values, few, equal, huge or no numbers at all: the verdict is one line, never an error."""
    found = ab_test(a, b, direction="min")
    assert found.verdict
    assert "\n" not in found.verdict
    assert found.a.left_out == len(a) - found.a.count
    if found.p_corrected is not None:
        assert 0 <= found.p_corrected <= 1


@given(st.lists(st.sampled_from([math.nan, math.inf, -math.inf]), min_size=1, max_size=3))
@settings(max_examples=6, deadline=None)
def test_what_is_no_number_is_left_out(odd: list[float]) -> None:
    """NaN and infinite values change nothing but the count of what was left out."""
    a, b = sample(0, 6, 1), sample(1, 6, 2)
    plain, found = ab_test(a, b), ab_test([*odd, *a], b)
    assert (found.test, found.bootstrap, found.effect) == (
        plain.test,
        plain.bootstrap,
        plain.effect,
    )
    assert found.a.left_out == len(odd)
    assert "left out: NaN or infinite" in found.warnings[0]
    paired = ab_test([*odd, *a], [*b, *odd], paired=True)
    assert paired.a.count == paired.b.count == 6 - len(odd)


@pytest.mark.parametrize("sizes", [(8, 9), (30, 12)])
def test_the_bootstrap_is_that_of_scipy(sizes: tuple[int, int]) -> None:
    """The BCa interval of skewed values is SciPy's, as far as chance lets it."""
    a = [math.exp(x) for x in sample(0, sizes[0], 3)]
    b = [math.exp(x) for x in sample(0.5, sizes[1], 4)]
    found = ab_test(a, b).bootstrap
    expected = stats.bootstrap(
        (a, b),
        lambda x, y, axis: y.mean(axis=axis) - x.mean(axis=axis),
        n_resamples=20_000,
        rng=np.random.default_rng(0),
    ).confidence_interval
    width = expected.high - expected.low
    assert found is not None
    assert found.low == pytest.approx(expected.low, abs=0.03 * width)
    assert found.high == pytest.approx(expected.high, abs=0.03 * width)


def test_many_values_need_no_bootstrap() -> None:
    """Above a limit the t-distribution's interval stands alone, and the answer comes at once."""
    values = [float(n % 7) for n in range(MOST_VALUES + 1)]
    found = ab_test(values, [v + 1 for v in values], direction="max")
    assert found.bootstrap is None
    assert found.better == "b"


@FEW
@given(VALUES, VALUES)
def test_effects_are_what_their_formulas_say(a: list[float], b: list[float]) -> None:
    """Superiority is Mann and Whitney's U over all pairs; g is d with Hedges' gamma functions."""
    found = effect(a, b, 0.95)
    u = stats.mannwhitneyu(b, a).statistic if varied(a, b) or a != b else len(a) * len(b) / 2
    assert found.superiority == pytest.approx(u / (len(a) * len(b)))
    assert found.cliffs_delta == pytest.approx(2 * found.superiority - 1)
    m = len(a) + len(b) - 2
    pooled = ((len(a) - 1) * np.var(a, ddof=1) + (len(b) - 1) * np.var(b, ddof=1)) / m
    if pooled > 0:
        correction = special.gamma(m / 2) / (math.sqrt(m / 2) * special.gamma((m - 1) / 2))
        d = (np.mean(b) - np.mean(a)) / math.sqrt(pooled)
        assert found.hedges_g == pytest.approx(correction * d, abs=1e-9)
    else:
        assert found.hedges_g is None


@given(st.floats(0.15, 2.5), st.booleans())
def test_the_repeats_needed_have_the_power(g: float, paired: bool) -> None:
    """With so many repeats the t-test has a power of 0.8 (non-central t), with fewer it has not."""
    needed = repeats_needed(g, 0.95, paired=paired)
    assert needed is not None
    assert power(g, needed + 1, paired=paired) > 0.8
    if needed > 5:
        assert power(g, needed - 2, paired=paired) < 0.8


def power(g: float, count: int, *, paired: bool) -> float:
    """How often a two-sided t-test at 5% finds a difference of `g` deviations."""
    degrees = count - 1 if paired else 2 * count - 2
    shift = g * math.sqrt(count if paired else count / 2)
    limit = stats.t.ppf(0.975, degrees)
    return float(stats.nct.sf(limit, degrees, shift) + stats.nct.cdf(-limit, degrees, shift))


def test_no_effect_needs_no_number_of_repeats() -> None:
    """Nothing, or next to nothing, is not to be shown by any number of runs."""
    assert repeats_needed(0.0, 0.95) is None
    assert repeats_needed(1e-9, 0.95) is None


@given(st.lists(st.none() | st.floats(0, 1), max_size=12))
def test_holm_raises_and_keeps_the_order(p_values: list[float | None]) -> None:
    """Corrected p-values are never smaller, never above 1, in the same order; untested stay so."""
    corrected = holm(p_values)
    known = [(p, c) for p, c in zip(p_values, corrected, strict=True) if p is not None]
    assert [c is None for c in corrected] == [p is None for p in p_values]
    assert all(c is not None and p <= c <= 1 for p, c in known)
    ordered = [c or 0.0 for _, c in sorted(known, key=lambda pair: pair[0])]
    assert ordered == sorted(ordered)


def test_holm_by_hand() -> None:
    """The example that textbooks have."""
    assert holm([0.01, 0.04, 0.03, None, 0.005]) == pytest.approx([0.03, 0.06, 0.06, None, 0.02])


def test_several_metrics_are_corrected() -> None:
    """A p that alone would do is not enough among several, and the verdict says why."""
    a, b = sample(0, 10, 5), sample(1.1, 10, 6)
    values = {name: (sample(0, 10, n), sample(0, 10, n + 50)) for n, name in enumerate("uvw")}
    [alone] = ab_tests({"gain": (a, b)}, directions={"gain": "max"})
    among = ab_tests({"gain": (a, b), **values}, directions={"gain": "max"})[0]
    assert alone.test == among.test
    assert alone.test is not None
    assert among.p_corrected == pytest.approx(4 * alone.test.p)
    assert among.tests == 4


def made(text: str) -> list[float]:
    return [float(word) for word in text.split()]


VERDICTS = [
    ("1 2 3 4 5", "11 12 13 14 15", "max", "B is better: m is 10 higher (95% interval"),
    ("1 2 3 4 5", "11 12 13 14 15", "min", "A is better: m is 10 lower (95% interval"),
    ("11 12 13 14 15", "1 2 3 4 5", "max", "A is better: m is 10 higher (95% interval"),
    ("1 2 3 4 5", "11 12 13 14 15", None, "m is 10 higher in B (95% interval"),
    ("1 2 3", "1 2 3 4", "max", "no difference can be shown with 3 and 4 runs: m is 0.5 higher"),
    ("1", "1 2 3", "max", "no difference can be shown with 1 and 3 runs: it takes two runs"),
    ("", "1 2 3", "max", "no difference can be shown with 0 and 3 runs: it takes two runs"),
    ("2 2", "2 2 2", "max", "A and B are the same: m is 2 in every run"),
    ("2 2", "3 3 3", "max", "m is 1 higher in B, but neither side scatters, so nothing can"),
]


@pytest.mark.parametrize(("a", "b", "direction", "text"), VERDICTS)
def test_verdicts_in_plain_words(a: str, b: str, direction: str | None, text: str) -> None:
    """What the numbers mean, in one sentence."""
    found = ab_test(made(a), made(b), metric="m", direction=direction)  # type: ignore[arg-type]
    assert found.verdict.startswith(text)


@pytest.mark.parametrize("direction", ["max", "min", None])
def test_exchanged_sides_say_the_same(direction: str | None) -> None:
    """The verdict on B and A is that on A and B with the letters exchanged, interval and all."""
    a, b = made("1 2 3 4 5"), made("11 12 13 14 15")
    one = ab_test(a, b, direction=direction)  # type: ignore[arg-type]
    two = ab_test(b, a, direction=direction)  # type: ignore[arg-type]
    assert "10 higher" in one.verdict or direction == "min"
    letters = str.maketrans("AB", "BA")
    assert two.verdict.translate(letters) == one.verdict
    assert "(95% interval 7.694 to 12.31), a large effect" in one.verdict


PAIRED_VERDICTS = [
    ("1 2 3", "2 3 4", "m is 1 higher in B in every pair, and without any scatter nothing"),
    ("1 2 3", "1 2 3", "A and B are the same: m has the same value in both runs of every pair"),
    ("1 2 3", "1 2.5 3", "no difference can be shown with 3 pairs: m is 0.1667 higher in B"),
    ("1", "2", "no difference can be shown with 1 pair: it takes two pairs at least"),
]


@pytest.mark.parametrize(("a", "b", "text"), PAIRED_VERDICTS)
def test_verdicts_of_pairs(a: str, b: str, text: str) -> None:
    """The same for pairs."""
    found = ab_test(made(a), made(b), metric="m", direction="max", paired=True)
    assert found.verdict.startswith(text)


def test_warnings_say_what_to_know() -> None:
    """Few runs, a side that repeats one run, and how many runs it would take are told."""
    found = ab_test([1.0, 1.0, 1.0], [0.9, 1.2, 1.1])
    assert "so few that one odd run" in found.warnings[0]
    assert found.warnings[1].startswith("the 3 runs of A all have the same value")
    assert "takes" in found.warnings[2]
    assert f"{found.repeats_needed} runs on each side" in found.warnings[2]


def test_a_pair_shows_what_two_groups_hide() -> None:
    """A small gain under a large scatter that both sides share is seen by pairs alone."""
    seeds = sample(0, 10, 7, spread=5)
    gains = [s + 0.3 + e for s, e in zip(seeds, sample(0, 10, 8, spread=0.1), strict=True)]
    assert ab_test(seeds, gains, direction="max").better is None
    assert ab_test(seeds, gains, direction="max", paired=True).better == "b"


@pytest.mark.parametrize("confidence", [0, 1, 95, -1, math.nan])
def test_a_confidence_is_a_share(confidence: float) -> None:
    """95 is no confidence, 0.95 is."""
    with pytest.raises(UsageError, match="between 0 and 1"):
        ab_test([1, 2], [3, 4], confidence=confidence)


def test_pairs_have_partners() -> None:
    """Different numbers of values cannot be paired."""
    with pytest.raises(UsageError, match="2 and 1"):
        ab_test([1, 2], [3], paired=True)


@given(ANYTHING.map(lambda v: [float(x) for x in v if abs(x) < 1e300]), st.integers(1, 70))
def test_strips_fit(values: list[float], cells: int) -> None:
    """A strip is as wide as was asked, in ASCII, and shows every value or the mean over it."""
    drawn = strips([values, values[:1]], cells)
    assert all(len(line) == cells and line.isascii() for line in drawn)
    assert bool(drawn) == (len(set(values)) > 1)
    assert all("|" in line for line in drawn)


# Ranks


@given(PAIRS)
def test_spearman_is_that_of_scipy(values: list[tuple[int, int]]) -> None:
    """rho and p with ties are SciPy's."""
    xs, ys = zip(*values, strict=True)
    found = spearman(xs, ys)
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found is None
        return
    expected = stats.spearmanr(xs, ys)
    assert found is not None
    assert found.rho == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-4)
    if found.interval is not None:
        assert found.interval.low < found.rho < found.interval.high


@FEW
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=5))
def test_few_pairs_are_permuted(values: list[tuple[int, int]]) -> None:
    """The p of a handful is the share of all orders with a rho at least as strong."""
    xs, ys = zip(*values, strict=True)
    assume(len(set(xs)) > 1 and len(set(ys)) > 1)
    found = spearman(xs, ys)
    assert found is not None
    strengths = [abs(stats.spearmanr(xs, order).statistic) for order in permutations(ys)]
    expected = sum(s >= abs(found.rho) - 1e-9 for s in strengths) / len(strengths)
    assert found.p == pytest.approx(expected)


@FEW
@given(st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=9), min_size=2, max_size=4))
def test_kruskal_is_that_of_scipy(groups: list[list[int]]) -> None:
    """p of groups of five or more is SciPy's; epsilon squared follows from its H."""
    labels = [n for n, group in enumerate(groups) for _ in group]
    values = [value for group in groups for value in group]
    assume(len(set(values)) > 1)
    found = kruskal_wallis(labels, values)
    expected = stats.kruskal(*groups)
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue, abs=1e-9)
    share = (expected.statistic - len(groups) + 1) / (len(values) - len(groups))
    assert found.epsilon_squared == pytest.approx(max(0.0, share), abs=1e-9)


def test_small_groups_are_permuted() -> None:
    """With groups of three, p is near the exact one, and the order of the runs does not matter."""
    labels, values = list("aaabbbccc"), [1, 2, 3, 4, 5, 6, 7, 8, 9]
    found = kruskal_wallis(labels, values)
    assert found is not None
    assert found.p == pytest.approx(6 * 6**3 / math.factorial(9), abs=0.003)
    assert kruskal_wallis(labels[::-1], values[::-1]) == found


def test_a_permuted_p_is_near_the_exact_one() -> None:
    """Two groups of three: p is the share of all twenty ways to part them with an H as great."""
    values = [1, 2, 4, 3, 5, 6]
    ways = [(set(way), set(values) - set(way)) for way in combinations(values, 3)]
    strengths = [stats.kruskal(list(one), list(two)).statistic for one, two in ways]
    observed = stats.kruskal(values[:3], values[3:]).statistic
    reached = sum(strength > observed - 1e-9 for strength in strengths)
    found = kruskal_wallis(list("aaabbb"), values)
    assert found is not None
    assert found.p == pytest.approx(reached / 20, abs=0.03)


# Correlations


def runs(count: int, seed: int = 0) -> list[dict[str, Plain]]:
    """Runs whose gain rises with lr, is best in the middle of u, and is greatest with adam."""
    source = random.Random(seed)
    rows: list[dict[str, Plain]] = []
    for number in range(count):
        lr, u = 10 ** source.uniform(-4, -1), source.uniform(-1, 1)
        name = source.choice(["adam", "sgd"])
        gain = math.log10(lr) - 3 * u * u + 2 * (name == "adam") + source.gauss(0, 0.1)
        row: dict[str, Plain] = {"lr": lr, "u": u, "opt": name, "flag": number % 2 == 0}
        row |= {"same": 3, "name": f"run {number}", "gain": gain, "shape": [number % 3, 4]}
        rows.append(row)
    return rows


def test_what_goes_with_a_metric() -> None:
    """Rising, curved and categorical parameters are found, in what way, and others are not."""
    found = {one.param: one for one in correlate(runs(80, 1), None, "gain").associations}
    assert found["lr"].rho is not None
    assert found["lr"].rho > 0
    assert found["lr"].is_log
    assert not found["u"].is_log
    assert found["u"].is_curved
    assert not found["lr"].is_curved
    assert [group.value for group in found["opt"].groups] == ["adam", "sgd"]
    shown = {name for name, one in found.items() if (one.p_corrected or 1) < 0.05 and one.p}
    assert shown == {"lr", "u", "opt"}
    assert found["flag"].kind == found["shape"].kind == Kind.CATEGORY
    assert found["same"].note == "the same in all runs"
    assert found["name"].note == "every run has its own value"


def test_the_strongest_comes_first() -> None:
    """Strength falls down the list; what cannot be compared is at its end."""
    found = correlate(runs(80), None, "gain").associations
    tested = [one.strength for one in found if one.p is not None]
    assert tested == sorted(tested, reverse=True)
    assert [one.param for one in found[len(tested) :]] == ["name", "same"]


@FEW
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_neither_order_nor_scale_of_runs_matters(seed: int, source: random.Random) -> None:
    """Shuffled runs, and a metric and parameters on other scales, go together in the same way."""
    rows = runs(24, seed)
    plain = correlate(rows, ["lr", "u", "opt"], "gain")
    source.shuffle(rows)
    other = [
        {**r, "lr": 7 * float(str(r["lr"])), "gain": math.exp(float(str(r["gain"])))} for r in rows
    ]
    found = correlate(other, ["lr", "u", "opt"], "gain")
    key = [(one.param, one.strength, one.rho, one.p_corrected) for one in plain.associations]
    assert [(o.param, o.strength, o.rho, o.p_corrected) for o in found.associations] == key


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(PLAIN | st.lists(PLAIN, max_size=2), st.floats()), min_size=1, max_size=9)
)
def test_any_parameter_can_be_compared_or_not(pairs: list[tuple[Plain, float]]) -> None:
    """Whatever runs have, each is counted, and what cannot be compared says why."""
    rows: list[dict[str, Plain]] = [{"p": value, "m": metric} for value, metric in pairs]
    found = correlate(rows, ["p", "absent"], "m")
    assert found.count + found.left_out == len(rows)
    for one in found.associations:
        assert one.count + one.missing == found.count
        assert 0 <= one.strength <= 1
        assert (one.p is None) == bool(one.note)


@pytest.mark.parametrize(
    ("values", "is_log"),
    [
        ([2.0**n for n in range(12)], True),
        ([10**n for n in range(-5, 1)], True),
        ([float(n) for n in range(1, 40)], False),
        ([1.0, 2.0, 4.0, 8.0], False),
        ([2.0**n for n in range(12)] + [0.0], False),
    ],
)
def test_log_scales_are_seen(values: list[float], is_log: bool) -> None:
    """Numbers by orders of magnitude are told from others: positive, and a factor of ten wide."""
    rows: list[dict[str, Plain]] = [{"p": value, "m": n} for n, value in enumerate(values)]
    [found] = correlate(rows, None, "m").associations
    assert found.is_log is is_log


def test_types_are_told_apart() -> None:
    """1, "1" and true are three categories; huge integers are numbers."""
    rows: list[dict[str, Plain]] = [
        {"p": value, "big": 10**400 * n, "m": n} for n, value in enumerate([1, "1", True] * 4)
    ]
    found = {one.param: one for one in correlate(rows, None, "m").associations}
    assert found["p"].kind is Kind.CATEGORY
    assert {(type(g.value), g.value) for g in found["p"].groups} == {
        (int, 1),
        (str, "1"),
        (bool, True),
    }
    assert found["big"].rho == 1


def test_a_metric_that_nobody_has() -> None:
    """An unknown metric is an error, not an empty answer."""
    with pytest.raises(NotFoundError, match="'loss'"):
        correlate(runs(5), None, "loss")


# Importance


@pytest.mark.slow
def test_importance_finds_what_matters() -> None:
    """What the metric is made of comes first; parameters that cannot matter are left out."""
    found = importance(runs(60), None, "gain", repeats=1)
    assert {one.param for one in found.params[:3]} == {"lr", "u", "opt"}
    assert found.left_out == ("name", "same")
    assert 0.5 < found.score < 1
    assert all(one.interval.low <= one.importance <= one.interval.high for one in found.params)
    assert importance(runs(60), None, "gain", repeats=1) == found


def test_importance_of_many_runs() -> None:
    """Of very many runs a thousand are drawn."""
    assert importance(runs(1_010), ["lr"], "gain", repeats=1).count == 1_000


@pytest.mark.slow
def test_the_score_is_that_of_scikit_learn() -> None:
    """The share of the variance that is explained is R² of scikit-learn's own cross-validation."""
    rows = runs(40)
    found = importance(rows, ["lr", "u"], "gain", repeats=1)
    table = np.array([[row["lr"], row["u"]] for row in rows], dtype=float).argsort(0).argsort(0)
    target = np.array([row["gain"] for row in rows], dtype=float)
    forest = RandomForestRegressor(100, max_features=1 / 3, random_state=0)
    guessed = cross_val_predict(forest, table, target, cv=KFold(5, shuffle=True, random_state=0))
    assert found.score == pytest.approx(r2_score(target, guessed))


@pytest.mark.parametrize(
    ("rows", "method", "text"),
    [
        (runs(19), "auto", "19 runs are too few"),
        (runs(30), "magic", "no method 'magic'"),
        ([{"a": 1, "gain": n} for n in range(30)], "auto", "nothing varies"),
        ([{"a": n, "gain": 0.0} for n in range(30)], "auto", "nothing varies"),
    ],
)
def test_importance_that_cannot_be_told(
    rows: list[dict[str, Plain]], method: str, text: str
) -> None:
    """Too little to learn from is said, and so is a method that there is not."""
    with pytest.raises(UsageError, match=text):
        importance(rows, None, "gain", method)


def test_results_are_values() -> None:
    """A comparison can be kept and compared: it is frozen, and the same seed gives the same."""
    first, second = (ab_test([1, 2, 4], [2, 3, 7], seed=3) for _ in range(2))
    assert isinstance(first, Comparison)
    assert first == second
    assert ab_test([1, 2, 4], [2, 3, 7], seed=4).bootstrap != first.bootstrap
