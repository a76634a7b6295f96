"""Optuna's studies in a repository: its own contract, crashes, clones, callbacks, copies."""

from __future__ import annotations

import json
import math
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from witness import fsck, git, new_repository, refs

optuna = pytest.importorskip("optuna")

from optuna.distributions import (  # noqa: E402
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import InMemoryStorage, JournalStorage  # noqa: E402
from optuna.storages.journal import JournalFileBackend  # noqa: E402
from optuna.testing.pytest_storages import StorageTestCase  # noqa: E402
from optuna.trial import FrozenTrial, TrialState  # noqa: E402

from gittrack import ExperimentTracker  # noqa: E402
from gittrack.errors import (  # noqa: E402
    NotFoundError,
    SourceError,
    UsageError,
    ValueRefusedError,
)
from gittrack.integrations.optuna import (  # noqa: E402
    GitStorage,
    GittrackCallback,
    export_study,
    import_study,
)
from gittrack.integrations.optuna import study as study_module  # noqa: E402
from gittrack.integrations.optuna.sealed import numbered  # noqa: E402
from gittrack.integrations.optuna.trials import (  # noqa: E402
    Distributions,
    facts_of,
    row_of,
    row_of_run,
    trial_of,
)
from gittrack.report.document import Facts, Table  # noqa: E402
from gittrack.report.study_report import study_report  # noqa: E402
from gittrack.runs.codec import decode_run, encode_run  # noqa: E402
from gittrack.runs.model import MetricPoint  # noqa: E402
from gittrack.runs.trials import trial_run  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial: Any) -> float:
    x = trial.suggest_float("x", -10.0, 10.0)
    depth = trial.suggest_int("depth", 1, 8)
    kind = trial.suggest_categorical("kind", ["adam", None, 3])
    trial.report(x * x, 0)
    trial.report(x * x / 2, 5)
    trial.set_user_attr("note", f"depth {depth}")
    if trial.number % 5 == 4:
        raise optuna.TrialPruned
    return float(x * x + depth + (kind is None))


def random_study(storage: Any, name: str = "tune", trials: int = 0, **options: Any) -> Any:
    sampler = optuna.samplers.RandomSampler(seed=0)
    options.setdefault("load_if_exists", True)
    study = optuna.create_study(storage=storage, study_name=name, sampler=sampler, **options)
    if trials:
        study.optimize(objective, n_trials=trials)
    return study


def private(repository: Path, *parts: str) -> Path:
    return repository.joinpath(".git", "exptrack", *parts)


def journals(repository: Path) -> list[Path]:
    return sorted(private(repository, "journal").glob("trials.study-*.journal"))


def sealed_trials(repository: Path, experiment: str = "tune") -> list[str]:
    ref = f"refs/exptrack/experiments/{experiment}"
    listed = git(repository, "ls-tree", "-r", "--name-only", ref).splitlines()
    return [path for path in listed if path.endswith("/run.yaml")]


def start(
    repository: Path, code: str, *arguments: str, stderr: int | None = None
) -> subprocess.Popen[str]:
    """A program of its own that has `storage` and `optuna`."""
    head = (
        "import optuna, os, signal, sys, time\n"
        "from gittrack.integrations.optuna import GitStorage\n"
        "optuna.logging.set_verbosity(optuna.logging.ERROR)\n"
        "storage = GitStorage(sys.argv[1], retry=1)\n"
    )
    command = [sys.executable, "-c", head + code, str(repository), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)


def bare_remote(repository: Path, path: Path) -> Path:
    """A bare repository that is the remote `origin` of this one."""
    git(path.parent, "init", "-q", "--bare", str(path))
    git(repository, "remote", "add", "origin", str(path))
    return path


def cloned(remote: Path, path: Path) -> Path:
    """A repository with that remote."""
    repository = new_repository(path)
    git(repository, "remote", "add", "origin", str(remote))
    return repository


def sync(repository: Path) -> None:
    with ExperimentTracker(repository) as tracker:
        tracker.sync()


def work(repository: Path, values: Sequence[float]) -> list[float]:
    """Trials with these values, by somebody who comes and goes."""
    with GitStorage(repository) as storage:
        study = random_study(storage)
        for value in values:
            study.tell(study.ask(), value)
    return list(values)


def trials_of(repository: Path) -> list[tuple[int, TrialState, float | None]]:
    """What somebody who opens the study now sees of its trials."""
    with GitStorage(repository) as storage:
        trials = random_study(storage).trials
    return [(trial.number, trial.state, trial.value if trial.values else None) for trial in trials]


def best_on_the_command_line(repository: Path, study: str) -> list[float]:
    """The values that `git exp best` shows."""
    command = [sys.executable, "-m", "gittrack", "best", study, "--json"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return [run["performance"]["value"] for run in json.loads(done.stdout)]


@pytest.fixture
def storage(repository: Path) -> Iterator[GitStorage]:
    with GitStorage(repository) as opened:
        yield opened


@pytest.mark.slow
class TestOptunasContract(StorageTestCase):
    """All that Optuna itself asks of a storage."""

    @pytest.fixture
    def storage(self, repository: Path) -> Iterator[GitStorage]:
        with GitStorage(repository) as opened:
            yield opened


@pytest.mark.slow
def test_optunas_own_tests() -> None:
    """Optuna's study and trial tests pass on our storage, where its sources are at hand."""
    sources = os.environ.get("OPTUNA_SOURCES")
    if sources is None:
        pytest.skip("OPTUNA_SOURCES names no unpacked source of Optuna")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "optuna_on_git"]
    command += ["-p", "no:cacheprovider", "tests/study_tests", "tests/trial_tests"]
    paths = {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        command, cwd=sources, env={**os.environ, **paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]


class TestTrialsAreRuns:
    def test_are_runs_with_all_that_was_said_of_them(self, repository: Path) -> None:
        """Parameters, values, steps with a history, attributes, state and times are in the run."""
        with GitStorage(repository) as storage:
            trials = random_study(storage, trials=5).trials
        with ExperimentTracker(repository) as tracker:
            runs = {run.trial_number: run for run in tracker.list_runs("tune")}
            first, pruned = runs[0], runs[4]
            assert dict(first.params) == trials[0].params
            assert first.performance == {"value": trials[0].value}
            assert first.tags == {"note": trials[0].user_attrs["note"]}
            assert [
                (p.step, p.value) for p in tracker.get_metric_history(first, "intermediate")
            ] == [
                (0, trials[0].intermediate_values[0]),
                (5, trials[0].intermediate_values[5]),
            ]
            began = first.start_time.astimezone().replace(tzinfo=None)
            ended = first.end_time.astimezone().replace(tzinfo=None)  # type: ignore[union-attr]
            assert (began, ended) == (trials[0].datetime_start, trials[0].datetime_complete)
            assert pruned.tags["optuna.state"] == "PRUNED"
            assert pruned.performance == {}
            depth = trials[0].params["depth"]
            found = tracker.search_runs("tune", f"params.depth = {depth}")
            assert first.run_id in {run.run_id for run in found}
            assert fsck(repository) == ""

    def test_are_sealed_in_groups_at_the_end(self, repository: Path) -> None:
        """Forty trials are one commit, and nothing waits when the storage is closed."""
        with GitStorage(repository) as storage:
            study = random_study(storage)
            for _ in range(40):
                study.tell(study.ask(), 1.0)
        ref = "refs/exptrack/experiments/tune"
        assert git(repository, "log", "--format=%s", ref).splitlines() == [
            "Seal 40 trials of tune",
            "Study tune",
        ]
        assert len(sealed_trials(repository)) == 40
        assert journals(repository) == []

    def test_another_command_seals_what_has_ended(self, repository: Path) -> None:
        """A tracker sees finished trials of a study whose process still works on others."""
        with GitStorage(repository) as storage:
            study = random_study(storage)
            study.tell(study.ask(), 1.0)
            going_on = study.ask()
            with ExperimentTracker(repository) as tracker:
                assert [run.trial_number for run in tracker.list_runs("tune")] == [0]
            study.tell(going_on, 2.0)
        assert len(sealed_trials(repository)) == 2
        assert [trial.value for trial in random_study(GitStorage(repository)).trials] == [1.0, 2.0]

    def test_several_objectives_have_their_names(self, repository: Path) -> None:
        """The runs of a study with named objectives have these as performance."""
        with GitStorage(repository) as storage:
            study = random_study(storage, directions=["minimize", "maximize"])
            with pytest.warns(optuna.exceptions.ExperimentalWarning):
                study.set_metric_names(["loss", "gain"])
            study.tell(study.ask(), (1.5, float("inf")))
        with ExperimentTracker(repository) as tracker:
            [run] = tracker.list_runs("tune")
        assert run.performance == {"loss": 1.5, "gain": float("inf")}
        loaded = random_study(GitStorage(repository), directions=["minimize", "maximize"])
        assert loaded.trials[0].values == [1.5, float("inf")]
        assert loaded.metric_names == ["loss", "gain"]

    @pytest.mark.slow
    def test_the_best_is_what_the_study_says(self, repository: Path) -> None:
        """The direction of each objective decides, in Python and on the command line, whatever the
        objective is called; a study with one objective needs no metric."""
        with GitStorage(repository) as storage:
            for name, direction in (("low", "minimize"), ("high", "maximize")):
                study = random_study(storage, name, directions=[direction])
                for value in (2.0, 1.0, 3.0):
                    study.tell(study.ask(), value)
            study = random_study(storage, "both", directions=["maximize", "minimize"])
            with pytest.warns(optuna.exceptions.ExperimentalWarning):
                study.set_metric_names(["loss", "gain"])
            for loss, gain in ((1.0, 5.0), (9.0, 6.0)):
                study.tell(study.ask(), (loss, gain))
        with ExperimentTracker(repository) as tracker:
            assert tracker.best_trial("low").performance == {"value": 1.0}
            assert tracker.best_run("high", "value").performance == {"value": 3.0}
            assert tracker.best_run("both", "loss").trial_number == 1
            assert tracker.best_trial("both", "gain").trial_number == 0
        assert best_on_the_command_line(repository, "low") == [1.0, 2.0, 3.0]
        assert best_on_the_command_line(repository, "high") == [3.0, 2.0, 1.0]

    def test_a_deleted_run_leaves_the_other_trials_their_numbers(self, repository: Path) -> None:
        """Where a trial's run was deleted, a failed one without parameters stands for it."""
        with GitStorage(repository) as storage:
            values = [trial.value for trial in random_study(storage, trials=4).trials]
        with ExperimentTracker(repository) as tracker:
            [run] = [run for run in tracker.list_runs("tune") if run.trial_number == 1]
            tracker.delete_run(run.run_id)
        trials = random_study(GitStorage(repository)).trials
        assert [trial.number for trial in trials] == [0, 1, 2, 3]
        assert trials[1].state == TrialState.FAIL
        assert [trials[n].value for n in (0, 2, 3)] == [values[n] for n in (0, 2, 3)]


class TestGitAlone:
    def test_a_clone_has_the_study(self, repository: Path, tmp_path: Path) -> None:
        """From the ref alone, every trial and attribute is there as it was."""
        with GitStorage(repository) as storage:
            study = random_study(storage, trials=12)
            study.set_user_attr("team", ["a", {"b": None}])
            trials, attributes = study.trials, study.user_attrs
        clone = new_repository(tmp_path / "clone")
        git(clone, "fetch", "-q", str(repository), "refs/exptrack/*:refs/exptrack/*")
        copied = random_study(GitStorage(clone))
        assert copied.trials == [renumbered(t, copied.trials[t.number]._trial_id) for t in trials]
        assert copied.user_attrs == attributes
        assert copied.best_trial.number == study.best_trial.number

    def test_two_clones_trials_come_together(self, repository: Path, tmp_path: Path) -> None:
        """Trials that two clones gave the same numbers are all there, without a gap."""
        clone = new_repository(tmp_path / "clone")
        ref = "refs/exptrack/experiments/tune"
        with GitStorage(repository) as storage:
            mine = [trial.value for trial in random_study(storage, trials=6).trials]
        with GitStorage(clone) as storage:
            study = random_study(storage)
            for value in (100.0, 200.0, 300.0):
                study.tell(study.ask(), value)
        git(repository, "fetch", "-q", str(clone), f"{ref}:refs/theirs")
        runs = "refs/theirs:runs"
        day = git(repository, "ls-tree", "--name-only", runs)
        index = {"GIT_INDEX_FILE": str(tmp_path / "index")}
        git(repository, "read-tree", ref, variables=index)
        for bucket in git(repository, "ls-tree", "--name-only", f"{runs}/{day}").splitlines():
            where = f"--prefix=runs/{day}/{bucket}/"
            git(repository, "read-tree", where, f"{runs}/{day}/{bucket}", variables=index)
        tree = git(repository, "write-tree", variables=index)
        merge = git(repository, "commit-tree", tree, "-p", ref, "-p", "refs/theirs", "-m", "merge")
        git(repository, "update-ref", ref, merge)
        merged = random_study(GitStorage(repository)).trials
        assert [trial.number for trial in merged] == list(range(9))
        assert [trial.value for trial in merged] == [*mine, 100.0, 200.0, 300.0]

    @pytest.mark.slow
    def test_three_clones_have_the_same_study_after_a_sync(
        self, repository: Path, tmp_path: Path
    ) -> None:
        """Two clones work offline, sync through a bare remote, work on; a third one joins: all
        have every trial under the same number, without a gap, and the same best one."""
        hub = bare_remote(repository, tmp_path / "hub.git")
        others = [cloned(hub, tmp_path / name) for name in ("other", "third")]
        clones = [repository, *others]
        told = Counter(work(repository, [5.0, 1.0, 7.0])) + Counter(work(others[0], [4.0, 0.5]))
        for clone in (repository, others[0], repository):
            sync(clone)
        assert trials_of(repository) == trials_of(others[0])
        told += Counter(work(repository, [3.0])) + Counter(work(others[0], [9.0, 0.25, 8.0]))
        for clone in (others[0], repository, *others):
            sync(clone)
        first, second, third = map(trials_of, clones)
        assert first == second == third
        assert [number for number, *_ in first] == list(range(9))
        assert Counter(value for *_, value in first) == told
        assert all(state == TrialState.COMPLETE for _, state, _ in first)
        with GitStorage(others[1]) as storage:
            study = random_study(storage)
            assert study.best_value == 0.25
            assert study.ask().number == 9
        assert fsck(others[1]) == ""

    def test_numbers_do_not_change_under_a_worker(self, repository: Path, tmp_path: Path) -> None:
        """What a sync brings while somebody works follows behind; who opens the study when nobody
        does has the numbers that the other clone has."""
        hub = bare_remote(repository, tmp_path / "hub.git")
        other = cloned(hub, tmp_path / "other")
        work(other, [10.0, 20.0])
        sync(other)
        with GitStorage(repository) as storage:
            study = random_study(storage)
            study.tell(study.ask(), 1.0)
            going_on = study.ask()
            storage._seal_all()
            sync(repository)
            assert [value for *_, value in trials_of(repository)] == [1.0, None, 10.0, 20.0]
            study.tell(going_on, 2.0)
            assert study.trials[1].value == 2.0
        sync(repository)
        sync(other)
        assert trials_of(repository) == trials_of(other)
        assert [value for *_, value in trials_of(other)] == [10.0, 20.0, 1.0, 2.0]

    def test_a_deleted_run_is_told_to_all(self, repository: Path, tmp_path: Path) -> None:
        """Where one of two trials of the same number is deleted, all clones number alike."""
        hub = bare_remote(repository, tmp_path / "hub.git")
        other = cloned(hub, tmp_path / "other")
        work(repository, [1.0, 2.0])
        work(other, [3.0])
        for clone in (repository, other, repository):
            sync(clone)
        assert [value for *_, value in trials_of(other)] == [1.0, 2.0, 3.0]
        with ExperimentTracker(repository) as tracker:
            [run] = tracker.search_runs("tune", "metrics.value = 1")
            tracker.delete_run(run.run_id)
        for clone in (repository, other):
            sync(clone)
        assert [value for *_, value in trials_of(repository)] == [3.0, 2.0]
        assert trials_of(repository) == trials_of(other)

    def test_the_cache_is_not_needed(self, repository: Path) -> None:
        """Without what is private to the clone, the study is the same."""
        with GitStorage(repository) as storage:
            trials = random_study(storage, trials=7).trials
        shutil.rmtree(private(repository, "studies"))
        assert random_study(GitStorage(repository)).trials == trials

    def test_odd_values_are_kept(self, repository: Path) -> None:
        """What canonical YAML cannot hold, a name or a choice, is kept all the same."""
        odd = "\ud800 \x1b[31m \u2028"
        with GitStorage(repository) as storage:
            study = random_study(storage, name=odd)
            trial = study.ask({odd: CategoricalDistribution([odd, 1.0, True, None])})
            trial.set_user_attr(odd, {"x": odd, "nan": float("inf")})
            study.tell(trial, -0.0)
            [known] = study.trials
            study.set_user_attr(odd, odd)
        shutil.rmtree(private(repository, "studies"))
        again = random_study(GitStorage(repository), name=odd)
        assert again.trials == [known]
        assert again.user_attrs == {odd: odd}

    def test_what_is_too_large_or_too_deep(self, repository: Path) -> None:
        """Deep attributes are kept; a trial that could not be sealed is refused in time."""
        deep: Any = 1
        for _ in range(62):
            deep = [deep]
        with GitStorage(repository) as storage:
            study = random_study(storage)
            with pytest.warns(optuna.exceptions.ExperimentalWarning):
                study.set_metric_names(["\ud800"])
            kept, refused = study.ask(), study.ask()
            kept.set_user_attr("deep", deep)
            study.tell(kept, 1.0)
            refused.set_user_attr("large", "x" * (17 << 20))
            with pytest.raises(ValueRefusedError, match=r"trial 1 cannot be stored: .*16 MiB"):
                study.tell(refused, 2.0)
            assert study.trials[1].state == TrialState.RUNNING
        assert len(sealed_trials(repository)) == 1
        private(repository, "studies", "0.cache").unlink()
        again = random_study(GitStorage(repository)).trials[0]
        assert (again.value, again.user_attrs) == (1.0, {"deep": deep})


class TestSeveralProcesses:
    def test_workers_share_a_study(self, repository: Path) -> None:
        """Two programs and two threads: each trial has one number, and none is lost."""
        code = (
            "study = optuna.load_study(storage=storage, study_name='tune')\n"
            "study.optimize(lambda trial: trial.suggest_float('x', 0, 1), n_trials=25)\n"
        )
        with GitStorage(repository) as storage:
            study = random_study(storage)
            programs = [start(repository, code) for _ in range(2)]
            study.optimize(objective, n_trials=20, n_jobs=2)
            assert [program.wait() for program in programs] == [0, 0]
            assert [trial.number for trial in study.trials] == list(range(70))
            assert all(trial.state.is_finished() for trial in study.trials)
        assert len(sealed_trials(repository)) == 70
        assert journals(repository) == []

    def test_a_new_journal_is_followed(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where one process puts a new journal in the place of a full one, the others go on."""
        monkeypatch.setattr(study_module, "FULL", 2000)
        with GitStorage(repository) as one, GitStorage(repository) as other:
            first, second = random_study(one), random_study(other)
            waiting = first.ask()
            waiting.report(3.0, 1)
            for number in range(20):
                study = (first, second)[number % 2]
                study.tell(study.ask(), float(number))
            second.tell(waiting.number, 99.0)
            assert first.trials == second.trials
            assert [trial.value for trial in first.trials] == [99.0, *map(float, range(20))]
            assert first.trials[0].intermediate_values == {1: 3.0}
        assert len(sealed_trials(repository)) == 21

    def test_a_killed_workers_trial_fails_and_is_tried_again(self, repository: Path) -> None:
        """The next who opens the study finds it failed, with all that was known, and waiting."""
        code = (
            "study = optuna.create_study(storage=storage, study_name='tune')\n"
            "study.optimize(lambda t: t.suggest_float('x', 0, 1), n_trials=3)\n"
            "def hang(trial):\n"
            "    trial.report(trial.suggest_float('x', 0, 1), 0)\n"
            "    print('working', flush=True)\n"
            "    time.sleep(60)\n"
            "study.optimize(hang, n_trials=1)\n"
        )
        program = start(repository, code)
        assert program.stdout is not None
        assert program.stdout.readline() == "working\n"
        with GitStorage(repository) as before:
            assert random_study(before).trials[3].state == TrialState.RUNNING
        program.send_signal(signal.SIGKILL)
        program.wait()
        with GitStorage(repository, retry=1) as storage:
            study = random_study(storage)
            killed, again = study.trials[3:]
            assert killed.state == TrialState.FAIL
            assert list(killed.intermediate_values) == [0]
            assert again.state == TrialState.WAITING
            assert again.params == killed.params
            assert again.system_attrs["retry_history"] == [3]
            study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=1)
            assert study.trials[4].value == killed.params["x"]
        with ExperimentTracker(repository) as tracker:
            statuses = Counter(run.status for run in tracker.list_runs("tune"))
        assert statuses == {"FINISHED": 4, "KILLED": 1}

    def test_a_trial_can_be_told_by_another_program(self, repository: Path) -> None:
        """One that was asked for by a program which ended by itself is not taken for killed."""
        code = (
            "study = optuna.create_study(storage=storage, study_name='tune')\n"
            "print(study.ask().number)\n"
        )
        program = start(repository, code)
        assert program.communicate()[0] == "0\n"
        with GitStorage(repository) as storage:
            study = random_study(storage)
            study.ask()
            assert study.trials[0].state == TrialState.RUNNING
            study.tell(0, 4.0)
            assert study.best_value == 4.0

    @pytest.mark.parametrize("cut", [1, 9, 30])
    def test_a_torn_record_is_healed(self, repository: Path, cut: int) -> None:
        """The journal of a process that died within a record is read, and written on."""
        code = (
            "study = optuna.create_study(storage=storage, study_name='tune')\n"
            "study.tell(study.ask(), 1.0)\n"
            "study.ask().set_user_attr('text', 'x' * 50)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        start(repository, code).wait()
        [journal] = journals(repository)
        os.truncate(journal, journal.stat().st_size - cut)
        with GitStorage(repository) as storage:
            study = random_study(storage)
            assert study.trials[0].value == 1.0
            study.tell(study.ask(), 2.0)
        trials = random_study(GitStorage(repository)).trials
        assert [trial.state.name for trial in trials] == ["COMPLETE", "FAIL", "COMPLETE"]
        assert trials[1].user_attrs == {}

    def test_a_forked_child_is_a_worker_of_its_own(self, repository: Path) -> None:
        """Parent and child work on one study with the same objects."""
        code = (
            "study = optuna.create_study(storage=storage, study_name='tune')\n"
            "study.tell(study.ask(), 0.0)\n"
            "child = os.fork()\n"
            "for value in range(20):\n"
            "    study.tell(study.ask(), value)\n"
            "if child:\n"
            "    assert os.waitpid(child, 0)[1] == 0\n"
        )
        assert start(repository, code).wait() == 0
        trials = random_study(GitStorage(repository)).trials
        assert Counter(trial.value for trial in trials)[19.0] == 2
        assert [trial.number for trial in trials] == list(range(41))

    def test_what_a_dead_program_left_is_sealed_and_its_journal_goes(
        self, repository: Path
    ) -> None:
        """Any command seals the finished trials; a journal without unfinished ones is removed."""
        code = (
            "study = optuna.create_study(storage=storage, study_name='tune')\n"
            "study.tell(study.ask(), 1.0)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        start(repository, code).wait()
        assert len(journals(repository)) == 1
        with ExperimentTracker(repository) as tracker:
            assert len(tracker.list_runs("tune")) == 1
        assert journals(repository) == []
        assert random_study(GitStorage(repository)).best_value == 1.0

    def test_the_journal_of_killed_programs_goes_and_their_trials_stay(
        self, repository: Path
    ) -> None:
        """One worker seals, another one opens the study, both are killed, a command takes their
        journal away: the study has all of their trials."""
        code = (
            "study = optuna.create_study(\n"
            "    storage=storage, study_name='tune', load_if_exists=True)\n"
            "study.tell(study.ask(), 1.0)\n"
            "storage._seal_all()\n"
            "print('sealed', flush=True)\n"
            "time.sleep(60)\n"
        )
        programs = []
        for _ in range(2):
            programs.append(start(repository, code))
            assert programs[-1].stdout.readline() == "sealed\n"
        for program in programs:
            program.kill()
            program.wait()
        with ExperimentTracker(repository) as tracker:
            assert len(tracker.list_runs("tune")) == 2
        assert journals(repository) == []
        assert [trial.value for trial in random_study(GitStorage(repository)).trials] == [1.0, 1.0]

    @pytest.mark.slow
    def test_an_interrupted_program_leaves_a_study_that_goes_on(self, repository: Path) -> None:
        """Ctrl-C in the middle of an objective: its trial has failed, and is a run; the same
        program started again goes on."""
        code = (
            "study = optuna.create_study(\n"
            "    storage=storage, study_name='tune', load_if_exists=True)\n"
            "def objective(trial):\n"
            "    if trial.number == 2:\n"
            "        print('working', flush=True)\n"
            "        time.sleep(60)\n"
            "    return trial.suggest_float('x', 0, 1)\n"
            "study.optimize(objective, n_trials=5 - len(study.trials))\n"
        )
        program = start(repository, code, stderr=subprocess.DEVNULL)
        assert program.stdout is not None
        assert program.stdout.readline() == "working\n"
        program.send_signal(signal.SIGINT)
        assert program.wait() != 0
        assert start(repository, code).wait() == 0
        with GitStorage(repository) as storage:
            states = [trial.state for trial in random_study(storage).trials]
        complete = TrialState.COMPLETE
        assert states == [complete, complete, TrialState.FAIL, complete, complete]
        assert len(sealed_trials(repository)) == 5

    @pytest.mark.slow
    def test_four_workers_finish_what_was_asked_for(self, repository: Path) -> None:
        """Four programs share a study of a fixed size: `MaxTrialsCallback` ends all of them, and
        no number is given twice."""
        code = (
            "from optuna.study import MaxTrialsCallback\n"
            "study = optuna.load_study(storage=storage, study_name='tune')\n"
            "study.optimize(lambda trial: trial.suggest_float('x', 0, 1),\n"
            "    callbacks=[MaxTrialsCallback(40)])\n"
        )
        with GitStorage(repository) as storage:
            random_study(storage)
        programs = [start(repository, code) for _ in range(4)]
        assert [program.wait() for program in programs] == [0] * 4
        with GitStorage(repository) as storage:
            trials = random_study(storage).trials
        assert [trial.number for trial in trials] == list(range(len(trials)))
        assert 40 <= len(trials) < 44
        assert all(trial.state == TrialState.COMPLETE for trial in trials)
        assert len(sealed_trials(repository)) == len(trials)

    @pytest.mark.slow
    def test_nothing_acknowledged_is_lost_whenever_a_program_is_killed(
        self, repository: Path
    ) -> None:
        """Killed at any moment, also in the middle of sealing, and started again."""
        code = (
            "from gittrack.integrations.optuna import study as study_module\n"
            "study_module.FULL = 3000\n"
            "study = optuna.create_study(\n"
            "    storage=storage, study_name='tune', load_if_exists=True)\n"
            "while True:\n"
            "    trial = study.ask()\n"
            "    trial.report(1.0, 1), trial.report(2.0, 2)\n"
            "    study.tell(trial, trial.number)\n"
            "    os.write(1, b'%d\\n' % trial.number)\n"
        )
        told: list[int] = []
        for wait in range(12):
            program = start(repository, code)
            assert program.stdout is not None
            lines = [program.stdout.readline() for _ in range(10 + 13 * wait)]
            program.kill()
            rest = program.communicate()[0].split("\n")[:-1]
            told += [int(line) for line in (*lines, *rest) if line.strip()]
        with GitStorage(repository) as storage:
            trials = random_study(storage).trials
        assert [trial.number for trial in trials] == list(range(len(trials)))
        assert len(told) == len(set(told))
        assert all(trials[number].value == number for number in told)
        assert all(trials[number].intermediate_values == {1: 1.0, 2: 2.0} for number in told)
        records = [path.split("/")[-2] for path in sealed_trials(repository)]
        assert len(records) == len(set(records)) == len(trials)
        assert fsck(repository) == ""

    def test_a_pickled_study_is_the_same_study(self, storage: GitStorage) -> None:
        """What is sent to another process finds the repository and the study's id again."""
        study = random_study(storage, trials=2)
        copied = pickle.loads(pickle.dumps(study))
        assert copied.trials == study.trials
        copied.tell(copied.ask(), 5.0)
        assert study.trials[2].value == 5.0
        copied._storage.close()

    def test_a_study_deleted_elsewhere_is_gone(self, repository: Path) -> None:
        """Who has a deleted study open cannot bring it back by writing."""
        with GitStorage(repository) as one, GitStorage(repository) as other:
            study = random_study(one)
            optuna.delete_study(study_name="tune", storage=other)
            with pytest.raises(KeyError):
                study.ask()
            assert one.get_all_studies() == []
            anew = random_study(one)
            assert anew._study_id != study._study_id
            assert anew.trials == []

    def test_threads_ask_for_different_trials(self, storage: GitStorage) -> None:
        """A trial that waits is given to one thread only."""
        study = random_study(storage)
        for number in range(8):
            study.enqueue_trial({"x": number})
        asked: list[int] = []
        threads = [
            threading.Thread(target=lambda: asked.extend(study.ask().number for _ in range(4)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(asked) == list(range(8))


class TestCost:
    def test_asking_reads_nothing_again(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One more trial of a study with hundreds looks at none of the others."""
        with GitStorage(repository) as storage:
            study = random_study(storage)
            study.add_trials([optuna.create_trial(value=1.0)] * 300)
            looked: list[int] = []
            seen = property(lambda trial: looked.append(trial._number) or trial._number)
            monkeypatch.setattr(FrozenTrial, "number", seen)
            study.tell(study.ask(), 2.0)
            assert set(looked) <= {300}

    def test_many_trials_do_not_make_many_processes(self, repository: Path) -> None:
        """Trials are written to a file; git is not started for each."""
        with GitStorage(repository) as storage:
            study = random_study(storage)
            before = refs(repository)
            for _ in range(50):
                study.tell(study.ask(), 1.0)
            assert refs(repository) == before


class TestCallback:
    def test_logs_each_trial_of_another_storage(self, repository: Path) -> None:
        """A study in memory has its trials logged as runs, as if it were in the repository."""
        with ExperimentTracker(repository, capture=False) as tracker:
            study = random_study(InMemoryStorage(), trials=0)
            study.optimize(objective, n_trials=6, callbacks=[GittrackCallback(tracker, "outside")])
            runs = tracker.get_trials("outside")
            assert [dict(run.params) for run in runs] == [t.params for t in study.trials]
            assert runs[0].performance == {"value": study.trials[0].value}
            history = tracker.get_metric_history(runs[0], "intermediate")
            assert [point.step for point in history] == [0, 5]


class TestCopies:
    @pytest.mark.slow
    def test_there_and_back(self, repository: Path, tmp_path: Path) -> None:
        """A study of a journal file is copied in, continued, and copied out to SQLite."""
        file = tmp_path / "study.log"
        source = JournalStorage(JournalFileBackend(str(file)))
        random_study(source, trials=4).set_user_attr("a", 1)
        url = f"sqlite:///{tmp_path}/study.db"
        with GitStorage(repository) as storage:
            assert import_study(file, storage) == 4
            random_study(storage, trials=2)
            assert export_study(storage, "tune", url, name="out") == 6
            expected = random_study(storage).trials
        out = optuna.load_study(storage=url, study_name="out")
        assert [facts(trial) for trial in out.trials] == [facts(trial) for trial in expected]
        assert out.user_attrs == {"a": 1}

    def test_again_copies_only_what_is_new(self, repository: Path) -> None:
        """The same call goes on where the source has more."""
        source = InMemoryStorage()
        study = random_study(source, trials=3)
        with GitStorage(repository) as storage:
            assert import_study(source, storage) == 3
            study.optimize(objective, n_trials=2)
            assert import_study(source, storage) == 2
            assert import_study(source, storage) == 0
            assert len(random_study(storage).trials) == 5

    def test_a_running_trial_comes_as_failed(self, storage: GitStorage) -> None:
        """Nobody would finish it here; what it was is kept."""
        source = InMemoryStorage()
        random_study(source).ask()
        import_study(source, storage)
        [trial] = random_study(storage).trials
        assert trial.state == TrialState.FAIL
        assert trial.system_attrs["gittrack:was"] == "RUNNING"

    def test_refusals_name_the_way_out(self, storage: GitStorage, tmp_path: Path) -> None:
        """No such file, no such study, several studies, a name that is taken."""
        with pytest.raises(SourceError, match="there is no such file"):
            import_study(tmp_path / "none.log", storage)
        assert not (tmp_path / "none.log").exists()
        source = InMemoryStorage()
        with pytest.raises(NotFoundError, match="there is no study to copy"):
            import_study(source, storage)
        random_study(source, "a", trials=1)
        random_study(source, "b")
        with pytest.raises(UsageError, match="2 studies"):
            import_study(source, storage)
        with pytest.raises(NotFoundError, match="'c'"):
            import_study(source, storage, "c")
        random_study(storage, "a", trials=1)
        with pytest.raises(UsageError, match="another study 'a'"):
            import_study(source, storage, "a")
        assert import_study(source, storage, "a", name="mine") == 1


def renumbered(trial: FrozenTrial, trial_id: int) -> FrozenTrial:
    trial._trial_id = trial_id
    return trial


def facts(trial: FrozenTrial) -> Any:
    return (
        trial.number,
        trial.state,
        trial.values,
        trial.params,
        trial.distributions,
        trial.user_attrs,
        trial.intermediate_values,
        trial.datetime_start,
        trial.datetime_complete,
    )


plain_floats = st.floats(allow_nan=False)
texts = st.text(max_size=8)
attributes = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | plain_floats | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)


@st.composite
def finished_trials(draw: st.DrawFn) -> FrozenTrial:
    """A trial that has ended, with whatever Optuna may have put there."""
    params: dict[str, Any] = {}
    distributions: dict[str, Any] = {}
    for name in draw(st.lists(texts, max_size=3, unique=True)):
        kind = draw(st.integers(0, 2))
        if kind == 0:
            distributions[name] = FloatDistribution(0.0, 1.0)
            params[name] = draw(st.floats(0.0, 1.0))
        elif kind == 1:
            distributions[name] = IntDistribution(-5, 5)
            params[name] = draw(st.integers(-5, 5))
        else:
            choices = (draw(texts), None, 7, 2.5)
            distributions[name] = CategoricalDistribution(choices)
            params[name] = draw(st.sampled_from(choices))
    return optuna.trial.create_trial(
        state=draw(st.sampled_from([TrialState.COMPLETE, TrialState.PRUNED])),
        values=draw(st.lists(plain_floats, min_size=2, max_size=2)),
        params=params,
        distributions=distributions,
        user_attrs=draw(attributes),
        system_attrs=draw(attributes),
        intermediate_values=draw(st.dictionaries(st.integers(-9, 99), plain_floats, max_size=3)),
    )


class TestPages:
    @pytest.mark.slow
    def test_the_programs_of_the_page(self, repository: Path) -> None:
        """One after the other in one repository, without a word on standard error but Optuna's."""
        text = (ROOT / "docs/optuna.md").read_text(encoding="utf-8")
        programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        quiet = "import optuna\noptuna.logging.set_verbosity(optuna.logging.ERROR)\n"
        said = []
        for program in programs:
            done = subprocess.run(
                [sys.executable, "-c", quiet + program],
                cwd=repository,
                capture_output=True,
                text=True,
            )
            assert (done.returncode, done.stderr) == (0, "")
            said.append(done.stdout)
        assert said == ["4 0.408\n", "5\n", "20\n"]
        with ExperimentTracker(repository) as tracker:
            runs = tracker.search_runs("parabola", "params.kind = 'plain' and metrics.value < 1")
            assert all(run.tags == {"origin": "docs"} for run in runs)

    @pytest.mark.slow
    def test_the_example_tunes(self, repository: Path) -> None:
        """A few trials on real data, continued by a second start of the program."""
        pytest.importorskip("sklearn")
        command = [sys.executable, str(ROOT / "examples/optuna/tune.py"), "--trials", "3"]
        for count in (3, 6):
            done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.startswith(f"{count} trials, ")
        with GitStorage(repository) as storage:
            study = optuna.load_study(storage=storage, study_name="cancer")
            assert 0.05 < study.best_value < 0.2


@st.composite
def foreign_rows(draw: st.DrawFn) -> list[list[Any]]:
    """Rows of trials that came from elsewhere, with whatever numbers."""
    numbers = draw(st.lists(st.integers(0, 12) | st.just(10**15), max_size=8))
    return [
        [number, f"{position:020x}", 1, None, position, None, [], [], {}, {}]
        for position, number in enumerate(numbers)
    ]


class TestForms:
    @given(foreign_rows(), st.sets(st.integers(0, 12), max_size=6))
    def test_numbers_of_what_came_from_elsewhere(
        self, rows: list[list[Any]], taken: set[int]
    ) -> None:
        """Each gets a number of its own, near the others, and keeps its own where that is free."""
        length = max(taken, default=-1) + 1
        given_numbers = {row[0] for row in rows}
        found = [row[0] for row in numbered(rows, lambda n: n not in taken, length)]
        assert len(set(found)) == len(found) == len(rows)
        assert not taken & set(found)
        kept = {n for n in given_numbers if n <= 12 and n not in taken}
        assert kept <= set(found)
        lowest = [n for n in range(50) if n not in taken | kept][: len(rows) - len(kept)]
        assert set(found) == kept | set(lowest)

    @given(foreign_rows(), st.randoms(use_true_random=False))
    def test_numbers_depend_on_the_trials_alone(
        self, rows: list[list[Any]], random: random.Random
    ) -> None:
        """In whatever order they come, and if some of them came before where none is in the way."""
        whole = {row[1]: row[0] for row in numbered(rows, lambda _: True, 0)}
        random.shuffle(rows)
        assert {row[1]: row[0] for row in numbered(rows, lambda _: True, 0)} == whole

    @given(finished_trials())
    @settings(max_examples=60)
    def test_a_row_and_a_run_give_the_trial_back(self, trial: FrozenTrial) -> None:
        """As JSON in the journal, and as the record of a run, nothing of a trial is lost."""
        known = Distributions()
        row = json.loads(json.dumps(row_of(trial, "1" * 20, known)))
        assert trial_of(row, trial._trial_id, known) == trial
        record = json.loads(json.dumps(facts_of(trial, "1" * 20, ["a", "b"], known)))
        record["number"] = 0
        run = trial_run("tune", record)
        stored = decode_run(encode_run(run, logged={}), record["params"].encode())
        points = [MetricPoint(s, 0.0, v) for s, v in trial.intermediate_values.items()]
        row = row_of_run(stored, points, known := Distributions())
        assert row is not None
        read = trial_of(row, trial._trial_id, known)
        read.number = trial.number
        assert read == trial


def test_a_failed_trial_says_why(repository: Path) -> None:
    """The error of an objective is kept in one line, and so is a value that is none."""

    def objective(trial: optuna.Trial) -> float:
        if trial.number == 0:
            raise ValueError("no data\nin line 2")
        return math.nan if trial.number == 1 else 1.0

    with GitStorage(repository) as storage:
        study = optuna.create_study(study_name="tune", storage=storage)
        study.optimize(objective, n_trials=3, catch=(ValueError,))
        told = study.ask()
        study.tell(told, state=TrialState.FAIL)
    with ExperimentTracker(repository, capture=False) as tracker:
        reasons = study_report(tracker, "tune").sections[-1].blocks[-1]
    assert isinstance(reasons, Table)
    assert {row[0]: row[2] for row in reasons.rows} == {
        "ValueError: no data in line 2": "#0",
        "The value nan is not acceptable": "#1",
        "no reason was recorded": "#3",
    }


def test_a_pruned_trial_is_told_from_one_that_failed(repository: Path) -> None:
    """A report counts pruned trials by themselves, and not among those that finished."""

    def objective(trial: optuna.Trial) -> float:
        if trial.number:
            raise optuna.TrialPruned
        return 1.0

    with GitStorage(repository) as storage:
        study = optuna.create_study(study_name="tune", storage=storage)
        study.optimize(objective, n_trials=3)
    with ExperimentTracker(repository, capture=False) as tracker:
        sections = study_report(tracker, "tune").sections
    assert isinstance(sections[0].blocks[0], Facts)
    assert dict(sections[0].blocks[0].rows)["trials"] == "2 pruned, 1 finished"
    assert sections[-1].title == "Pruned trials"
