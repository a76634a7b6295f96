"""Conditions that fail a review: what they mean, and what is refused."""

from __future__ import annotations

import math

import pytest

from gittrack.errors import QueryError, SourceError
from gittrack.ids import ConfigId
from gittrack.review.gates import parse_gate
from gittrack.review.metrics import compare_metrics, lower_is_better, read_metrics
from gittrack.review.model import GateResult, Item, PinMove, Review, Side

OLD, NEW = ConfigId("a" * 64), ConfigId("b" * 64)
CONFIGS = {
    OLD: {"lr": 0.1, "depth": 2, "name": "mlp", "gone": 1, "layers": [64, 32], "on": True},
    NEW: {"lr": 0.2, "depth": 2.0, "name": "lstm", "layers": [64, 16], "new": 3, "on": True},
}
RUNS = ([{"sharpe": 1.0, "loss": 0.5}, {"sharpe": 1.2}], [{"sharpe": 0.9, "loss": 0.4}])


def judged(condition: str, *, base: bool = True, runs: bool = True) -> GateResult:
    metrics = compare_metrics(RUNS[0] if base else (), RUNS[1]) if runs else ()
    item = Item(
        pins=(PinMove("prod", OLD, NEW),),
        base=Side(OLD) if base else None,
        head=Side(NEW),
        relation="pin",
        metrics=metrics,
    )
    review = Review("x", "y", "main", "HEAD", [item], removed=[Side(OLD)])
    return parse_gate(condition).judge(review, CONFIGS)


MET = [
    "lr > 0.1",
    "lr > base",
    "lr >= base + 0.1",
    "lr > base + 90%",
    "lr >= base * 2",
    "config.lr = 0.2",
    "name = 'lstm'",
    "name != base",
    "depth != base",  # 2 and 2.0 are two configs
    "depth = 2",  # but one number
    "layers[1] < base",
    "gone != base",
    "new != base",
    "on = true",
    "metrics.sharpe < base",
    "metrics.sharpe.best < base",
    "metrics.sharpe < base - 10%",
    "metrics.loss < base",
    "metrics.sharpe.count < 2",
    "configs.new >= 1",
    "configs.removed > 0",
    "pins.moved = 1",
]
NOT_MET = [
    "lr > 0.2",
    "lr > base + 0.1",
    "lr < base",
    "name = 'mlp'",
    "name > 3",
    "on = 1",
    "layers[0] != base",
    "layers[7] > 1",
    "missing != base",
    "metrics.sharpe < base - 50%",
    "metrics.sharpe < 0.5",
    "configs.new > 1",
    "pins.added > 0",
]


@pytest.mark.parametrize("condition", MET)
def test_conditions_that_are_met(condition: str) -> None:
    """Each says where it is met, by the pin's name."""
    result = judged(condition)
    assert len(result.met) == 1, result
    assert not result.unknown


@pytest.mark.parametrize("condition", NOT_MET)
def test_conditions_that_are_not_met(condition: str) -> None:
    """Values of different kinds are never in order, and a missing key meets nothing."""
    assert judged(condition) == GateResult(condition, ())


@pytest.mark.parametrize(
    "condition", ["metrics.sharpe < base", "metrics.sharpe.spread > 1", "metrics.other > 0"]
)
def test_what_cannot_be_judged_is_said(condition: str) -> None:
    """Without runs, or with too few of them, a gate on metrics says so."""
    result = judged(condition, runs=condition != "metrics.sharpe < base")
    assert not result.met
    assert len(result.unknown) == 1


def test_a_config_without_predecessor() -> None:
    """Nothing to compare with is unknown for an order, and a difference for `!=`."""
    assert judged("lr > base", base=False).unknown == ("prod: nothing to compare lr with",)
    assert judged("lr != base", base=False).met == ("prod: lr is 0.2, and new",)


def test_a_metric_that_is_no_number_meets_every_gate() -> None:
    """NaN is not good enough for anybody."""
    item = Item((), None, Side(NEW), "none", metrics=compare_metrics((), [{"loss": math.nan}]))
    result = parse_gate("metrics.loss > 100").judge(Review("x", "y", "a", "b", [item]), {})
    assert result.met == ("bbbbbbbbbbbb: metrics.loss is .nan",)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("lr", "expected"),
        ("", "empty"),
        ("lr > ", "expected"),
        ("lr > 1 AND depth > 2", "one comparison"),
        ("lr LIKE 'x'", "one comparison"),
        ("layers[] > 1", "one element"),
        ("configs.new > 'many'", "count"),
        ("configs.new > base", "count"),
        ("tag:prod", "one comparison"),
    ],
)
def test_nonsense_is_refused(condition: str, message: str) -> None:
    """A condition that nobody can judge is an error at once."""
    with pytest.raises(QueryError, match=message):
        parse_gate(condition)


def test_direction_by_name() -> None:
    """Losses, errors and drawdowns are better when smaller, also as parts of names."""
    for name in ("loss", "val_loss", "test/rmse", "max_drawdown", "train.error", "Loss"):
        assert lower_is_better(name), name
    for name in ("sharpe", "accuracy", "closset", "glossary", "f1"):
        assert not lower_is_better(name), name
    assert lower_is_better("turnover", ["turnover"])


def test_summaries() -> None:
    """Mean, sample standard deviation and best, in the metric's own direction."""
    [change] = compare_metrics([{"loss": 1.0}, {"loss": 3.0}], [{"loss": 1.5}])
    assert change.base is not None
    assert change.head is not None
    assert (change.base.count, change.base.mean, change.base.best) == (2, 2.0, 1.0)
    assert change.base.spread == pytest.approx(math.sqrt(2))
    assert change.head.spread is None
    assert (change.absolute, change.relative, change.verdict) == (-0.5, -0.25, "better")


def test_a_file_of_metrics() -> None:
    """Runs are objects of numbers under whole config ids; all else is refused."""

    runs = read_metrics(
        f'{{"{OLD}": [{{"a": 1}}, {{"a": 2.5}}], "{NEW}": {{"a": 3}}}}'.encode(), "m"
    )
    assert runs == {OLD: [{"a": 1.0}, {"a": 2.5}], NEW: [{"a": 3.0}]}
    for broken in ("[", "[]", '{"abc": []}', f'{{"{OLD}": [{{"a": "x"}}]}}', f'{{"{OLD}": [1]}}'):
        with pytest.raises(SourceError):
            read_metrics(broken.encode(), "m.json")
