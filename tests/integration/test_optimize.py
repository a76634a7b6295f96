"""Searches for better configs: studies of Python functions, and what to try next."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

optuna = pytest.importorskip("optuna")

from gittrack import ExperimentTracker  # noqa: E402 - Optuna is an extra
from gittrack.errors import NotFoundError, UsageError, ValueRefusedError  # noqa: E402
from gittrack.integrations.optuna import GitStorage  # noqa: E402
from gittrack.optimize import StudyStoppedError, run_hpo_study, suggest_next  # noqa: E402
from gittrack.optimize.plan import Choice, Objective, Plan  # noqa: E402
from gittrack.optimize.space import SearchSpace  # noqa: E402
from gittrack.optimize.study import Outcome, Search  # noqa: E402

SPACE: dict[str, object] = {"x": {"uniform": [0, 1]}, "kind": ["flat", "steep"]}


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, capture=False) as opened:
        yield opened


def parabola(config: Mapping[str, Any]) -> float:
    return (config["x"] - 0.3) ** 2 + (config["kind"] == "steep")


def trials_of(repository: Path, name: str) -> list[Any]:
    with GitStorage(repository) as storage:
        return optuna.load_study(storage=storage, study_name=name).trials


class TestStudies:
    def test_each_trial_is_a_run(self, tracker: ExperimentTracker, repository: Path) -> None:
        """A child of the study's run, with the config, found by queries and by Optuna alike."""
        found = run_hpo_study(
            parabola,
            search_space=SPACE,
            config_overrides={"model.depth": 2, "x": 7},
            n_trials=8,
            seed=3,
            tracker=tracker,
        )
        runs = tracker.search_runs("parabola", "trial IS NOT NULL", "trial ASC")
        assert [run.trial_number for run in runs] == list(range(8))
        assert {run.parent_run_id for run in runs} == {found.run_id}
        assert all(run.params["model"] == {"depth": 2} for run in runs)
        assert [run.performance["value"] for run in runs] == [parabola(run.params) for run in runs]
        best = min(runs, key=lambda run: run.performance["value"])
        assert (found.best_run_id, found.best_config) == (best.run_id, best.params)
        assert tracker.best_trial("parabola").run_id == best.run_id
        seen = trials_of(repository, "parabola")
        assert [trial.params["x"] for trial in seen] == [run.params["x"] for run in runs]
        assert [trial.value for trial in seen] == [run.performance["value"] for run in runs]
        parent = tracker.get_run(found.run_id)
        assert parent.tags["best_run"] == best.run_id
        assert parent.params["space"] == SearchSpace.from_mapping(SPACE).to_mapping()

    def test_a_study_is_resumed_up_to_its_budget(self, tracker: ExperimentTracker) -> None:
        """With a seed it proposes other things than before; without `resume` it is refused."""
        options: dict[str, Any] = {"search_space": SPACE, "seed": 1, "tracker": tracker}
        run_hpo_study(parabola, n_trials=4, sampler="random", **options)
        with pytest.raises(UsageError, match="the study parabola has 4 trials already"):
            run_hpo_study(parabola, n_trials=4, **options)
        found = run_hpo_study(parabola, n_trials=10, sampler="random", resume=True, **options)
        assert found.trials == 10
        runs = tracker.search_runs("parabola", "trial IS NOT NULL", "trial ASC")
        assert [run.trial_number for run in runs] == list(range(10))
        assert len({run.params["x"] for run in runs}) == 10

    def test_other_choices_need_another_study(self, tracker: ExperimentTracker) -> None:
        """Optuna could not compare the trials; a range may grow."""
        options: dict[str, Any] = {"n_trials": 3, "resume": True, "tracker": tracker}
        run_hpo_study(parabola, search_space=SPACE, **options)
        options["n_trials"] = 4
        with pytest.raises(UsageError, match="kind was CategoricalDistribution"):
            run_hpo_study(parabola, search_space={**SPACE, "kind": ["flat"]}, **options)
        wider = {**SPACE, "x": {"uniform": [0, 5]}}
        assert run_hpo_study(parabola, search_space=wider, **options).trials == 4

    def test_an_error_fails_its_trial_only(
        self, tracker: ExperimentTracker, repository: Path
    ) -> None:
        """The run says why; a pruned trial is finished, and tells its values to later ones."""

        def objective(trial: Any, config: Mapping[str, Any]) -> float:
            if trial.number == 1:
                raise ValueError("no\nnumber")
            trial.report(0.5, 0)
            if trial.number == 2:
                raise optuna.TrialPruned
            return float("nan") if trial.number == 3 else config["x"]

        found = run_hpo_study(objective, search_space=SPACE, n_trials=5, tracker=tracker)
        runs = tracker.search_runs("objective", "trial IS NOT NULL", "trial ASC")
        statuses = ["FINISHED", "FAILED", "FINISHED", "FAILED", "FINISHED"]
        assert [run.status for run in runs] == statuses
        assert [run.notes for run in runs] == [(), ("ValueError: no\nnumber",), (), NAN, ()]
        assert runs[2].tags["optuna.state"] == "PRUNED"
        assert (found.trials, found.failed) == (5, 2)
        states = [trial.state.name for trial in trials_of(repository, "objective")]
        assert states == ["COMPLETE", "FAIL", "PRUNED", "FAIL", "COMPLETE"]
        assert trials_of(repository, "objective")[2].intermediate_values == {0: 0.5}

    def test_reports_are_seen_while_the_trial_runs(
        self, tracker: ExperimentTracker, repository: Path
    ) -> None:
        """Others can follow it; each step is there once."""
        seen = []

        def objective(trial: Any, config: Mapping[str, Any], run: Any) -> float:
            for step in range(3):
                trial.report(1 / (step + 1), step)
                with ExperimentTracker(repository, capture=False) as other:
                    points = other.get_metric_history(run.run_id, "intermediate")
                seen.append([(point.step, point.value) for point in points])
            return config["x"]

        run_hpo_study(objective, search_space=SPACE, n_trials=1, tracker=tracker)
        steps = [(0, 1.0), (1, 0.5), (2, 1 / 3)]
        assert seen == [steps[:1], steps[:2], steps]
        [run] = tracker.search_runs("objective", "trial = 0")
        points = tracker.get_metric_history(run.run_id, "intermediate")
        assert [(point.step, point.value) for point in points] == steps

    def test_two_searches_at_once_share_numbers_and_budget(
        self, tracker: ExperimentTracker, repository: Path
    ) -> None:
        """With one seed they try different things; the next one goes on behind both."""
        plan = Plan(
            SearchSpace.from_mapping(SPACE),
            (Objective("value"),),
            sampler=Choice("random"),
            trials=5,
            seed=1,
        )

        def do(search: Search) -> tuple[int, Any] | None:
            proposal = search.propose()
            if proposal is None:
                return None
            with tracker.start_run("s", parent=search.run) as run:
                search.begin(proposal, run)
                search.end(proposal, run, Outcome((proposal.values["x"],)))
            return proposal.number, proposal.values["x"]

        other = ExperimentTracker(repository, capture=False)
        with Search(tracker, "s", plan) as one, Search(other, "s", plan, resume=True) as two:
            found = [do(one), do(two), do(two), do(one), do(two), do(one), do(two)]
        done = [answer for answer in found if answer is not None]
        assert [number for number, _ in done] == [0, 1, 2, 3, 4]
        assert len({x for _, x in done}) == 5
        assert [
            run.trial_number for run in tracker.search_runs("s", "trial >= 0", "trial ASC")
        ] == [
            0,
            1,
            2,
            3,
            4,
        ]
        assert (one.done, one.others, two.done, two.others) == (2, 3, 3, 2)
        with Search(tracker, "s", replace(plan, trials=6), resume=True) as later:
            assert do(later)[0] == 5  # type: ignore[index]
            assert do(later) is None

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"model_type": "mpl"}, "there is no model type 'mpl'"),
            ({"search_space": {"lerning_rate": [0.1]}}, "knows no 'lerning_rate'"),
            ({"config_overrides": {"max_epochs": "few"}}, "max_epochs is a whole number"),
        ],
    )
    def test_what_each_training_would_fail_of_is_refused_at_once(
        self, tracker: ExperimentTracker, change: dict[str, Any], message: str
    ) -> None:
        """Nothing is recorded."""
        options = {"model_type": "mlp", "search_space": {"optimizer": {"lr": [0.1, 0.2]}}, **change}
        with pytest.raises((UsageError, ValueRefusedError), match=message):
            run_hpo_study(data=([[0.0]], [1.0]), n_trials=1, tracker=tracker, **options)
        assert tracker.list_runs() == []

    def test_it_is_at_hand_at_the_top(self) -> None:
        """`gittrack.run_hpo_study`; Optuna is loaded when it is asked for, not before."""
        code = (
            "import sys, gittrack; assert 'optuna' not in sys.modules; "
            "from gittrack import TPEOptimizer, run_hpo_study; print(run_hpo_study.__name__)"
        )
        told = subprocess.run((sys.executable, "-c", code), check=True, capture_output=True)
        assert told.stdout == b"run_hpo_study\n"

    def test_failures_in_a_row_stop_it(self, tracker: ExperimentTracker) -> None:
        """The error names the last reason, and has the exception as its cause."""

        def broken(config: Mapping[str, Any]) -> float:
            raise RuntimeError("no GPU")

        with pytest.raises(StudyStoppedError, match=r"3 failed trials in a row.*no GPU") as caught:
            run_hpo_study(broken, search_space=SPACE, n_trials=9, failures=3, tracker=tracker)
        assert isinstance(caught.value.__cause__, RuntimeError)
        assert tracker.count_runs("broken", "status = 'FAILED' AND trial IS NOT NULL") == 3

    def test_metrics_by_name(self, tracker: ExperimentTracker) -> None:
        """All are logged, one is the objective; a result without it is a failed trial."""

        def measured(config: Mapping[str, Any], run: Any) -> Mapping[str, float]:
            run.log_metric("step_loss", 1.0, 0)
            return {"score": config["x"], "seconds": 2} if config["kind"] == "flat" else {"b": 1}

        found = run_hpo_study(
            measured,
            metric="score",
            direction="maximize",
            search_space=SPACE,
            sampler={"type": "random"},
            seed=0,
            n_trials=6,
            tracker=tracker,
        )
        runs = tracker.search_runs("measured", "params.kind = 'flat'")
        assert found.best_value == max(run.metrics["score"] for run in runs)
        assert {run.metrics["seconds"] for run in runs} == {2.0}
        [failed, *_] = tracker.search_runs("measured", "params.kind = 'steep'")
        assert failed.notes == ("the objective returned no score, but b",)

    def test_several_objectives(self, tracker: ExperimentTracker, repository: Path) -> None:
        """Each goes its own way, and no single trial is the best."""
        found = run_hpo_study(
            lambda config: (config["x"], 1 - config["x"]),
            study_name="two",
            metric=("gain", "cost"),
            directions=["maximize", "minimize"],
            search_space={"x": {"uniform": [0, 1]}},
            n_trials=5,
            tracker=tracker,
        )
        assert found.best_number is None
        [best] = found.study.best_trials
        runs = tracker.search_runs("two", "trial IS NOT NULL", "metrics.gain DESC")
        assert runs[0].trial_number == best.number
        assert runs[0].performance == {"gain": best.values[0], "cost": best.values[1]}
        assert len(trials_of(repository, "two")) == 5

    def test_the_grid_is_each_point_once(self, tracker: ExperimentTracker) -> None:
        """Also in two sessions; of a conditional parameter only where it counts."""
        space = {
            "kind": ["a", "b"],
            "n": {"int": [1, 3], "when": {"kind": "a"}},
            "x": {"float": [0, 0.2], "step": 0.1},
            "layers": [[1], [2, 3]],
        }
        options: dict[str, Any] = {"search_space": space, "sampler": "grid", "tracker": tracker}
        run_hpo_study(lambda config: config["x"], n_trials=10, **options)
        found = run_hpo_study(lambda config: config["x"], resume=True, **options)
        assert found.trials == (3 + 1) * 3 * 2
        runs = tracker.search_runs("study", "trial IS NOT NULL")
        assert len({run.config_id for run in runs}) == found.trials

    def test_threads_share_a_study(self, tracker: ExperimentTracker, repository: Path) -> None:
        """Each trial has one number and one run."""
        told: list[int] = []
        run_hpo_study(
            parabola,
            search_space=SPACE,
            n_trials=12,
            n_jobs=3,
            tracker=tracker,
            callbacks=[lambda trial: told.append(trial.number)],
        )
        assert sorted(told) == list(range(12))
        assert sorted(trial.number for trial in trials_of(repository, "parabola")) == sorted(told)

    def test_ctrl_c_leaves_a_study_that_goes_on(self, tracker: ExperimentTracker) -> None:
        """The running trial is killed and does not count; the study's own run is killed, too."""

        def objective(trial: Any, config: Mapping[str, Any]) -> float:
            if trial.number == 2:
                raise KeyboardInterrupt
            return config["x"]

        options: dict[str, Any] = {"search_space": SPACE, "n_trials": 4, "tracker": tracker}
        with pytest.raises(KeyboardInterrupt):
            run_hpo_study(objective, **options)
        runs = tracker.search_runs("objective", order_by="start_time ASC")
        assert [run.status for run in runs] == ["KILLED", "FINISHED", "FINISHED", "KILLED"]
        found = run_hpo_study(parabola, study_name="objective", resume=True, **options)
        assert found.trials == 4
        assert tracker.count_runs("objective", "status = 'FINISHED' AND trial IS NOT NULL") == 4

    def test_a_killed_process_loses_its_trial_only(self, repository: Path) -> None:
        """What it had finished counts, and the next process goes on."""
        script = textwrap.dedent(
            """
            import os, signal
            from gittrack import ExperimentTracker
            from gittrack.optimize import run_hpo_study

            def objective(trial, config):
                if trial.number == 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                return config["x"]

            with ExperimentTracker(capture=False) as tracker:
                run_hpo_study(objective, search_space={"x": {"uniform": [0, 1]}}, n_trials=9,
                              tracker=tracker)
            """
        )
        done = subprocess.run([sys.executable, "-c", script], cwd=repository)
        assert done.returncode == -9
        with ExperimentTracker(repository, capture=False) as tracker:
            space = {"x": {"uniform": [0, 1]}}
            found = run_hpo_study(
                lambda config: config["x"],
                study_name="objective",
                search_space=space,
                n_trials=4,
                resume=True,
                tracker=tracker,
            )
            assert found.trials == 4
            killed = tracker.search_runs("objective", "status = 'KILLED' AND trial IS NOT NULL")
            assert [run.trial_number for run in killed] == [2]
        states = [trial.state.name for trial in trials_of(repository, "objective")]
        assert states == ["COMPLETE", "COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]

    def test_what_an_objective_asks_for_itself(
        self, tracker: ExperimentTracker, repository: Path
    ) -> None:
        """An objective made for Optuna runs as it is: its parameters are its run's."""
        found = run_hpo_study(
            lambda trial: trial.suggest_float("x", 0, 1),
            search_space={},
            study_name="theirs",
            n_trials=3,
            tracker=tracker,
        )
        runs = tracker.search_runs("theirs", "trial IS NOT NULL")
        assert all(run.params["x"] == run.performance["value"] for run in runs)
        assert found.best_value == min(
            trial.params["x"] for trial in trials_of(repository, "theirs")
        )

    def test_a_network_is_trained(self, tracker: ExperimentTracker) -> None:
        """By its name, on the data given; the validation loss is the objective."""
        pytest.importorskip("torch")
        numpy = pytest.importorskip("numpy")
        features = numpy.random.default_rng(0).normal(size=(200, 3)).astype("float32")
        found = run_hpo_study(
            model_type="mlp",
            data=(features, features[:, 0] * 2),
            search_space={"learning_rate": {"loguniform": [1e-3, 1e-1]}},
            config_overrides={"epochs": 2},
            n_trials=2,
            tracker=tracker,
        )
        best = tracker.get_run(found.best_run_id)
        assert best.metrics["val_loss"] == found.best_value
        assert best.params["epochs"] == 2

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"n_trials": None}, "how many trials?"),
            ({"n_trials": 0}, "trials is 0"),
            ({"sampler": "best"}, "there is no sampler 'best'"),
            ({"sampler": {"type": "tpe", "startup": 3}}, "the sampler tpe: .*startup"),
            ({"pruner": "never"}, "there is no pruner 'never'"),
            ({"direction": "up"}, "a direction is minimize or maximize, not 'up'"),
            ({"sampler": "grid"}, "x has no points for a grid"),
            ({"n_jobs": 0}, "n_jobs is 0"),
            ({"model_type": "mlp"}, "a study has an objective or a model_type"),
            ({"study_name": "a\nb"}, "name"),
        ],
    )
    def test_arguments_that_make_no_sense(
        self, tracker: ExperimentTracker, options: dict[str, Any], message: str
    ) -> None:
        """They are refused before anything is recorded."""
        given: dict[str, Any] = {"n_trials": 3, "search_space": SPACE, "tracker": tracker}
        with pytest.raises(UsageError, match=message):
            run_hpo_study(parabola, **{**given, **options})
        assert not tracker.count_runs(None, "trial IS NOT NULL")


NAN = ("value is nan",)
ROOT = Path(__file__).resolve().parents[2]


class TestDocuments:
    @pytest.mark.slow
    def test_the_page_prints_what_it_says(self, repository: Path) -> None:
        """The Python of the page runs, also a second time."""
        text = (ROOT / "docs/optimize.md").read_text(encoding="utf-8")
        [script] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        [printed] = re.findall(r"It prints\n\n```text\n(.*?)```", text, re.DOTALL)
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True
            )
            assert (done.stdout, done.stderr) == (printed, "")

    @pytest.mark.slow
    def test_the_example_sweeps(self, tmp_path: Path, environment: dict[str, str]) -> None:
        """As its README says, with fewer trials; the best is better than guessing."""
        pytest.importorskip("sklearn")
        folder = shutil.copytree(ROOT / "examples/sweep", tmp_path / "sweep")
        subprocess.run(["git", "init", "--quiet"], cwd=folder, env=environment, check=True)
        exp = (sys.executable, "-m", "gittrack")
        command = (sys.executable, "train.py", "--config", "{config}")
        done = subprocess.run(
            [*exp, "sweep", "digits.yaml", "--trials", "3", "--json", "--", *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert (answer["trials"], answer["failed"]) == (3, 0)
        assert answer["best_values"]["accuracy"] > 0.5
        assert answer["best_config"]["images"] == 600


class TestSuggestions:
    def record(self, tracker: ExperimentTracker, *configs: Mapping[str, Any]) -> None:
        for config in configs:
            with tracker.run("hand", config={"seed": 1, **config}) as run:
                run.log_metric("loss", (config["lr"] - 0.01) ** 2)

    def test_runs_made_by_hand_are_learned_from(self, tracker: ExperimentTracker) -> None:
        """The space is what varies; proposals are in it, new, and have what all runs share."""
        rates = [0.0001 * 3**n for n in range(8)]
        self.record(
            tracker, *({"lr": lr, "net": {"act": "relu" if lr > 0.01 else "tanh"}} for lr in rates)
        )
        found = suggest_next(tracker, "hand", "loss", count=4)
        assert (found.origin, found.used, found.direction) == ("inferred", 8, "minimize")
        assert found.space.to_mapping()["lr"] == {
            "type": "float",
            "low": rates[0],
            "high": rates[-1],
            "log": True,
        }
        assert len(found.configs) == 4
        for config in found.configs:
            assert config["seed"] == 1
            assert rates[0] <= config["lr"] <= rates[-1]
            assert config["net"] in ({"act": "relu"}, {"act": "tanh"})
        assert suggest_next(tracker, "hand", "loss", count=4).values == found.values

    def test_proposals_come_near_to_what_was_good(self, tracker: ExperimentTracker) -> None:
        """After thirty runs, TPE's proposals are better than the runs were on average."""
        self.record(tracker, *({"lr": n / 30} for n in range(30)))
        found = suggest_next(tracker, "hand", "loss", count=10)
        losses = [(float(str(values["lr"])) - 0.01) ** 2 for values in found.values]
        recorded = [((n / 30) - 0.01) ** 2 for n in range(30)]
        assert sum(losses) / len(losses) < sum(recorded) / len(recorded) / 2

    def test_a_study_knows_its_space_and_its_way(self, tracker: ExperimentTracker) -> None:
        """Neither is asked for, and conditional parameters stay conditional."""
        space = {"kind": ["a", "b"], "n": {"int": [1, 9], "when": {"kind": "a"}}}
        run_hpo_study(
            lambda config: {"gain": config.get("n", 0)},
            metric="gain",
            direction="maximize",
            study_name="known",
            search_space=space,
            n_trials=5,
            seed=0,
            tracker=tracker,
        )
        found = suggest_next(tracker, "known", count=3)
        assert (found.metric, found.direction, found.origin) == ("gain", "maximize", "study")
        assert all(("n" in values) == (values["kind"] == "a") for values in found.values)

    def test_trials_of_optunas_own(self, tracker: ExperimentTracker, repository: Path) -> None:
        """The space is what they were drawn from."""
        with GitStorage(repository) as storage:
            study = optuna.create_study(storage=storage, study_name="theirs")
            study.optimize(lambda trial: trial.suggest_float("a.x", -5, 5) ** 2, n_trials=3)
        found = suggest_next(tracker, "theirs", count=2)
        assert (found.metric, found.origin, found.used) == ("value", "distributions", 3)
        form = {"type": "float", "low": -5.0, "high": 5.0}
        assert found.space.to_mapping() == {"a.x": form}

    def test_nothing_is_proposed_twice(self, tracker: ExperimentTracker) -> None:
        """Where a space is used up, fewer come."""
        self.record(tracker, {"lr": 1}, {"lr": 4})
        found = suggest_next(tracker, "hand", "loss", count=9)
        assert sorted(config["lr"] for config in found.configs) == [2, 3]

    def test_runs_outside_of_a_given_space_do_not_count(self, tracker: ExperimentTracker) -> None:
        """They are counted, and left out."""
        self.record(tracker, {"lr": 0.1}, {"lr": 0.2}, {"lr": 7.0})
        space = SearchSpace.from_mapping({"lr": {"uniform": [0, 1]}})
        found = suggest_next(tracker, "hand", "loss", space=space)
        assert (found.origin, found.used, found.outside) == ("given", 2, 1)

    def test_what_cannot_be_learned_from(self, tracker: ExperimentTracker) -> None:
        """No metric named, none recorded, nothing that varies, no such experiment."""
        self.record(tracker, {"lr": 0.1}, {"lr": 0.1})
        with pytest.raises(UsageError, match="by which metric is hand to get better"):
            suggest_next(tracker, "hand")
        with pytest.raises(NotFoundError, match="no finished run of 'hand' has the metric 'gain'"):
            suggest_next(tracker, "hand", "gain")
        with pytest.raises(UsageError, match="no parameter varies"):
            suggest_next(tracker, "hand", "loss")
        with pytest.raises(NotFoundError):
            suggest_next(tracker, "nosuch", "loss")
