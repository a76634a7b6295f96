"""The examples run as their READMEs say, and compute what they claim to compute."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gittrack import ExperimentRegistry, canonical
from gittrack.demo import run_demo
from gittrack.errors import UsageError
from gittrack.sources import read_documents

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def start(command: Sequence[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "gittrack:" not in done.stderr
    return done.stdout


def in_repository(example: str, tmp_path: Path, environment: dict[str, str]) -> Path:
    """A copy of an example in a repository of its own."""
    folder = tmp_path / example
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("__pycache__", "out"))
    start(["git", "init", "--quiet"], folder, environment)
    start(["git", "config", "user.name", "Ada"], folder, environment)
    start(["git", "config", "user.email", "ada@example.com"], folder, environment)
    return folder


def file_id(path: Path) -> str:
    return canonical.config_id(canonical.emit(read_documents(path)[0].data))


def results(folder: Path, name: str) -> Any:
    return json.loads((folder / "out" / name / "summary.json").read_text())


class TestBacktest:
    @pytest.fixture
    def modules(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
        """The example's two pure modules."""
        pytest.importorskip("pandas")
        monkeypatch.syspath_prepend(str(EXAMPLES / "backtest"))
        yield importlib.import_module("features"), importlib.import_module("simulation")
        for name in ("features", "simulation"):
            sys.modules.pop(name)

    @pytest.mark.slow
    def test_writes_results_that_name_their_config(
        self, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        """One backtest: metrics, daily series, and the id that the YAML file itself has."""
        pytest.importorskip("skfolio")
        folder = in_repository("backtest", tmp_path, environment)
        command = [sys.executable, "backtest.py", "--config", "configs/momentum.yaml"]
        start([*command, "--output-dir", "out/momentum"], folder, environment)
        summary = results(folder, "momentum")
        assert summary["config_hash"] == file_id(folder / "configs/momentum.yaml")
        assert [record.id for record in ExperimentRegistry(folder).list()] == [
            summary["config_hash"]
        ]
        assert 0.5 < summary["sharpe"] < 1.5
        assert -0.7 < summary["max_drawdown"] < -0.2
        lines = (folder / "out/momentum/returns.csv").read_text().splitlines()
        assert len(lines) == summary["n_days"] + 1

    @pytest.mark.slow
    def test_all_configs(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """The driver runs and registers every config, and tags it."""
        pytest.importorskip("skfolio")
        folder = in_repository("backtest", tmp_path, environment)
        table = start([sys.executable, "run_all.py"], folder, environment)
        names = [path.stem for path in (folder / "configs").iterdir()]
        assert len(names) == 5
        registry = ExperimentRegistry(folder)
        assert len(registry.search_by_tag("backtest")) == 5
        for name in names:
            [record] = registry.search_by_tag(name)
            assert record.id == results(folder, name)["config_hash"]
            assert f"{record.id[:12]}  {name}" in table

    def test_no_feature_looks_ahead(self, modules: tuple[ModuleType, ModuleType]) -> None:
        """Other prices after a day change no feature and no return up to that day."""
        np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
        features, simulation = modules
        random = np.random.default_rng(0)
        days = pd.bdate_range("2020-01-01", periods=120)
        steps = random.normal(0.0, 0.02, (120, 4))
        other_steps = steps.copy()
        other_steps[80:] = random.normal(0.0, 0.02, (40, 4))
        windows = {
            "momentum": {"lookback": 20, "skip": 5},
            "reversal": {"window": 5},
            "rsi": {"window": 14},
            "trend": {"fast": 5, "slow": 20},
            "volatility": {"window": 10},
        }

        def returns(of: Any) -> Any:
            prices = pd.DataFrame(100.0 * np.exp(of.cumsum(axis=0)), days, list("ABCD"))
            score = features.scores(
                prices,
                dict.fromkeys(windows, 0.3),
                {name: "zscore" if name == "trend" else "rank" for name in windows},
                windows,
            )
            chosen = score.dropna()
            decisions = simulation.target_weights(chosen, 2, "long_short")
            return simulation.simulate(prices, decisions, 5.0).returns

        before, after = returns(steps), returns(other_steps)
        assert before.iloc[:80].equals(after.iloc[:80])
        assert before.iloc[:80].abs().sum() > 0
        assert not before.iloc[80:].equals(after.iloc[80:])

    def test_a_decision_is_traded_the_next_day_and_paid_for(
        self, modules: tuple[ModuleType, ModuleType]
    ) -> None:
        """By hand: decided on day 0, bought at the close of day 1, earning from day 2 on."""
        pd = pytest.importorskip("pandas")
        _, simulation = modules
        days = pd.bdate_range("2020-01-01", periods=4)
        prices = pd.DataFrame({"A": [100.0, 200.0, 220.0, 110.0], "B": [50.0] * 4}, days)
        decisions = pd.DataFrame({"A": [1.0, 0.5], "B": [0.0, 0.5]}, days[[0, 2]])
        result = simulation.simulate(prices, decisions, 100.0)
        # Day 3: half of the value fallen to a half is sold for B: 50 % is traded each way.
        assert result.returns.round(9).tolist() == [0.0, -0.01, 0.1, round(0.5 * 0.99 - 1, 9)]
        assert result.traded.tolist() == [0.0, 1.0, 0.0, 1.0]
        assert result.n_trades == 3

    def test_portfolios(self, modules: tuple[ModuleType, ModuleType]) -> None:
        """Long only is fully invested; long-short is neutral with the same gross exposure."""
        pd = pytest.importorskip("pandas")
        _, simulation = modules
        scores = pd.DataFrame([[4.0, 3.0, 2.0, 1.0]], columns=list("ABCD"))
        long_only = simulation.target_weights(scores, 2, "long_only")
        both = simulation.target_weights(scores, 1, "long_short")
        assert long_only.to_numpy().tolist() == [[0.5, 0.5, 0.0, 0.0]]
        assert both.to_numpy().tolist() == [[0.5, 0.0, 0.0, -0.5]]


@pytest.mark.slow
class TestTraining:
    def test_scores_one_config(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """One training run: plausible scores beside the id of its YAML file, and the same again."""
        pytest.importorskip("sklearn")
        folder = in_repository("training", tmp_path, environment)
        command = [sys.executable, "train.py", "--config", "configs/logistic_regression.yaml"]
        for output in ("first", "second"):
            start(
                [*command, "--output-dir", f"out/{output}", "--experiment-tags", "cancer"],
                folder,
                environment,
            )
        summary = results(folder, "first")
        assert summary == results(folder, "second")
        assert summary["config_hash"] == file_id(folder / "configs/logistic_regression.yaml")
        [record] = ExperimentRegistry(folder).search_by_tag("cancer")
        assert record.id == summary["config_hash"]
        assert 0.95 < summary["accuracy"] < 1.0
        assert 0.98 < summary["roc_auc"] < 1.0

    @pytest.mark.slow
    def test_all_configs(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """Every config of the example runs."""
        pytest.importorskip("sklearn")
        folder = in_repository("training", tmp_path, environment)
        configs = sorted((folder / "configs").glob("*.yaml"))
        assert len(configs) == 4
        for config in configs:
            command = [sys.executable, "train.py", "--config", f"configs/{config.name}"]
            start([*command, "--output-dir", f"out/{config.stem}"], folder, environment)
            assert results(folder, config.stem)["config_hash"] == file_id(config)


class TestDemo:
    @pytest.mark.slow
    def test_the_tour_runs_to_its_end(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """Every command of the tour succeeds, with nothing but Python, git and gittrack."""
        said: list[str] = []

        def run(command: Sequence[str], folder: Path) -> None:
            said.extend(start(command, folder, environment).splitlines())

        folder = run_demo(tmp_path / "new" / "demo", run=run, say=said.append)
        assert folder == tmp_path / "new" / "demo"
        registry = ExperimentRegistry(folder)
        assert len(registry.search_by_tag("baseline")) == 5
        [candidate] = registry.search_by_tag("candidate")
        best = results(folder, "blend")
        assert best["config_hash"] == candidate.id
        path = f".exptrack/objects/{candidate.id[:2]}/{candidate.id[2:]}.yaml"
        assert f"{candidate.id}  {path}" in said
        assert f"The repository is yours to play with: cd {folder}" in said
        status = start(["git", "status", "--short"], folder, environment)
        assert status == ""

    def test_results_can_be_repeated(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """The demo's numbers do not depend on the order in which Python hashes strings."""
        project = ROOT / "gittrack" / "demo" / "project"
        summaries = set()
        for seed in ("1", "2"):
            command = [sys.executable, str(project / "backtest.py"), "--no-track-experiments"]
            command += ["--config", str(project / "configs/blend.yaml"), "--output-dir", seed]
            start(command, tmp_path, environment | {"PYTHONHASHSEED": seed})
            summaries.add((tmp_path / seed / "summary.json").read_text())
        assert len(summaries) == 1

    def test_refuses_a_folder_that_is_in_use(self, tmp_path: Path) -> None:
        """Somebody's files are never mixed with the demo's."""
        (tmp_path / "mine").write_text("")
        with pytest.raises(UsageError, match="is not empty"):
            run_demo(tmp_path, run=lambda command, folder: None, say=lambda line: None)
        assert os.listdir(tmp_path) == ["mine"]
