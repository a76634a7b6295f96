"""The optimiser that logs by itself, and its look-ahead tests, in a real repository."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from witness import fsck

optuna = pytest.importorskip("optuna")
np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

from gittrack import ExperimentTracker  # noqa: E402
from gittrack.errors import GittrackError, UsageError  # noqa: E402
from gittrack.optimize.tpe import TPEOptimizer  # noqa: E402
from gittrack.optimize.ttpt import Outcome  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SPACE = {"x": ("float", -10.0, 10.0), "model": {"kind": ["plain", "shifted"]}, "fee": 0.5}


def parabola(params: Any) -> float:
    shift = 1.0 if params["model"]["kind"] == "shifted" else 0.0
    return (params["x"] - 2.0) ** 2 + shift + params["fee"]


def real_prices() -> Any:
    """Monthly prices of five stocks, as the demo has them."""
    table = pd.read_csv(ROOT / "gittrack/demo/project/prices.csv", index_col="month")
    return table.dropna().astype(float)


def momentum(prices: Any, params: Any) -> Any:
    """A negative skip looks ahead."""
    return prices.shift(params["skip"]) / prices.shift(params["lookback"]) - 1.0


def earned(prices: Any, params: Any) -> float:
    """The Sharpe ratio of following the signs of momentum a month later."""
    signs = np.sign(momentum(prices, params)).shift(1)
    returns = (signs * prices.pct_change()).mean(axis=1)
    return float(returns.mean() / returns.std() * 12**0.5)


class TestOptimize:
    def test_each_trial_is_a_run(self, repository: Path) -> None:
        """With its parameters, constants too, its value, and what it was drawn from."""
        with ExperimentTracker(repository) as tracker:
            optimizer = TPEOptimizer("parabola", metric="loss", seed=0)
            result = optimizer.optimize(parabola, 12, SPACE, tracker=tracker)
            runs = tracker.get_trials("parabola")
        assert [run.trial_number for run in runs] == list(range(12))
        for run, trial in zip(runs, result.trials, strict=True):
            assert run.run_id == trial.run_id
            assert run.params == {
                "x": trial.params["x"],
                "model.kind": trial.params["model"]["kind"],  # type: ignore[index,call-overload]
                "fee": 0.5,
            }
            assert run.performance == {"loss": parabola(trial.params)}
            assert run.status == "FINISHED"
            distributions: Any = run.details["optuna"]["distributions"]  # type: ignore[index,call-overload]
            assert [one["param"] for one in distributions] == ["x", "model.kind"]
        assert fsck(repository) == ""

    def test_it_searches(self) -> None:
        """Without a tracker as well; the same seed draws the same, and the best is near."""
        one, same = (TPEOptimizer(seed=3).optimize(parabola, 40, SPACE) for _ in range(2))
        assert one.trials == same.trials
        assert one.best is not None
        assert one.best.performance["value"] == min(t.performance["value"] for t in one.trials)
        assert one.best.performance["value"] < 1.5
        most = TPEOptimizer(seed=3, direction="maximize").optimize(parabola, 40, SPACE).best
        assert most is not None
        assert most.performance["value"] > 100

    def test_pruned_trials_keep_what_they_reported(self, repository: Path) -> None:
        """An objective that takes the trial, too, may report and give up."""

        def objective(trial: Any, params: Any) -> dict[str, float]:
            for step in range(3):
                trial.report(params["x"] + step, step)
                if trial.number == 2 and step == 1:
                    raise optuna.TrialPruned
            return {"loss": params["x"], "seconds": 1.5}

        with ExperimentTracker(repository) as tracker:
            optimizer = TPEOptimizer("study", metric="loss", seed=0)
            optimizer.optimize(objective, 3, SPACE, tracker=tracker)
            first, _, pruned = tracker.get_trials("study")
        assert first.performance == {"loss": first.params["x"], "seconds": 1.5}
        assert first.summaries["intermediate"].count == 3
        assert (pruned.tags["optuna.state"], pruned.performance) == ("PRUNED", {})
        assert pruned.summaries["intermediate"].count == 2

    def test_a_trial_that_fails_is_logged_as_failed(self, repository: Path) -> None:
        """With the error; one that is not caught ends the search, and no number is a failure."""

        def objective(trial: Any, params: Any) -> float:
            if trial.number == 1:
                raise ZeroDivisionError("by\nzero")
            if trial.number == 3:
                raise KeyError("lr")
            return math.nan if trial.number == 2 else 1.0

        with ExperimentTracker(repository) as tracker:
            optimizer = TPEOptimizer("study", catch=(ZeroDivisionError,))
            with pytest.raises(KeyError):
                optimizer.optimize(objective, 9, SPACE, tracker=tracker)
            runs = tracker.get_trials("study")
        assert [run.status for run in runs] == ["FINISHED", "FAILED", "FAILED", "FAILED"]
        assert runs[1].tags["error"] == "ZeroDivisionError: by zero"
        assert runs[3].tags["error"] == "KeyError: 'lr'"

    def test_interrupting_kills_the_trial(self, repository: Path) -> None:
        """What ran before is kept."""

        def objective(trial: Any, params: Any) -> float:
            if trial.number == 2:
                raise KeyboardInterrupt
            return 1.0

        with ExperimentTracker(repository) as tracker:
            with pytest.raises(KeyboardInterrupt):
                TPEOptimizer("study").optimize(objective, 9, SPACE, tracker=tracker)
            runs = tracker.get_trials("study")
        assert [run.status for run in runs] == ["FINISHED", "FINISHED", "KILLED"]

    def test_says_nothing_on_the_terminal(self, capfd: pytest.CaptureFixture[str]) -> None:
        """Optuna's own remarks neither; and its level is as it was."""
        level = optuna.logging.get_verbosity()
        TPEOptimizer().optimize(parabola, 2, SPACE)
        assert capfd.readouterr() == ("", "")
        assert optuna.logging.get_verbosity() == level

    def test_calls_that_make_no_sense(self) -> None:
        """Each says what would."""
        with pytest.raises(UsageError, match="minimize or maximize, not 'up'"):
            TPEOptimizer(direction="up")
        with pytest.raises(UsageError, match="1 trial or more, not 0"):
            TPEOptimizer().optimize(parabola, 0, SPACE)
        with pytest.raises(UsageError, match="returned no sharpe: cagr") as caught:
            TPEOptimizer(metric="sharpe").optimize(lambda _: {"cagr": 0.1}, 1, SPACE)
        assert caught.value.hint == "name the one that counts: TPEOptimizer(metric=…)"
        with pytest.raises(UsageError, match="returned no number"):
            TPEOptimizer().optimize(lambda _: "high", 1, SPACE)
        with pytest.raises(GittrackError, match="x"):
            TPEOptimizer().optimize(parabola, 1, {"x": {"type": "float", "low": 2, "high": 1}})


class TestLookahead:
    def test_a_peeking_trial_is_caught_and_a_clean_one_passes(self, repository: Path) -> None:
        """On real prices: each validation says what it found, and the best is always tested."""
        space = {"lookback": ("int", 3, 12), "skip": ("int", -2, 2)}
        with ExperimentTracker(repository) as tracker:
            optimizer = TPEOptimizer("search", metric="sharpe", direction="maximize", seed=1)
            result = optimizer.optimize_with_runtime_ttpt(
                earned, momentum, real_prices(), 12, space, 3, tracker=tracker, cuts=6
            )
            runs = {run.trial_number: run for run in tracker.get_trials("search")}
        tested = [trial for trial in result.trials if trial.lookahead is not None]
        assert {2, 5, 8, 11} <= {trial.number for trial in tested}
        assert result.best in tested
        assert result.best in result.caught
        assert result.best_clean is not None
        for trial in tested:
            found = trial.lookahead
            assert found is not None
            assert found.passed == (trial.params["skip"] >= 0)  # type: ignore[operator]
            [validation] = runs[trial.number].validations
            assert (validation.name, validation.passed) == ("ttpt", found.passed)
            assert validation.num_violations == found.num_violations
            assert validation.metrics == found.metrics()
            assert math.isfinite(validation.metrics["performance_change"])
            notes = runs[trial.number].notes
            assert notes == (() if found.passed else (f"ttpt: {found.explanation}",))
        assert all(not runs[t.number].validations for t in result.trials if t not in tested)

    def test_a_strategy_that_fails_costs_its_trial_and_not_the_search(
        self, repository: Path
    ) -> None:
        """Its test has not passed, and says why."""

        def strategy(prices: Any, params: Any) -> Any:
            if params["lookback"] > 5:
                raise ValueError("too long")
            return prices.to_numpy()[1:] if params["lookback"] == 5 else prices

        with ExperimentTracker(repository) as tracker:
            result = TPEOptimizer("search", seed=0).optimize_with_runtime_ttpt(
                lambda params: float(params["lookback"]),
                strategy,
                real_prices(),
                8,
                {"lookback": ("int", 4, 8)},
                1,
                tracker=tracker,
            )
        for trial in result.trials:
            assert trial.lookahead is not None
            lookback: Any = trial.params["lookback"]
            outcome = Outcome.FAILED if lookback > 4 else Outcome.CLEAN
            assert trial.lookahead.outcome is outcome
            assert "performance_change" not in trial.lookahead.metrics()
            if lookback > 5:
                assert trial.lookahead.explanation == (
                    "the strategy failed on the true data: ValueError: too long"
                )

    def test_the_data_is_looked_at_first(self) -> None:
        """Before any trial runs in vain."""
        called: list[object] = []
        optimizer = TPEOptimizer()
        with pytest.raises(UsageError, match="the data is a list"):
            optimizer.optimize_with_runtime_ttpt(called.append, momentum, [1.0], 2, SPACE)
        with pytest.raises(UsageError, match="checkpoint_interval and cuts are 1 or more"):
            optimizer.optimize_with_runtime_ttpt(
                called.append, momentum, real_prices(), 2, SPACE, 0
            )
        assert called == []

    def test_a_trial_just_logged_can_be_validated(self, repository: Path) -> None:
        """By its run's id, in the process that logged it, and more can be logged after."""
        with ExperimentTracker(repository) as tracker:
            first = tracker.log_trial("study", 0, {"a": 1}, 0.5)
            tracker.log_ttpt_result(first, False, 3, {"correlation": 0.5})
            second = tracker.log_trial("study", 1, {"a": 2}, 0.6)
            tracker.log_ttpt_result(second, True)
            found = tracker.get_trials("study")
        assert [run.run_id for run in found] == [first, second]
        assert [run.validations[0].num_violations for run in found] == [3, 0]


@pytest.mark.slow
def test_the_programs_of_the_page(repository: Path) -> None:
    """Run as they stand, and say what the page says of who looks ahead."""
    text = (ROOT / "docs/lookahead.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(programs) == 2
    said = []
    for program in programs:
        done = subprocess.run(
            (sys.executable, "-c", program),
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        said.append(done.stdout.splitlines())
    assert said[0][0] == "True 0 0 no signal changed before any of 10 cuts"
    assert said[0][1].startswith("False ")
    assert [line.split()[-1] for line in said[1]] == ["ahead", "clean"]


@pytest.mark.slow
def test_the_example_catches_who_looks_ahead(repository: Path) -> None:
    """The backtest example's own strategies pass; four leaks and the search's best do not."""
    pytest.importorskip("skfolio")
    done = subprocess.run(
        (sys.executable, str(ROOT / "examples/lookahead/lookahead.py"), "--trials", "8"),
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = {line[:14].strip(): line[16:27].strip() for line in done.stdout.splitlines()[:9]}
    clean = {"blend", "low_volatility", "momentum", "reversal", "trend"}
    assert {name for name, text in told.items() if text == "clean"} == clean
    leaks = {name for name, text in told.items() if text == "looks ahead"}
    assert leaks == {"tomorrow", "whole_sample", "month_end", "survivors"}
    with ExperimentTracker(repository) as tracker:
        assert len(tracker.get_trials("momentum-search")) == 8
