"""The PyTorch trainer: what it learns, what it refuses, and what its runs hold."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from witness import fsck

from gittrack import ExperimentTracker
from gittrack.errors import SourceError, UsageError, ValueRefusedError

torch = pytest.importorskip("torch")
np = pytest.importorskip("numpy")
pytest.importorskip("sklearn")

from sklearn.datasets import load_breast_cancer, load_diabetes  # noqa: E402

from gittrack.training import (  # noqa: E402
    MODEL_TYPES,
    DivergedError,
    Trainer,
    TrainingConfig,
    load_model,
    objective,
)

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"max_epochs": 3, "hidden_size": 8, "window": 5}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks are slower with more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def prices(rows: int = 300, columns: int = 2, seed: int = 0) -> Any:
    """Prices whose return tomorrow is half of what it is today."""
    random = np.random.default_rng(seed)
    returns = np.zeros((rows, columns))
    for row in range(1, rows):
        returns[row] = 0.8 * returns[row - 1] + random.normal(0, 0.01, columns)
    return 100.0 * np.exp(returns.cumsum(axis=0))


def diabetes() -> tuple[Any, Any]:
    return load_diabetes(return_X_y=True)  # type: ignore[no-any-return]


class TestFit:
    @pytest.mark.parametrize("model_type", MODEL_TYPES)
    def test_learns_what_can_be_learnt(self, model_type: str) -> None:
        """Each network explains tomorrow's return better than its mean does."""
        config = TrainingConfig(
            model_type=model_type, window=3, learning_rate=0.02, max_epochs=30, hidden_size=8
        )
        result = Trainer(config).fit(prices(600))
        assert result.metrics["test_r2"] > 0.3
        assert result.metrics["test_sign_accuracy"] > 0.6
        assert next(iter(result.metrics)) == "val_loss"
        assert result.metrics["val_loss"] == min(result.curves.validation_losses)

    def test_tells_classes_apart(self) -> None:
        """Tumours, by a table whose rows are in no order; classes come back as they were."""
        features, labels = load_breast_cancer(return_X_y=True)
        names = np.where(labels == 1, "benign", "malignant")
        config = TrainingConfig(task="classification", shuffle=True, learning_rate=0.01)
        result = Trainer(config).fit((features, names))
        assert result.metrics["test_accuracy"] > 0.9 > result.metrics["test_majority"]
        assert result.metrics["test_roc_auc"] > 0.95
        assert (result.model.predict(features) == names).mean() > 0.9
        assert np.allclose(result.model.probabilities(features).sum(axis=1), 1.0)

    def test_the_same_config_gives_the_same_model(self) -> None:
        """Whatever the caller drew before, which goes on as if nothing had been."""
        config = TrainingConfig(model_type="gru", dropout=0.2, num_layers=2, **QUICK)
        torch.manual_seed(5)
        expected = torch.rand(1)
        torch.manual_seed(5)
        one = Trainer(config).fit(prices())
        assert torch.rand(1) == expected
        same, other = (Trainer(c).fit(prices()) for c in (config, config_with_seed(config, 1)))
        assert one.curves == same.curves != other.curves
        assert (one.model.predict(prices()) == same.model.predict(prices())).all()

    def test_stops_early_and_keeps_the_best_epoch(self) -> None:
        """The weights that predict are those of the lowest validation loss."""
        config = TrainingConfig(patience=3, learning_rate=0.05, hidden_size=64, seed=1)
        result = Trainer(config).fit(diabetes())
        losses = result.curves.validation_losses
        best = result.curves.best_epoch
        assert result.curves.stopped_early
        assert len(losses) == best + 1 + 3 < config.max_epochs
        assert losses[best] == min(losses) < losses[-1]
        features, targets = diabetes()
        first, last = int(len(targets) * 0.7), int(len(targets) * 0.85)
        error = targets[first:last] - result.model.predict(features)[first:last]
        spread = targets[:first].std()
        assert math.isclose((error**2).mean() / spread**2, losses[best], rel_tol=1e-4)

    @pytest.mark.parametrize("data", ["table", "prices"])
    def test_nothing_that_comes_after_is_learnt_from(self, data: str) -> None:
        """Other rows after the training part leave scaler and first epoch's training as it was."""
        rows = 200
        if data == "table":
            features = np.random.default_rng(0).normal(size=(rows, 3))
            one: Any = (features, features.sum(axis=1))
            changed = features.copy()
            changed[140:] *= 50
            other: Any = (changed, np.where(np.arange(rows) < 140, one[1], 99.0))
        else:
            one = prices(rows)
            other = one.copy()
            other[140:] *= 3
        config = TrainingConfig(model_type="lstm", horizon=2, **{**QUICK, "max_epochs": 1})
        first, second = Trainer(config).fit(one), Trainer(config).fit(other)
        assert first.curves.train_losses == second.curves.train_losses
        assert first.curves.validation_losses != second.curves.validation_losses
        assert (first.model.scaling.center == second.model.scaling.center).all()
        assert first.model.target_scaling == second.model.target_scaling or np.array_equal(
            first.model.target_scaling.scale, second.model.target_scaling.scale
        )

    @pytest.mark.parametrize("scaler", ["standard", "minmax", "robust", "none"])
    def test_scalers(self, scaler: str) -> None:
        """What the network gets is what scikit-learn's scaler of the training part says."""
        from sklearn import preprocessing

        features, targets = diabetes()
        model = Trainer(TrainingConfig(scaler=scaler, max_epochs=1)).fit((features, targets)).model
        names = {"standard": "StandardScaler", "minmax": "MinMaxScaler", "robust": "RobustScaler"}
        expected = features
        if scaler != "none":
            made = getattr(preprocessing, names[scaler])()
            expected = made.fit(features[: int(len(features) * 0.7)]).transform(features)
        assert np.allclose(model.scaling.apply(features), expected)

    def test_divergence_is_told(self) -> None:
        """With what to change; a search gets no number."""
        data = np.full((100, 1), 1e60), np.linspace(0, 1, 100)
        config = TrainingConfig(scaler="none")
        with pytest.raises(DivergedError, match="the training diverged") as caught:
            Trainer(config).fit(data)
        assert "lower the learning_rate, which is 0.001" in (caught.value.hint or "")
        assert math.isnan(objective("mlp", {"scaler": "none"}, data=data)["val_loss"])


def config_with_seed(config: TrainingConfig, seed: int) -> TrainingConfig:
    return TrainingConfig(**{**config.to_mapping(), "seed": seed})


class TestRecord:
    def test_a_run_has_it_all(self, repository: Path, tmp_path: Path) -> None:
        """Config, curves, figures, evaluation, and a model that predicts the same."""
        with ExperimentTracker(repository) as tracker:
            config = TrainingConfig(model_type="cnn-lstm", **QUICK)
            result = Trainer(config).fit(prices(), tracker=tracker, experiment="prices")
            [run] = tracker.list_runs("prices")
            assert (run.run_id, run.status) == (result.run_id, "FINISHED")
            assert run.params["model_type"] == "cnn-lstm"
            assert (run.params["horizon"], run.params["prices"]) == (1, True)
            history = tracker.get_metric_history(run.run_id, "epoch.val_loss")
            assert tuple(point.value for point in history) == result.curves.validation_losses
            assert [point.step for point in history] == [0, 1, 2]
            assert run.metrics["val_loss"] == result.metrics["val_loss"]
            assert run.metrics["test_mse"] == result.metrics["test_mse"]
            figures = {f"figures/{name}.json" for name in ("architecture", "scaler")}
            figures |= {f"figures/{name}.json" for name in ("distribution", "learning_curves")}
            assert {artifact.path for artifact in run.artifacts} == {*figures, "model.npz"}
            tracker.download_artifacts(run.run_id, "model.npz", target=tmp_path)
        model = load_model(tmp_path / "model.npz")
        assert (model.predict(prices()) == result.model.predict(prices())).all()
        assert len(model.predict(prices())) == 300 - model.lead == 295
        assert fsck(repository) == ""

    def test_an_open_run_is_used_and_goes_on(self, repository: Path) -> None:
        """The active one, or the one that is given, which tells by itself where it is."""
        table = load_breast_cancer(return_X_y=True)
        config = TrainingConfig(task="classification", shuffle=True, max_epochs=2)
        with ExperimentTracker(repository) as tracker:
            with tracker.run("one", config={"mine": 1}) as active:
                assert Trainer(config).fit(table, tracker=tracker).run_id == active.run_id
                active.log_metric("after", 1.0)
            with tracker.run("two") as given:
                assert Trainer(config).fit(table, run=given).run_id == given.run_id
                given.log_metric("after", 1.0)
            for name in ("one", "two"):
                [run] = tracker.list_runs(name)
                assert run.params["training"]["task"] == "classification"  # type: ignore[index,call-overload]
                assert run.metrics["after"] == 1.0
                paths = {artifact.path for artifact in run.artifacts}
                assert {"figures/confusion_matrix.json", "figures/roc.json"} <= paths

    def test_a_training_that_fails_fails_its_run(self, repository: Path) -> None:
        """Data that cannot be used starts none."""
        data = np.full((100, 1), 1e60), np.linspace(0, 1, 100)
        with ExperimentTracker(repository) as tracker:
            with pytest.raises(UsageError):
                Trainer(TrainingConfig()).fit(prices(10), tracker=tracker)
            with pytest.raises(DivergedError):
                Trainer(TrainingConfig(scaler="none")).fit(data, tracker=tracker)
            [run] = tracker.list_runs("training")
        assert run.status == "FAILED"


class TestObjective:
    def test_a_study_finds_the_better_config(self) -> None:
        """It is told each epoch's loss, and gives up what is worse."""
        optuna = pytest.importorskip("optuna")
        optuna.logging.set_verbosity(optuna.logging.WARNING)

        def tried(trial: Any) -> float:
            rate = trial.suggest_categorical("lr", [0.02, 1e-9])
            config = {**QUICK, "optimizer": {"lr": rate}, "window": 3, "max_epochs": 8}
            return objective("mlp", config, data=prices(), trial=trial)["val_loss"]

        study = optuna.create_study(
            sampler=optuna.samplers.GridSampler({"lr": [0.02, 1e-9]}, seed=2),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=1, n_warmup_steps=1),
        )
        study.enqueue_trial({"lr": 0.02})
        study.optimize(tried, n_trials=3)
        states = [trial.state.name for trial in study.trials]
        assert states[0] == "COMPLETE"
        assert "PRUNED" in states
        assert study.best_params == {"lr": 0.02}
        assert len(study.trials[0].intermediate_values) == 8
        pruned = study.trials[states.index("PRUNED")]
        assert len(pruned.intermediate_values) < 8

    def test_run_hpo_study_trains_it(self, repository: Path) -> None:
        """Trials are runs with the models that they trained."""
        pytest.importorskip("optuna")
        from gittrack.optimize.hpo import run_hpo_study

        with ExperimentTracker(repository) as tracker:
            run_hpo_study(
                model_type="mlp",
                n_trials=2,
                config_overrides=QUICK,
                search_space={"learning_rate": {"loguniform": [1e-3, 1e-1]}},
                tracker=tracker,
                data=prices(),
                study_name="nets",
                seed=0,
            )
            trials = tracker.get_trials("nets")
        assert len(trials) == 2
        for run in trials:
            assert "model.npz" in {artifact.path for artifact in run.artifacts}
            assert run.summaries["epoch.val_loss"].count == 3


class TestRefusals:
    @pytest.mark.parametrize(
        ("config", "told", "hint"),
        [
            ({"model_type": "ltsm"}, "there is no model type 'ltsm'", "did you mean lstm?"),
            ({"model_type": "CNN_LSTM"}, "no model type 'CNN_LSTM'", "did you mean cnn-lstm?"),
            ({"model_type": "tree"}, "no model type 'tree'", "there are mlp, lstm, gru, cnn-lstm"),
            ({"hiden_size": 8}, "knows no 'hiden_size'", "did you mean hidden_size?"),
            ({"model": {"x": 1}}, "knows no 'model.x'", "it knows batch_size"),
            ({"lr": 1, "learning_rate": 1}, "says learning_rate twice", None),
            ({"dropout": 2}, "dropout is a number from 0 to 0.95, not '2'", None),
            ({"epochs": 2.5}, "max_epochs is a whole number", None),
            ({"seed": True}, "seed is a whole number", None),
            ({"learning_rate": math.nan}, "learning_rate is a number", None),
            ({"train_share": 0.9, "validation_share": 0.2}, "nothing to test on", "below 1"),
            ({"shuffle": True, "window": 5}, "rows that are mixed have no windows", "window: 1"),
        ],
    )
    def test_configs(self, config: dict[str, Any], told: str, hint: str | None) -> None:
        """Each names what is wrong, and what was meant where that can be told."""
        with pytest.raises((UsageError, ValueRefusedError), match=told) as caught:
            TrainingConfig.from_mapping(config)
        assert hint is None or hint in (caught.value.hint or "")

    @pytest.mark.parametrize(
        ("data", "config", "told"),
        [
            (prices(30), {}, "30 rows are too few: with a window of 20 and a horizon of 1 the"),
            (np.array([[1.0], [np.nan], [2.0]]), {}, "prices of column 0 at row 1 is nan"),
            (np.array([[1.0], [-5.0], [0.0]]), {}, r"at row 1 is -5.0, and 1 more"),
            ((np.eye(9), np.full(9, np.inf)), {}, "y at row 0 is inf, and 8 more"),
            ((np.eye(9), np.ones(8)), {}, "X has 9 rows, and y has 8"),
            ((np.array([["a"]] * 9), np.ones(9)), {}, "X holds what is no number"),
            ((np.eye(9), np.ones(9)), {"task": "classification"}, "y has 1 classes"),
            (prices(), {"target": "AAPL", "prices": True}, "the data has no column 'AAPL'"),
            (prices(), {"shuffle": True}, "rows that are mixed have no windows"),
            (prices(), {"target": "y"}, "the data says no target"),
            (prices(), {"device": "abacus"}, "PyTorch cannot compute on 'abacus'"),
        ],
    )
    def test_data(self, data: Any, config: dict[str, Any], told: str) -> None:
        """Each says where it is wrong."""
        with pytest.raises((UsageError, ValueRefusedError), match=told):
            Trainer(TrainingConfig(**config)).fit(data)

    def test_a_frame_names_its_rows_and_columns(self) -> None:
        """The date and the stock of a missing price; the column that was meant."""
        pandas = pytest.importorskip("pandas")
        days = pandas.bdate_range("2020-01-01", periods=100)
        frame = pandas.DataFrame(prices(100), days, ["AAPL", "IBM"])
        frame.iloc[7, 1] = math.nan
        with pytest.raises(ValueRefusedError, match=r"prices of IBM at row 7 \(2020-01-10\)"):
            Trainer(TrainingConfig()).fit(frame)
        frame = frame.bfill()
        with pytest.raises(UsageError, match="no column 'APPL'") as caught:
            Trainer(TrainingConfig(target="APPL", prices=True)).fit(frame)
        assert caught.value.hint == "did you mean AAPL?"
        config = TrainingConfig(target="IBM", max_epochs=1)
        model = Trainer(config).fit(frame).model
        assert (model.names, model.lead) == (("AAPL",), 0)
        with pytest.raises(UsageError, match="knows the columns AAPL, not AAPL, IBM"):
            model.predict(frame)

    def test_no_data(self) -> None:
        """A search that was given none says so."""
        with pytest.raises(UsageError, match="there is no data to train the gru on"):
            objective("gru", {})

    @pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
    def test_files_that_are_no_models(self, tmp_path: Path, content: bytes) -> None:
        """One line that names the file; nothing in it is run."""
        path = tmp_path / "model.npz"
        path.write_bytes(content)
        with pytest.raises(SourceError, match=r"model\.npz"):
            load_model(path)
        np.savez(path, facts=np.array([{"a": 1}], dtype=object))
        with pytest.raises(SourceError, match="no model that gittrack's trainer stored"):
            load_model(path)
        facts = json.dumps({"format": "gittrack/trained-model", "version": 99}).encode()
        np.savez(path, facts=np.frombuffer(facts, dtype=np.uint8))
        with pytest.raises(SourceError) as caught:
            load_model(path)
        assert "version 99" in (caught.value.hint or "")


@pytest.mark.slow
def test_the_programs_of_the_page(repository: Path) -> None:
    """One after the other in one repository, without a word on standard error."""
    text = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(programs) == 3
    for program in programs:
        done = subprocess.run(
            (sys.executable, "-c", program),
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "mlp (0, 1) 30\n"


@pytest.mark.slow
def test_the_example_trains(repository: Path) -> None:
    """Two networks on real prices, compared in one table."""
    pytest.importorskip("skfolio")
    done = subprocess.run(
        (sys.executable, str(ROOT / "examples/trainer/forecast.py"), "--epochs", "2"),
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with ExperimentTracker(repository) as tracker:
        assert {run.params["model_type"] for run in tracker.list_runs("forecast")} == {
            "mlp",
            "gru",
        }
