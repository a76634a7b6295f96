"""Callbacks: the trainings of real frameworks become runs, and never suffer from it."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
import os
import pickle
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from witness import new_repository

from gittrack import ExperimentTracker
from gittrack.adapt import to_plain
from gittrack.canonical import emit, read
from gittrack.errors import RepositoryError, UsageError, ValueRefusedError
from gittrack.integrations.settings import storable
from gittrack.integrations.training_run import RunCallback, TrainingRun
from gittrack.runs.model import Run

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "callbacks").glob("*.md"))
HEAVY = {"torch", "lightning", "keras", "transformers"}


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository) as opened:
        yield opened


def runs(repository: Path, experiment: str = "exp") -> list[Run]:
    """The runs of an experiment, oldest first."""
    with ExperimentTracker(repository) as reading:
        return sorted(reading.list_runs(experiment), key=lambda run: run.number or 0)


def only(repository: Path, experiment: str = "exp") -> Run:
    [run] = runs(repository, experiment)
    return run


def python(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A program in a process of its own."""
    return subprocess.run(
        (sys.executable, "-c", program),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


class TestTrainingRun:
    def test_a_run_of_its_own(self, repository: Path) -> None:
        """A repository and an experiment are enough; settings are the config."""
        training = TrainingRun(repository, "exp", run_name="first", tags={"team": "a"})
        training.start({"lr": 0.1, "nested": {"width": 3}})
        for epoch in range(3):
            training.log_metrics({"loss": 1 / (epoch + 1)}, epoch)
        training.end()
        run = only(repository)
        assert (run.run_name, run.status, run.tags) == ("first", "FINISHED", {"team": "a"})
        assert run.params == {"lr": 0.1, "nested": {"width": 3}}
        assert (run.summaries["loss"].count, run.summaries["loss"].last_step) == (3, 2)

    def test_a_config_that_is_given_counts(self, repository: Path) -> None:
        """It is the config; what the framework says stands beside it, and never against it."""
        training = TrainingRun(repository, "exp", config={"lr": 0.1})
        training.start({"lr": 0.2, "seed": 1})
        training.end()
        assert only(repository).params == {"lr": 0.1, "seed": 1}

    def test_a_run_that_is_given_stays_open(
        self, repository: Path, tracker: ExperimentTracker, tmp_path: Path
    ) -> None:
        """The callback logs to it, artifacts too; its owner ends it."""
        (tmp_path / "model.bin").write_bytes(b"weights")
        with tracker.start_run("exp") as active:
            training = TrainingRun(active)
            training.start({"lr": 0.1})
            training.log_artifact(tmp_path / "model.bin", "model.bin")
            training.end()
            assert active.status == "RUNNING"
            active.log_metric("after", 1.0)
        run = only(repository)
        assert (run.params, run.metrics) == ({"lr": 0.1}, {"after": 1.0})
        assert [artifact.path for artifact in run.artifacts] == ["model.bin"]

    def test_an_open_run_is_found(self, repository: Path, tracker: ExperimentTracker) -> None:
        """A tracker alone means the run that is open in it."""
        with tracker.start_run("exp"):
            TrainingRun(tracker).log_metrics({"loss": 0.5})
        assert only(repository).metrics == {"loss": 0.5}

    def test_the_current_folder(self, repository: Path) -> None:
        """Without a repository it is the current folder's, and `gittrack.log_metric` knows it."""
        program = (
            "import gittrack\n"
            "from gittrack.integrations.training_run import TrainingRun\n"
            "training = TrainingRun(experiment='exp')\n"
            "training.start()\n"
            "gittrack.log_metric('loss', 0.5)\n"
            "training.end()\n"
        )
        done = python(program, repository)
        assert (done.returncode, done.stderr) == (0, "")
        assert only(repository).metrics == {"loss": 0.5}

    def test_what_makes_no_sense_is_refused(
        self, repository: Path, tracker: ExperimentTracker, tmp_path: Path
    ) -> None:
        """Before the training begins, in one line that says the way out."""
        with pytest.raises(UsageError, match="no open run") as refused:
            TrainingRun(tracker)
        assert "experiment=NAME" in str(refused.value.hint)
        with tracker.start_run("exp") as active, pytest.raises(UsageError, match="already"):
            TrainingRun(active, "other")
        with pytest.raises(UsageError):
            TrainingRun(repository, "")
        with pytest.raises(ValueRefusedError):
            TrainingRun(repository, "exp", config={"f": print})
        with pytest.raises(UsageError):
            TrainingRun(repository, "exp", on_error="ignore")  # type: ignore[arg-type]
        with pytest.raises(RepositoryError):
            TrainingRun(tmp_path / "nowhere", "exp")

    def test_a_with_block_is_one_run(self, repository: Path) -> None:
        """Two trainings and what is logged after them are one run, which ends with the block."""
        training = TrainingRun(repository, "exp")
        with RunCallback(training) as callback:
            for seed in (1, 2):
                training.start({"lr": 0.1})
                training.log_metrics({"loss": seed})
                training.end()
            assert callback.run is not None
            callback.run.log_metric("test", 0.5)
        run = only(repository)
        assert (run.status, run.metrics) == ("FINISHED", {"loss": 2.0, "test": 0.5})

    @pytest.mark.parametrize(
        ("error", "status", "notes"),
        [(KeyError("lr"), "FAILED", ("KeyError: 'lr'",)), (KeyboardInterrupt(), "KILLED", ())],
    )
    def test_an_exception_in_a_with_block(
        self, repository: Path, error: BaseException, status: str, notes: tuple[str, ...]
    ) -> None:
        """It passes through, and the run says how it ended."""
        training = TrainingRun(repository, "exp")

        def train() -> None:
            with RunCallback(training):
                training.start()
                raise error

        with pytest.raises(type(error)):
            train()
        run = only(repository)
        assert (run.status, run.notes) == (status, notes)

    @pytest.mark.parametrize(
        ("end", "status"),
        [("", "FAILED"), ("raise KeyError", "FAILED"), ("raise KeyboardInterrupt", "KILLED")],
    )
    def test_a_program_that_ends_in_the_middle(
        self, repository: Path, end: str, status: str
    ) -> None:
        """A training that did not come to its end has failed; one stopped by Ctrl-C was killed."""
        program = (
            "from gittrack.integrations.training_run import TrainingRun\n"
            "training = TrainingRun('.', 'exp')\n"
            "training.start()\n"
            f"training.log_metrics({{'loss': 0.5}})\n{end}\n"
        )
        python(program, repository)
        run = only(repository)
        assert (run.status, run.metrics) == (status, {"loss": 0.5})

    def test_the_next_training_ends_the_one_before(self, repository: Path) -> None:
        """After an exception that somebody caught; so does the end of the callback's life."""
        training = TrainingRun(repository, "exp")
        training.start({"n": 1})
        training.start({"n": 2})
        del training
        assert [run.status for run in runs(repository)] == ["FAILED", "FAILED"]

    def test_an_old_interrupt(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a notebook, Ctrl-C in an earlier cell says nothing of this training."""
        monkeypatch.setattr(sys, "last_value", KeyboardInterrupt(), raising=False)
        training = TrainingRun(repository, "exp")
        training.start()
        del training
        assert only(repository).status == "FAILED"

    def test_what_cannot_be_logged_is_told_once(self, repository: Path) -> None:
        """The training goes on, and what can be logged is."""
        training = TrainingRun(repository, "exp")
        training.start()
        with pytest.warns(UserWarning, match="the metric shape is no number: tuple"):
            training.log_metrics({"loss": 0.5, "shape": (1, 2)}, 0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for epoch in (1, 2):
                training.log_metrics({"loss": 0.5, "shape": (1, 2)}, epoch)
        training.log_params({"lr": 0.1})
        with pytest.warns(UserWarning, match="the parameter lr was logged as 0.1"):
            training.log_params({"lr": 0.2, "seed": 1})
        with pytest.warns(UserWarning, match="missing"):
            training.log_artifact(repository / "missing", "missing")
        training.end()
        run = only(repository)
        assert run.summaries["loss"].count == 3
        assert run.params == {"lr": 0.1, "seed": 1}

    def test_on_error_raise_stops(self, repository: Path) -> None:
        """Whoever wants it so gets the error itself."""
        training = TrainingRun(repository, "exp", on_error="raise")
        training.start()
        with pytest.raises(ValueRefusedError):
            training.log_metrics({"shape": (1, 2)})
        training.end()

    def test_a_repository_that_vanishes(self, repository: Path, tmp_path: Path) -> None:
        """Nothing of it reaches the training but a warning."""
        training = TrainingRun(repository, "exp")
        training.start()
        shutil.rmtree(repository / ".git")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            training.log_metrics({"loss": 0.5})
            training.log_artifact(ROOT / "LICENSE", "LICENSE")
            training.end()
            training.start()
            training.log_metrics({"loss": 0.5})
            training.end()
        assert told

    def test_a_copy_records_by_itself(self, repository: Path) -> None:
        """scikit-learn copies what it searches with, and pickles it for other processes."""
        training = TrainingRun(repository, "exp", tags={"team": "a"})
        for one in (copy.deepcopy(training), pickle.loads(pickle.dumps(training))):
            one.start()
            one.end()
        assert [run.tags for run in runs(repository)] == [{"team": "a"}] * 2

    def test_an_open_run_stays_in_its_process(self, tracker: ExperimentTracker) -> None:
        """Pickling a callback that has one is an error that says what to give it instead."""
        with tracker.start_run("exp") as active:
            training = TrainingRun(active)
            with pytest.raises(UsageError, match="another process"):
                pickle.dumps(training)
            assert copy.deepcopy(training).run is active

    def test_hostile_names(self, repository: Path, tmp_path: Path) -> None:
        """Names from elsewhere are data: none leads out of the run, none is lost."""
        names = ["a\x1b[31m\nb", "../../x", "--option", "ключ", "a" * 900]
        training = TrainingRun(repository, "exp")
        training.start({name: name for name in names})
        training.log_metrics(dict.fromkeys(names, 1.0), 0)
        with pytest.warns(UserWarning, match=re.escape("../x")):
            training.log_artifact(ROOT / "LICENSE", "../x")
        training.end()
        run = only(repository)
        assert set(run.metrics) == set(names) == set(run.params)
        assert run.artifacts == ()

    def test_the_page_on_callbacks(self, repository: Path) -> None:
        """The program of docs/callbacks.md does what the page says."""
        [program] = re.findall(
            r"```python\n(.*?)```", (ROOT / "docs/callbacks.md").read_text(), re.DOTALL
        )
        done = python(program, repository)
        assert (done.returncode, done.stderr) == (0, "")
        run = only(repository, "mine")
        assert (run.status, run.params) == ("FINISHED", {"lr": 0.1})
        assert run.metrics == {"loss": 0.5, "test/loss": 0.6}

    def test_pages_name_what_exists(self) -> None:
        """Each page is linked from the overview, each program has a page."""
        overview = (ROOT / "docs/callbacks.md").read_text()
        assert {f"callbacks/{page.name}" for page in PAGES} == set(
            re.findall(r"\((callbacks/\w+\.md)\)", overview)
        )
        shown = {
            name
            for page in PAGES
            for name in re.findall(r"frameworks/(\w+\.py)\)", page.read_text())
        }
        assert shown == {path.name for path in (ROOT / "examples/frameworks").glob("*.py")}


class Thing:
    """An object that is no data."""


TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)  # half characters, too
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTS
    | st.binary()
    | st.sampled_from([print, Thing, Thing(), {1, 2}, 1j, lambda: 0]),
    lambda inner: (
        st.lists(inner) | st.tuples(inner) | st.dictionaries(TEXTS | st.integers(), inner)
    ),
    max_leaves=8,
)


class TestSettings:
    @pytest.mark.slow
    @settings(max_examples=50)
    @given(st.dictionaries(TEXTS | st.integers() | st.tuples(st.integers()), VALUES))
    def test_anything_can_be_recorded(self, given_settings: dict[Any, Any]) -> None:
        """Whatever a framework says of itself can be written as canonical YAML, each time alike."""
        written = emit(to_plain(storable(given_settings)))
        assert emit(read(written)) == written == emit(to_plain(storable(given_settings)))

    def test_what_is_no_data_has_a_name(self) -> None:
        """The same in every process: no address in memory."""
        shown = storable({"f": print, "c": Thing, "o": Thing(), "s": {1}, "n": 1j})
        assert shown["f"] == "builtins.print"
        assert str(shown["c"]).endswith("Thing")
        assert shown["o"] == shown["c"]
        assert (shown["s"], shown["n"]) == ("{1}", "1j")

    def test_secrets_are_left_out(self) -> None:
        """By their names, at any depth, and by their shapes within texts."""
        token = "ghp_" + "a1B2" * 9
        shown = storable(
            {"hub_token": "x", "max_tokens": 5, "a": [{"password": "x", "b": 1}], "note": token}
        )
        assert shown == {"max_tokens": 5, "a": [{"b": 1}], "note": "[redacted]"}

    def test_what_contains_itself_has_an_end(self) -> None:
        """A cycle is cut off."""
        cycle: dict[str, Any] = {"lr": 0.1}
        cycle["self"] = cycle
        assert "…" in json.dumps(storable(cycle), ensure_ascii=False)


@pytest.mark.slow
class TestPytestPlugin:
    TESTS = (
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_fails(): assert 0\n"
        "@pytest.mark.skip\n"
        "def test_skips(): pass\n"
        "@pytest.mark.xfail\n"
        "def test_expected(): assert 0\n"
        "@pytest.fixture\n"
        "def broken(): raise KeyError\n"
        "def test_error(broken): pass\n"
        "@pytest.mark.parametrize('x', ['\\x1b[31m,\"'])\n"
        "def test_hostile(x): pass\n"
    )

    def session(
        self, repository: Path, tests: str, *options: str
    ) -> subprocess.CompletedProcess[str]:
        (repository / "test_it.py").write_text(tests)
        registered = any(one.name == "gittrack" for one in entry_points(group="pytest11"))
        plugin = () if registered else ("-p", "gittrack.integrations.pytest")
        return subprocess.run(
            (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *options),
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_session_is_a_run(self, repository: Path) -> None:
        """Its counts are metrics, its tests a table, its failures notes, its status failed."""
        done = self.session(repository, self.TESTS, "--gittrack", "exp", "--api-key=abc123xyz")
        assert "unrecognized arguments" in done.stderr  # pytest goes first: nothing is recorded
        assert runs(repository) == []
        done = self.session(repository, self.TESTS, "--gittrack", "exp")
        assert done.returncode == 1
        run = only(repository)
        assert run.status == "FAILED"
        counts = {"passed": 2, "failed": 1, "errors": 1, "skipped": 1, "xfailed": 1, "xpassed": 0}
        assert {name: run.metrics[name] for name in counts} == counts
        assert run.notes == ("failed: test_it.py::test_fails", "errors: test_it.py::test_error")
        assert run.params["arguments"][-2:] == ["--gittrack", "exp"]  # type: ignore[index]
        with ExperimentTracker(repository) as reading:
            table = reading.get_artifact(run, "tests.csv").decode()
        rows = {row["test"]: row["outcome"] for row in csv.DictReader(io.StringIO(table))}
        assert len(rows) == 6
        assert rows["test_it.py::test_passes"] == "passed"

    @pytest.mark.parametrize(
        ("test", "status"),
        [("pass", "FINISHED"), ("raise KeyboardInterrupt", "KILLED"), ("exit('', 3)", "FAILED")],
    )
    def test_how_a_session_ends(self, repository: Path, test: str, status: str) -> None:
        """Its run ends as it did."""
        tests = f"import pytest\ndef test_it(): {test.replace('exit', 'pytest.exit')}\n"
        self.session(repository, tests, "--gittrack", "exp")
        assert only(repository).status == status

    def test_files_that_cannot_be_collected(self, repository: Path) -> None:
        """They are errors."""
        self.session(repository, "import nothing_of_that_name\n", "--gittrack", "exp")
        run = only(repository)
        assert (run.metrics["errors"], run.status) == (1.0, "KILLED")

    def test_outside_a_repository(self, tmp_path: Path) -> None:
        """One line says so, and no test runs."""
        done = self.session(tmp_path, self.TESTS, "--gittrack", "exp")
        assert done.returncode == 4
        assert done.stderr.startswith("ERROR: --gittrack: ")

    def test_it_costs_nothing_unasked(self, repository: Path) -> None:
        """Of gittrack nothing is loaded but the plug-in, and nothing is recorded."""
        program = (
            "import sys, gittrack.integrations.pytest\n"
            "print(*sorted(m for m in sys.modules if m.startswith('gittrack')))\n"
        )
        assert python(program, repository).stdout.split() == [
            "gittrack",
            "gittrack.integrations",
            "gittrack.integrations.pytest",
        ]
        assert self.session(repository, "def test_it(): pass\n").returncode == 0
        assert not (repository / ".git" / "exptrack").exists()


class TestSearches:
    @pytest.fixture
    def data(self) -> Any:
        pytest.importorskip("sklearn")
        from sklearn.datasets import load_iris

        warnings.filterwarnings("ignore")
        return load_iris(return_X_y=True)

    def test_a_grid_search(self, tracker: ExperimentTracker, data: Any) -> None:
        """Each candidate is a trial of the search, with its folds; one that fits nowhere failed."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        from gittrack.integrations.sklearn import log_search

        model = LogisticRegression(max_iter=500)
        search = GridSearchCV(model, {"C": [0.1, 1.0, -1.0]}, cv=3, return_train_score=True)
        search.fit(*data)
        logged = log_search(tracker, search, experiment="exp", run_name="grid", tags={"a": 1})
        assert logged is not None
        trials = tracker.get_trials("exp")
        assert [trial.run_id for trial in trials] == list(logged.trial_ids)
        assert {trial.parent_run_id for trial in trials} == {logged.run_id}
        assert [trial.status for trial in trials] == ["FINISHED", "FINISHED", "FAILED"]
        results = search.cv_results_
        assert trials[1].params == {"C": 1.0}
        assert trials[1].performance == {"score": results["mean_test_score"][1]}
        assert trials[1].metrics["std_test_score"] == results["std_test_score"][1]
        assert trials[1].metrics["fit_seconds"] == results["mean_fit_time"][1]
        folds = tracker.get_metric_history(trials[1], "split_test_score")
        assert [(p.step, p.value) for p in folds] == [
            (n, results[f"split{n}_test_score"][1]) for n in range(3)
        ]
        assert trials[2].performance == {}
        [best] = [trial for trial in trials if trial.tags.get("best") == "true"]
        assert best.trial_number == search.best_index_
        parent = tracker.get_run(logged.run_id)
        assert (parent.run_name, parent.tags) == ("grid", {"a": "1"})
        assert parent.params["search"] == "GridSearchCV"
        assert parent.params["best"] == search.best_params_
        assert parent.metrics["best_score"] == search.best_score_
        assert parent.metrics["failed"] == 1.0

    @pytest.mark.slow
    def test_several_scores_and_estimators_as_values(
        self, tracker: ExperimentTracker, data: Any
    ) -> None:
        """Scores keep their names; a step of a pipeline stands there as what it is."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import StandardScaler

        from gittrack.integrations.sklearn import log_search

        model = Pipeline([("scale", StandardScaler()), ("fit", LogisticRegression())])
        grid = [{"scale": ["passthrough", StandardScaler(with_mean=False)]}]
        scores = ["accuracy", "neg_log_loss"]
        search = GridSearchCV(model, grid, cv=3, scoring=scores, refit=False).fit(*data)
        log_search(tracker, search, experiment="exp")
        trials = tracker.get_trials("exp")
        assert [set(trial.performance) for trial in trials] == [set(scores)] * 2
        assert trials[1].params == {"scale": "StandardScaler(with_mean=False)"}
        assert all("best" not in trial.tags for trial in trials)

    @pytest.mark.slow
    def test_random_and_halving_searches(self, repository: Path, data: Any) -> None:
        """Distributions keep their names; a halving candidate is a trial in each iteration."""
        stats = pytest.importorskip("scipy.stats")
        from sklearn.experimental import enable_halving_search_cv  # noqa: F401
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import HalvingGridSearchCV, RandomizedSearchCV

        from gittrack.integrations.sklearn import log_search

        space = {"C": stats.loguniform(0.01, 10)}
        chance = RandomizedSearchCV(LogisticRegression(), space, n_iter=2, cv=3, random_state=0)
        logged = log_search(repository, chance.fit(*data), experiment="chance")
        assert logged is not None
        [parent] = [run for run in runs(repository, "chance") if run.run_id == logged.run_id]
        assert parent.params["space"] == {"C": "loguniform(0.01, 10)"}
        halving = HalvingGridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=3)
        log_search(repository, halving.fit(*data), experiment="halving")
        trials = [run for run in runs(repository, "halving") if run.trial_number is not None]
        assert len(trials) == len(halving.cv_results_["params"])
        assert {trial.metrics["iteration"] for trial in trials} == {0.0, 1.0}

    def test_a_search_that_has_not_been_fitted(self, tracker: ExperimentTracker) -> None:
        """It is refused, with the next step."""
        pytest.importorskip("sklearn")
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        from gittrack.integrations.sklearn import log_search

        with pytest.raises(UsageError, match="GridSearchCV has no results"):
            log_search(tracker, GridSearchCV(LogisticRegression(), {}), experiment="exp")

    def test_what_cannot_be_recorded(self, repository: Path, data: Any) -> None:
        """A search took long: its results are not lost to an exception of ours."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        from gittrack.integrations.sklearn import log_search

        search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=3).fit(*data)
        told: list[str] = []
        with ExperimentTracker(repository, warn=told.append) as tracker:
            shutil.rmtree(repository / ".git" / "objects")
            assert log_search(tracker, search, experiment="exp") is None
        assert told


BOOSTED = {"objective": "binary:logistic", "max_depth": 2, "nthread": 1}
LEAVES = {"objective": "binary", "num_leaves": 4, "num_threads": 1, "verbose": -1}


class TestXGBoost:
    @pytest.fixture
    def data(self) -> Any:
        xgboost = pytest.importorskip("xgboost")
        from sklearn.datasets import load_breast_cancer

        patients, diagnoses = load_breast_cancer(return_X_y=True)
        return xgboost.DMatrix(patients[:400], diagnoses[:400])

    def test_a_training(self, repository: Path, data: Any, tmp_path: Path) -> None:
        """Evaluations by round, the booster's settings, and a model that can be read back."""
        import xgboost

        from gittrack.integrations.xgboost import GittrackCallback

        callback = GittrackCallback(repository, "exp", log_model=True)
        evals, found = [(data, "train")], {}
        xgboost.train(
            BOOSTED,
            data,
            5,
            evals,
            evals_result=found,
            verbose_eval=False,
            callbacks=[callback],
        )
        run = only(repository)
        assert (run.status, run.params["max_depth"]) == ("FINISHED", 2)
        assert run.params["learning_rate"] == 0.3
        with ExperimentTracker(repository) as reading:
            points = reading.get_metric_history(run, "train/logloss")
            (tmp_path / "m.ubj").write_bytes(reading.get_artifact(run, "model.ubj"))
        assert [(p.step, p.value) for p in points] == list(enumerate(found["train"]["logloss"]))
        assert xgboost.Booster(model_file=tmp_path / "m.ubj").num_boosted_rounds() == 5

    def test_early_stopping_and_cross_validation(self, repository: Path, data: Any) -> None:
        """The best round is a metric; a cross-validation has means and deviations."""
        import xgboost

        from gittrack.integrations.xgboost import GittrackCallback

        callback = GittrackCallback(repository, "exp")
        booster = xgboost.train(
            {**BOOSTED, "learning_rate": 1.0},
            data,
            200,
            [(data, "train")],
            early_stopping_rounds=1,
            verbose_eval=False,
            callbacks=[callback],
        )
        table = xgboost.cv(BOOSTED, data, 3, nfold=3, callbacks=[callback], as_pandas=False)
        trained, crossed = runs(repository)
        assert trained.metrics["best_iteration"] == booster.best_iteration
        assert crossed.metrics["test/logloss"] == pytest.approx(table["test-logloss-mean"][-1])
        assert crossed.metrics["test/logloss_std"] == pytest.approx(table["test-logloss-std"][-1])

    def test_an_exception(self, repository: Path, data: Any) -> None:
        """The run has failed, with what it had logged."""
        import xgboost

        from gittrack.integrations.xgboost import GittrackCallback

        class Broken(xgboost.callback.TrainingCallback):
            def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
                raise KeyError("broken")

        with pytest.raises(KeyError), GittrackCallback(repository, "exp") as callback:
            xgboost.train(BOOSTED, data, 5, callbacks=[callback, Broken()])
        run = only(repository)
        assert (run.status, run.notes) == ("FAILED", ("KeyError: 'broken'",))

    def test_within_a_search(self, repository: Path) -> None:
        """A search copies the classifier with its callback: each fit is a run."""
        xgboost = pytest.importorskip("xgboost")
        from sklearn.datasets import load_breast_cancer
        from sklearn.model_selection import GridSearchCV

        from gittrack.integrations.xgboost import GittrackCallback

        callback = GittrackCallback(repository, "exp")
        model = xgboost.XGBClassifier(n_estimators=2, n_jobs=1, callbacks=[callback])
        patients, diagnoses = load_breast_cancer(return_X_y=True)
        GridSearchCV(model, {"max_depth": [1, 2]}, cv=2, refit=False).fit(patients, diagnoses)
        assert sorted(str(run.params["max_depth"]) for run in runs(repository)) == [*"1122"]
        assert {run.status for run in runs(repository)} == {"FINISHED"}


class TestLightGBM:
    @pytest.fixture
    def data(self) -> Any:
        lightgbm = pytest.importorskip("lightgbm")
        from sklearn.datasets import load_breast_cancer

        patients, diagnoses = load_breast_cancer(return_X_y=True)
        train = lightgbm.Dataset(patients[:400], diagnoses[:400])
        return train, lightgbm.Dataset(patients[400:], diagnoses[400:], reference=train)

    def test_a_training(self, repository: Path, data: Any) -> None:
        """Evaluations by round, the parameters, and a model that can be read back."""
        import lightgbm

        from gittrack.integrations.lightgbm import GittrackCallback

        train, valid = data
        found: dict[str, Any] = {}
        kept = lightgbm.record_evaluation(found)
        callbacks = [GittrackCallback(repository, "exp", log_model=True), kept]
        lightgbm.train(LEAVES, train, 5, [valid], callbacks=callbacks)
        run = only(repository)
        assert (run.status, run.params["num_leaves"]) == ("FINISHED", 4)
        with ExperimentTracker(repository) as reading:
            points = reading.get_metric_history(run, "valid_0/binary_logloss")
            model = reading.get_artifact(run, "model.txt").decode()
        assert [p.value for p in points] == found["valid_0"]["binary_logloss"]
        assert lightgbm.Booster(model_str=model).num_trees() == 5

    @pytest.mark.parametrize("in_block", [True, False])
    def test_early_stopping(self, repository: Path, data: Any, in_block: bool) -> None:
        """A run that was stopped early is finished, also without a `with` block."""
        import lightgbm

        from gittrack.integrations.lightgbm import GittrackCallback

        def train(callback: Any) -> Any:
            stop = lightgbm.early_stopping(2, verbose=False)
            params = {**LEAVES, "learning_rate": 0.9}
            return lightgbm.train(params, data[0], 200, [data[1]], callbacks=[callback, stop])

        if in_block:
            with GittrackCallback(repository, "exp") as callback:
                booster = train(callback)
        else:
            booster = train(GittrackCallback(repository, "exp"))
        run = only(repository)
        assert run.status == "FINISHED"
        assert run.summaries["valid_0/binary_logloss"].min_step == booster.best_iteration - 1
        if in_block:
            assert run.metrics["best_iteration"] == booster.best_iteration - 1

    def test_an_exception_and_a_cross_validation(self, repository: Path, data: Any) -> None:
        """The first has failed, the second has means and deviations."""
        import lightgbm

        from gittrack.integrations.lightgbm import GittrackCallback

        def broken(env: Any) -> None:
            if env.iteration == 1:
                raise KeyError("broken")

        callback = GittrackCallback(repository, "exp")
        with pytest.raises(KeyError):
            lightgbm.train(LEAVES, data[0], 5, [data[1]], callbacks=[callback, broken])
        table = lightgbm.cv(LEAVES, data[0], 3, nfold=3, callbacks=[callback])
        failed, crossed = runs(repository)
        assert (failed.status, crossed.status) == ("FAILED", "FINISHED")
        means = table["valid binary_logloss-mean"]
        assert crossed.metrics["valid/binary_logloss"] == pytest.approx(means[-1])
        assert "valid/binary_logloss_std" in crossed.metrics


class TestHydra:
    APPLICATION = (
        "import hydra, gittrack\n"
        "@hydra.main(version_base=None, config_path='conf', config_name='config')\n"
        "def main(config):\n"
        "    gittrack.log_metric('loss', config.lr)\n"
        "    if config.lr > 1: raise ValueError('too fast')\n"
        "    return {'score': config.lr * 2}\n"
        "main()\n"
    )
    CONFIG = (
        "lr: 0.5\nname: run-${lr}\ndata: ???\nservice: {api_key: abc, url: x}\n"
        "hydra:\n  callbacks:\n    gittrack:\n"
        "      _target_: gittrack.integrations.hydra.GittrackCallback\n"
        "      experiment: exp\n"
    )

    def start(self, repository: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
        pytest.importorskip("hydra")
        (repository / "app.py").write_text(self.APPLICATION)
        (repository / "conf").mkdir(exist_ok=True)
        (repository / "conf" / "config.yaml").write_text(self.CONFIG)
        return subprocess.run(
            (sys.executable, "app.py", *overrides),
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_job(self, repository: Path) -> None:
        """Its config is the run's, its result a metric; what it logs itself goes to that run."""
        outputs = "hydra.callbacks.gittrack.log_outputs=true"
        secret = "service.api_key=verysecret"
        done = self.start(repository, "lr=0.25", f"+{outputs}", secret)
        assert done.returncode == 0, done.stderr
        run = only(repository)
        assert run.status == "FINISHED"
        assert run.params == {
            "lr": 0.25,
            "name": "run-0.25",
            "data": "???",
            "service": {"url": "x"},
        }
        assert run.metrics == {"loss": 0.25, "score": 0.5}
        assert "verysecret" not in repr(run)
        assert "hydra/overrides.yaml" in [artifact.path for artifact in run.artifacts]

    def test_a_job_in_another_folder(self, repository: Path, tmp_path: Path) -> None:
        """The repository is the one in which the program was started."""
        folder = f"hydra.run.dir={tmp_path / 'elsewhere'}"
        done = self.start(repository, "hydra.job.chdir=true", folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert only(repository).status == "FINISHED"

    def test_a_multirun(self, repository: Path) -> None:
        """Jobs are children of one run; one that fails has failed, and so has the whole."""
        secret = "service.api_key=verysecret"
        assert self.start(repository, "-m", "lr=0.1,0.2", secret).returncode == 0
        parent, *jobs = runs(repository)
        redacted = "service.api_key=[redacted]"
        assert parent.params == {"overrides": ["lr=0.1,0.2", redacted]}
        assert [job.parent_run_id for job in jobs] == [parent.run_id] * 2
        assert [job.tags["hydra.overrides"] for job in jobs] == [
            f"lr={lr} {redacted}" for lr in (0.1, 0.2)
        ]
        assert {run.status for run in (parent, *jobs)} == {"FINISHED"}
        assert self.start(repository, "-m", "lr=0.1,2").returncode == 1
        parent, first, second = runs(repository)[3:]
        assert (parent.status, first.status, second.status) == ("FAILED", "FINISHED", "FAILED")
        assert second.notes == ("ValueError: too fast",)


@pytest.mark.slow
class TestTorch:
    def test_a_loop(self, repository: Path, tmp_path: Path) -> None:
        """Tensors are numbers, rates and gradients are logged, weights can be read back."""
        torch = pytest.importorskip("torch")
        from gittrack.integrations.torch import TrainingLog, gradient_norm

        model = torch.nn.Linear(2, 1)
        groups = [{"params": [model.weight], "lr": 0.1}, {"params": [model.bias], "lr": 0.2}]
        optimizer = torch.optim.SGD(groups, lr=0.1)
        with TrainingLog(repository, "exp", config={"lr": 0.1}, gradients=True) as log:
            for epoch in range(2):
                optimizer.zero_grad()
                loss = model(torch.ones(4, 2)).pow(2).mean()
                loss.backward()
                norm = math.sqrt(sum(float(p.grad.pow(2).sum()) for p in model.parameters()))
                log.epoch(epoch, {"loss": loss}, model=model, optimizer=optimizer)
                log.weights(model, f"weights/{epoch}.pt")
                optimizer.step()
        run = only(repository)
        assert run.params == {"lr": 0.1}
        assert (run.metrics["lr/0"], run.metrics["lr/1"]) == (0.1, 0.2)
        assert run.metrics["gradient_norm"] == pytest.approx(norm, rel=1e-5)
        assert [a.path for a in run.artifacts] == ["weights/0.pt", "weights/1.pt"]
        with ExperimentTracker(repository) as reading:
            content = reading.get_artifact(run, "weights/1.pt")
        assert set(torch.load(io.BytesIO(content), weights_only=True)) == {"weight", "bias"}
        assert gradient_norm(torch.nn.Linear(1, 1)) == 0.0


@pytest.mark.slow
class TestLightning:
    def fit(self, logger: Any, folder: Path, error: BaseException | None = None) -> None:
        lightning = pytest.importorskip("lightning")
        import torch

        class Model(lightning.LightningModule):  # type: ignore[name-defined, misc]
            def __init__(self, width: int = 1, function: Any = math.sqrt) -> None:
                super().__init__()
                self.save_hyperparameters()
                self.layer = torch.nn.Linear(2, width)

            def training_step(self, batch: Any, index: int) -> Any:
                if error is not None and index == 2:
                    raise error
                loss = self.layer(batch[0]).pow(2).mean()
                self.log("loss", loss)
                return loss

            def configure_optimizers(self) -> Any:
                return torch.optim.SGD(self.parameters(), lr=0.1)

        data = torch.utils.data.TensorDataset(torch.ones(16, 2))
        trainer = lightning.Trainer(
            logger=logger,
            max_epochs=2,
            accelerator="cpu",
            log_every_n_steps=1,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=folder,
        )
        trainer.fit(Model(), torch.utils.data.DataLoader(data, batch_size=4))

    def test_a_trainer(self, repository: Path, tmp_path: Path) -> None:
        """Hyperparameters, metrics by global step, and the checkpoint at the end."""
        pytest.importorskip("lightning")
        from gittrack.integrations.lightning import GittrackLogger

        logger = GittrackLogger(repository, "exp", log_checkpoints=True)
        self.fit(logger, tmp_path)
        run = only(repository)
        assert run.status == "FINISHED"
        assert (logger.name, logger.version) == ("exp", run.run_id)
        assert run.params == {"width": 1, "function": "math.sqrt"}
        assert (run.summaries["loss"].count, run.summaries["loss"].last_step) == (8, 7)
        assert [a.path for a in run.artifacts] == ["checkpoints/epoch=1-step=8.ckpt"]

    @pytest.mark.parametrize(
        ("error", "raised", "status"),
        [(KeyError("x"), KeyError, "FAILED"), (KeyboardInterrupt(), SystemExit, "KILLED")],
    )
    def test_an_exception(
        self,
        repository: Path,
        tmp_path: Path,
        error: BaseException,
        raised: type[BaseException],
        status: str,
    ) -> None:
        """Lightning tells loggers of it: the run says how it ended."""
        pytest.importorskip("lightning")
        import signal

        from gittrack.integrations.lightning import GittrackLogger

        before = signal.getsignal(signal.SIGINT)
        try:
            with pytest.raises(raised):
                self.fit(GittrackLogger(repository, "exp"), tmp_path, error)
        finally:
            signal.signal(signal.SIGINT, before)
        assert only(repository).status == status


@pytest.mark.slow
class TestKeras:
    def test_each_fit_is_a_run(
        self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Metrics by epoch and batch, the optimizer's settings, a model that can be read back."""
        pytest.importorskip("torch")
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        keras = pytest.importorskip("keras")
        numpy = pytest.importorskip("numpy")
        from gittrack.integrations.keras import GittrackCallback

        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.001), "mse")
        callback = GittrackCallback(repository, "exp", each_batch=True, log_model=True)
        x, y = numpy.ones((8, 2)), numpy.ones(8)
        options = {"epochs": 2, "batch_size": 4, "verbose": 0, "callbacks": [callback]}
        history = [model.fit(x, y, **options).history["loss"] for _ in range(2)]
        first, second = runs(repository)
        assert (first.status, second.status) == ("FINISHED", "FINISHED")
        assert first.params["optimizer"]["learning_rate"] == 0.001  # type: ignore[index]
        assert (first.params["epochs"], first.params["loss"]) == (2, "mse")
        assert second.metrics["loss"] == history[1][-1]
        assert (first.summaries["loss"].last_step, first.summaries["batch/loss"].last_step) == (
            1,
            3,
        )
        with ExperimentTracker(repository) as reading:
            (tmp_path / "m.keras").write_bytes(reading.get_artifact(second, "model.keras"))
        read_back = keras.saving.load_model(tmp_path / "m.keras")
        assert read_back.count_params() == first.params["parameters"] == 3

    def test_an_exception(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a `with` block the run has failed."""
        pytest.importorskip("torch")
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        keras = pytest.importorskip("keras")
        numpy = pytest.importorskip("numpy")
        from gittrack.integrations.keras import GittrackCallback

        class Broken(keras.callbacks.Callback):  # type: ignore[name-defined, misc]
            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                raise KeyError("broken")

        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        with pytest.raises(KeyError), GittrackCallback(repository, "exp") as callback:
            model.fit(numpy.ones((4, 2)), numpy.ones(4), verbose=0, callbacks=[callback, Broken()])
        run = only(repository)
        assert (run.status, set(run.metrics)) == ("FAILED", {"loss"})


@pytest.mark.slow
class TestTransformers:
    def trainer(self, folder: Path, callback: Any, **arguments: Any) -> Any:
        transformers = pytest.importorskip("transformers")
        torch = pytest.importorskip("torch")
        config = transformers.BertConfig(
            vocab_size=10,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=8,
            max_position_embeddings=8,
        )
        data = [{"input_ids": torch.arange(4), "labels": n % 2} for n in range(16)]
        return transformers.Trainer(
            transformers.BertForSequenceClassification(config),
            transformers.TrainingArguments(
                output_dir=str(folder / "out"),
                max_steps=4,
                logging_steps=1,
                per_device_train_batch_size=4,
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
                **arguments,
            ),
            train_dataset=data,
            eval_dataset=data,
            callbacks=[callback],
        )

    def test_a_training(self, repository: Path, tmp_path: Path) -> None:
        """Logs by global step, arguments that are not as by default, checkpoints by choice."""
        pytest.importorskip("transformers")
        from gittrack.integrations.transformers import GittrackCallback

        callback = GittrackCallback(repository, "exp", log_checkpoints=True)
        chosen = {"learning_rate": 0.01, "hub_token": "secret", "dataloader_pin_memory": False}
        with callback:
            trainer = self.trainer(tmp_path, callback, save_steps=4, **chosen)
            trainer.train()
            trainer.evaluate()
        run = only(repository)
        assert run.status == "FINISHED"
        assert run.params["learning_rate"] == 0.01
        assert run.params["dataloader_pin_memory"] is False
        assert run.params["model"] == "bert"
        assert not {"hub_token", "output_dir", "seed"} & set(run.params)
        assert (run.summaries["loss"].count, run.summaries["loss"].last_step) == (4, 4)
        assert "eval_loss" in run.metrics
        assert "checkpoint-4/model.safetensors" in [a.path for a in run.artifacts]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if page.stem in HEAVY else [], id=page.stem)
        for page in PAGES
        if page.stem != "pytest"
    ],
)
def test_a_page_says_what_happens(page: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """Its program is the example, and its commands print what it shows."""
    for module in {page.stem, "sklearn", *({"torch"} & {page.stem} or HEAVY & {page.stem})}:
        pytest.importorskip(module)
    text = page.read_text(encoding="utf-8")
    [name] = re.findall(r"frameworks/(\w+\.py)\)", text)
    [program] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert program == (ROOT / "examples/frameworks" / name).read_text(encoding="utf-8")
    folder = new_repository(tmp_path / "example")
    shutil.copytree(ROOT / "examples/frameworks", folder, dirs_exist_ok=True)
    variables = environment | {"COLUMNS": "100", "GIT_PAGER_IN_USE": "true"}
    commands = re.findall(r"^\$ (?!pip )(.*)\n((?:(?!\$ |```).*\n)*)", text, re.MULTILINE)
    assert len(commands) > 1
    for command, shown in commands:
        given = shlex.split(command)
        python = [sys.executable] if given[0] == "python" else [sys.executable, "-m", "gittrack"]
        words = given[1:] if given[0] == "python" else given[2:]
        done = subprocess.run(
            [*python, *words], cwd=folder, env=variables, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (0, shown), done.stderr
