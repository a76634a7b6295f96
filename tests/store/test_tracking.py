"""Runs from start to seal, read back by us and by plain git."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from places import PLACES, Maker
from witness import (
    files_in,
    footprint,
    fsck,
    git,
    install_failing_hooks,
    put_tree,
    read_blob,
    refs,
    sha256sum,
)

from gittrack.errors import (
    AmbiguousError,
    DataError,
    NotFoundError,
    UsageError,
    ValueRefusedError,
)
from gittrack.runs.model import MetricPoint
from gittrack.tracking.tracker import ExperimentTracker

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise") as tracker:
        yield tracker


def journal(folder: Path) -> list[str]:
    path = Path(git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    return sorted(p.name for p in (path / "exptrack/journal").glob("*") if p.name[0] != ".")


def script(folder: Path, body: str, *arguments: str) -> subprocess.Popen[str]:
    """A program with a tracker `t` on a repository."""
    lines = [
        "import os, sys, time, threading",
        "from gittrack.tracking.tracker import ExperimentTracker",
        "t = ExperimentTracker(sys.argv[1], on_error='raise')",
        body,
    ]
    return subprocess.Popen(
        (sys.executable, "-c", "\n".join(lines), str(folder), *arguments),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_run_is_files_in_git(tracker: ExperimentTracker, repository: Path) -> None:
    """Plain git and PyYAML show all of it; `config.yaml` hashes to the config's id."""
    config = {"lr": 0.1, "model": {"depth": 3}}
    run = tracker.start_run("exp", "first", tags={"kind": "test"}, config=config)
    run.log_params({"seed": 1})
    for step in range(3):
        run.log_metrics({"loss": 1 / (step + 1), "train/acc": step / 10}, step=step)
    run.log_metric("final", 0.5)
    run.log_note("looks good")
    tracker.end_run(run=run)
    ref = "refs/exptrack/experiments/exp"
    files = files_in(repository, ref)
    [place] = {path.rpartition("/")[0] for path in files if path.endswith("run.yaml")}
    assert {path.removeprefix(f"{place}/") for path in files if path.startswith(place)} == {
        "run.yaml",
        "config.yaml",
        "environment.yaml",
        "metrics/loss.csv",
        "metrics/train/acc.csv",
    }
    record = yaml.safe_load(read_blob(repository, f"{ref}:{place}/run.yaml"))
    assert record["id"] == run.run_id
    assert record["status"] == "FINISHED"
    assert record["metrics"]["final"] == 0.5
    assert record["metrics"]["loss"]["min"] == pytest.approx(1 / 3)
    assert yaml.safe_load(read_blob(repository, f"{ref}:{place}/config.yaml")) == config
    lines = read_blob(repository, f"{ref}:{place}/metrics/loss.csv").decode().splitlines()
    assert lines[0] == "step,time,value"
    assert [line.split(",")[::2] for line in lines[1:]] == [
        ["0", "1.0"],
        ["1", "0.5"],
        ["2", repr(1 / 3)],
    ]
    assert journal(repository) == []


def test_a_run_is_the_same_live_and_sealed(tracker: ExperimentTracker) -> None:
    """What is read while it runs is what is read afterwards, but for its end."""
    run = tracker.start_run("exp", tags={"a": 1}, config={"x": 1})
    run.log_params({"y": [1, 2.0, None]})
    run.log_metrics({"m": 1.5, "n": 2}, step=3)
    run.log_metrics({"m": math.inf, "n": math.nan}, step=1)
    run.log_validation("check", False, 2, {"rate": 0.5})
    live = tracker.get_run(run.run_id)
    points = tracker.get_metric_history(run, "m")
    assert live.status == "RUNNING"
    assert live.end_time is None
    assert live.metrics == {"m": 1.5, "n": 2.0}
    run.end()
    sealed = tracker.get_run(run.run_id)
    assert (sealed.status, sealed.params) == ("FINISHED", {"x": 1, "y": [1, 2.0, None]})
    assert sealed.metrics == live.metrics
    assert sealed.tags == live.tags == {"a": "1"}
    assert [v.num_violations for v in sealed.validations] == [2]
    assert sealed.start_time == live.start_time
    again = tracker.get_metric_history(run, "m")
    assert [(p.step, p.value) for p in again] == [(3, 1.5), (1, math.inf)]
    assert [p.time for p in again] == pytest.approx([p.time for p in points], abs=1e-6)
    assert isinstance(again[0], MetricPoint)


def test_values_as_a_data_scientist_has_them(tracker: ExperimentTracker) -> None:
    """NumPy scalars and arrays of one, integers, NaN, repeated steps, thousands of keys."""
    run = tracker.start_run("exp")
    run.log_metric("m", np.float32(0.5), step=np.int64(2))
    run.log_metric("m", np.array(0.25), step=2)
    run.log_metric("m", 3)
    run.log_metric("nan", float("nan"))
    run.log_metrics({f"layer/{n}/norm": n * 0.5 for n in range(3000)}, step=0)
    run.log_metrics({f"layer/{n}/norm": n * 0.25 for n in range(3000)}, step=1)
    for bad in ("x", None, [1, 2]):
        with pytest.raises(ValueRefusedError, match="is no number"):
            run.log_metric("bad", bad)  # type: ignore[arg-type]
    with pytest.raises(ValueRefusedError, match="whole number"):
        run.log_metric("m", 1.0, step=0.5)  # type: ignore[arg-type]
    run.end()
    found = tracker.get_run(run.run_id)
    assert found.metrics["m"] == 0.25
    assert math.isnan(found.metrics["nan"])
    assert found.metrics["layer/2999/norm"] == 749.75
    assert len(found.metrics) == 3002
    points = tracker.get_metric_history(run, "layer/7/norm")
    assert [point.value for point in points] == [3.5, 1.75]


def test_no_folder_grows_without_limit(tracker: ExperimentTracker, repository: Path) -> None:
    """Neither thousands of metrics nor thousands of runs fill one folder."""
    run = tracker.start_run("exp")
    for step in range(2):
        run.log_metrics({f"key{n}": float(n) for n in range(4000)}, step=step)
    run.end()
    tracker.log_trials("study", [{"trial_number": n, "params": {"x": n}} for n in range(3500)])
    for ref in refs(repository, "refs/exptrack/experiments/"):
        entries: dict[str, set[str]] = {}
        for path in files_in(repository, ref):
            parts = path.split("/")
            for depth in range(len(parts)):
                entries.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
        assert max(map(len, entries.values())) <= 3000


def test_parameters_do_not_change(tracker: ExperimentTracker) -> None:
    """The error shows both values; the same value again is no error."""
    run = tracker.start_run("exp")
    run.log_params({"lr": 0.1, "seed": 1})
    run.log_param("lr", 0.1)
    with pytest.raises(UsageError, match=r"lr was logged as 0\.1, and cannot become 0\.2"):
        run.log_params({"new": 1, "lr": 0.2})
    with pytest.raises(UsageError, match=r"seed was logged as 1, and cannot become 1\.0"):
        run.log_param("seed", 1.0)
    run.end()
    assert tracker.get_run(run.run_id).params == {"lr": 0.1, "seed": 1}


def test_an_ended_run_takes_no_more(tracker: ExperimentTracker) -> None:
    """Metrics are refused; tags, notes and validations are added to what is sealed."""
    run = tracker.start_run("exp", tags={"a": 1, "b": 2})
    run.end()
    with pytest.raises(UsageError, match="has ended"):
        run.log_metric("m", 1.0)
    with pytest.raises(UsageError, match="has ended"):
        run.end()
    tracker.set_tags({"b": None, "c": 3}, run=run)
    tracker.log_note("later", run=run.run_id)
    tracker.log_ttpt_result(run, passed=True)
    found = tracker.get_run(run.run_id)
    assert found.tags == {"a": "1", "c": "3"}
    assert found.notes == ("later",)
    assert [(v.name, v.passed) for v in found.validations] == [("ttpt", True)]


def test_an_exception_fails_the_run(tracker: ExperimentTracker) -> None:
    """And is raised on; the note says what it was. Ctrl-C kills the run."""
    with pytest.raises(ZeroDivisionError), tracker.run("exp") as run:
        run.log_metric("m", 1 / 0)
    found = tracker.get_run(run.run_id)
    assert (found.status, found.notes) == ("FAILED", ("ZeroDivisionError: division by zero",))
    with pytest.raises(KeyboardInterrupt), tracker.run("exp") as run:
        raise KeyboardInterrupt
    assert tracker.get_run(run.run_id).status == "KILLED"


def test_a_dead_process_loses_nothing(tracker: ExperimentTracker, repository: Path) -> None:
    """Its run is live until it dies, and is closed as KILLED by whoever comes next."""
    child = script(
        repository,
        "r = t.start_run('exp', config={'a': 1}); r.log_params({'b': 2})\n"
        "for n in range(1000): r.log_metric('m', n, step=n)\n"
        "print(r.run_id, flush=True); time.sleep(60)",
    )
    assert child.stdout is not None
    run_id = child.stdout.readline().strip()
    assert tracker.seal() == 0
    assert tracker.get_run(run_id).status == "RUNNING"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert tracker.seal() == 1
    found = tracker.get_run(run_id)
    assert (found.status, found.metrics, found.params) == ("KILLED", {"m": 999.0}, {"a": 1, "b": 2})
    assert found.end_time is not None
    assert len(tracker.get_metric_history(run_id, "m")) == 1000
    assert journal(repository) == []


def test_a_forked_child_logs_to_the_same_run(tracker: ExperimentTracker) -> None:
    """What a forked worker logs is part of the run, and the run waits for it to end."""
    run = tracker.start_run("exp")
    run.log_metric("parent", 1.0)
    child = os.fork()
    if child == 0:
        run.log_metric("child", 2.0)
        os._exit(0)
    os.waitpid(child, 0)
    run.log_metric("parent", 3.0)
    run.end()
    assert tracker.get_run(run.run_id).metrics == {"parent": 3.0, "child": 2.0}


def test_threads_and_processes_share_an_experiment(repository: Path) -> None:
    """Two processes with two threads each, and every run is there, once, with its own number."""
    body = (
        "def work(k):\n"
        "    for n in range(15):\n"
        "        r = t.start_run('exp'); r.log_metric('m', n); r.end()\n"
        "ts = [threading.Thread(target=work, args=(k,)) for k in range(2)]\n"
        "[x.start() for x in ts]; [x.join() for x in ts]; t.close()"
    )
    children = [script(repository, body) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    with ExperimentTracker(repository) as tracker:
        runs = tracker.list_runs("exp")
        assert len({run.run_id for run in runs}) == len(runs) == 60
        assert sorted(run.number or 0 for run in runs) == list(range(1, 61))
    assert journal(repository) == []
    assert fsck(repository) == ""


def test_a_checkpoint_shows_a_live_run_in_git(tracker: ExperimentTracker, repository: Path) -> None:
    """It goes on, and its end replaces what was sealed in between: it is there once."""
    run = tracker.start_run("exp")
    run.log_metric("m", 1.0)
    tracker.checkpoint(run)
    ref = "refs/exptrack/experiments/exp"
    [path] = [path for path in files_in(repository, ref) if path.endswith("run.yaml")]
    assert yaml.safe_load(read_blob(repository, f"{ref}:{path}"))["status"] == "RUNNING"
    run.log_metric("m", 2.0)
    run.end()
    assert [path] == [path for path in files_in(repository, ref) if path.endswith("run.yaml")]
    assert [run.metrics for run in tracker.list_runs()] == [{"m": 2.0}]


def test_trials(tracker: ExperimentTracker, repository: Path) -> None:
    """One by one and in bulk; each is a run with a number, parameters and objective values."""
    run_id = tracker.log_trial(
        "study", 0, {"lr": 0.1}, {"sharpe": 1.5}, strategy_code="def f(): ...\n"
    )
    assert tracker.get_trials("study")[0].run_id == run_id  # before anything is sealed
    ids = tracker.log_trials(
        "study",
        ({"trial_number": n, "params": {"lr": n / 10}, "performance": n / 2} for n in range(1, 4)),
    )
    tracker.close()
    trials = tracker.get_trials("study")
    assert [trial.run_id for trial in trials] == [run_id, *ids]
    assert [trial.trial_number for trial in trials] == [0, 1, 2, 3]
    assert trials[0].performance == {"sharpe": 1.5}
    assert trials[0].details["strategy_code"] == "def f(): ...\n"
    assert trials[3].performance == {"value": 1.5}
    assert trials[3].params == {"lr": 0.3}
    assert journal(repository) == []
    for given in ({"trial_number": -1}, {"trial_number": 1, "pramas": {}}, {"params": {}}):
        with pytest.raises(UsageError):
            tracker.log_trials("study", [given])
    assert len(tracker.get_trials("study")) == 4


def test_experiments(tracker: ExperimentTracker) -> None:
    """Named by name or id, described, tagged, summarised."""
    identity = tracker.create_experiment("My Exp", "lstm", "auto", {"a": 1}, tags={"k": 1})
    assert identity == tracker.create_experiment("My Exp", description="described")
    run = tracker.start_run(identity)
    run.end()
    found = tracker.get_run(run.run_id)
    assert (found.experiment_name, found.experiment_id) == ("My Exp", identity)
    tracker.log_experiment_summary(identity, {"best": 1.5})
    tracker.log_strategy_metadata("My Exp", {"template": "momentum"})
    tracker.update_experiment(identity, tags={"k": None, "m": 2})
    known = tracker.get_experiment("My Exp")
    assert (known.description, known.tags, known.summary) == (
        "described",
        {"m": "2"},
        {"best": 1.5},
    )
    assert known.facts["strategy"] == {"template": "momentum"}
    assert [one.name for one in tracker.list_experiments()] == ["My Exp"]
    with pytest.raises(NotFoundError):
        tracker.get_experiment("other")


def test_the_code_of_a_run(tracker: ExperimentTracker, repository: Path) -> None:
    """The exact work tree at its start, dirty as it was, survives a rebase and `gc`."""
    (repository / "train.py").write_text("print('changed')\n")
    (repository / "new.py").write_text("1\n")
    (repository / ".env").write_text("TOKEN=abc\n")
    with tracker.run("exp") as run:
        pass
    code = tracker.get_run(run.run_id).code_version
    assert code is not None
    assert (code.branch, code.dirty) == ("main", True)
    assert code.head == git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "-q", "--amend", "--allow-empty", "-m", "rewritten")
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "-q", "--prune=now")
    assert files_in(repository, f"{code.commit}").keys() == {"train.py", "new.py"}
    assert read_blob(repository, f"{code.commit}:train.py") == b"print('changed')\n"
    assert git(repository, "cat-file", "-t", code.head) == "commit"


def test_artifacts(tracker: ExperimentTracker, repository: Path, tmp_path: Path) -> None:
    """Small ones lie in git, a large one in Git LFS's store with a pointer in git; all are kept
    from the moment that they are logged."""
    small, large = tmp_path / "small.txt", tmp_path / "large.bin"
    small.write_text("hello\n")
    large.write_bytes(os.urandom(2 << 20))
    (tmp_path / "folder/deep").mkdir(parents=True)
    (tmp_path / "folder/deep/a.txt").write_text("a\n")
    digest = sha256sum(large)
    run = tracker.start_run("exp")
    tracker.log_artifact(small, artifact_type="notes")
    tracker.log_artifact(large, "models/large.bin")
    tracker.log_artifacts(tmp_path / "folder", "plots")
    small.unlink()
    large.unlink()
    with pytest.raises(UsageError):
        tracker.log_artifact(tmp_path / "folder/deep/a.txt", "../outside")
    run.end()
    found = {artifact.path: artifact for artifact in tracker.get_run(run.run_id).artifacts}
    assert {path: one.store for path, one in found.items()} == {
        "small.txt": "git",
        "models/large.bin": "lfs",
        "plots/deep/a.txt": "git",
    }
    assert found["small.txt"].artifact_type == "notes"
    assert found["models/large.bin"].sha256 == digest
    ref = "refs/exptrack/experiments/exp"
    [place] = [p.rpartition("/")[0] for p in files_in(repository, ref) if p.endswith("run.yaml")]
    assert read_blob(repository, f"{ref}:{place}/artifacts/small.txt") == b"hello\n"
    pointer = read_blob(repository, f"{ref}:{place}/artifacts/models/large.bin").decode()
    assert f"oid sha256:{digest}\n" in pointer
    kept = repository / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest
    assert sha256sum(kept) == digest


def test_shortcuts_for_a_script(repository: Path) -> None:
    """One run without naming a tracker; the end of the program ends it, an exception fails it."""
    body = "import gittrack\nr = gittrack.start_run('exp')\ngittrack.log_metric('m', 1, step=0)\n"
    for ending in ("", "raise ValueError('no')", "raise KeyboardInterrupt"):
        done = subprocess.run(
            (sys.executable, "-c", f"{body}print(r.run_id, flush=True)\n{ending}"),
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        with ExperimentTracker(repository) as tracker:
            found = tracker.get_run(done.stdout.strip())
            expected = {"": "FINISHED", "raise ValueError('no')": "FAILED"}
            assert found.status == expected.get(ending, "KILLED"), done.stderr
            assert found.metrics == {"m": 1.0}
    assert journal(repository) == []


def test_deleted_runs_come_back(tracker: ExperimentTracker, repository: Path) -> None:
    """With everything that they had; the history says who deleted what."""
    runs = []
    for value in (1.0, 2.0):
        with tracker.run("exp") as run:
            run.log_metric("m", value, step=0)
            run.log_metric("m", value, step=1)
        runs.append(run.run_id)
    tracker.delete_run(runs[0])
    assert [run.run_id for run in tracker.list_runs("exp")] == [runs[1]]
    with pytest.raises(NotFoundError):
        tracker.get_run(runs[0])
    assert f"Deleted-Run: {runs[0]}" in git(repository, "log", "refs/exptrack/experiments/exp")
    assert tracker.restore_run(runs[0][:6]).metrics == {"m": 1.0}
    assert len(tracker.get_metric_history(runs[0], "m")) == 2
    with pytest.raises(NotFoundError, match="no deleted run"):
        tracker.restore_run(runs[0])
    tracker.delete_run(*runs)
    with pytest.raises(AmbiguousError):
        tracker.restore_run("")
    assert {tracker.restore_run(run).run_id for run in runs} == set(runs)


def test_a_deletion_that_came_by_a_merge(tracker: ExperimentTracker, repository: Path) -> None:
    """What another clone deleted is listed, and comes back, after its history was merged."""
    ref = "refs/exptrack/experiments/exp"
    with tracker.run("exp") as gone:
        gone.log_metric("m", 1.0)
    before = git(repository, "rev-parse", ref)
    tracker.delete_run(gone.run_id)
    theirs = git(repository, "rev-parse", ref)
    git(
        repository,
        "update-ref",
        ref,
        git(repository, "commit-tree", f"{before}^{{tree}}", "-p", before, "-m", "x"),
    )
    parents = ("-p", git(repository, "rev-parse", ref), "-p", theirs)
    merged = git(repository, "commit-tree", f"{theirs}^{{tree}}", *parents, "-m", "Merge")
    git(repository, "update-ref", ref, merged)
    [deleted] = tracker.list_deleted_runs()
    assert (deleted.run.run_id, deleted.run.metrics) == (gone.run_id, {"m": 1.0})
    assert tracker.restore_run(deleted.run).metrics == {"m": 1.0}
    assert tracker.list_deleted_runs() == []


def test_deleted_runs_that_were_never_there(tracker: ExperimentTracker, repository: Path) -> None:
    """A commit that only says that it deleted a run, and a damaged one, hide no other."""
    ref = "refs/exptrack/experiments/exp"
    runs = []
    for _ in range(2):
        with tracker.run("exp") as run:
            pass
        runs.append(run.run_id)
    [path] = [p for p in files_in(repository, ref) if f"{runs[0]}/run.yaml" in p]
    put_tree(repository, ref, {path: b"not: a run\n"})
    tracker.delete_run(*runs)
    lie = git(
        repository, "commit-tree", f"{ref}^{{tree}}", "-p", ref, "-m", f"Deleted-Run: {'a' * 20}"
    )
    git(repository, "update-ref", ref, lie)
    with pytest.warns(UserWarning, match=f"the run {runs[0]} is damaged"):
        assert [one.run.run_id for one in tracker.list_deleted_runs()] == [runs[1]]


def test_a_damaged_run_does_not_take_the_listing_away(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """It is left out and told; asked for by its id, it is an error."""
    runs = []
    for _ in range(2):
        with tracker.run("exp") as run:
            pass
        runs.append(run.run_id)
    ref = "refs/exptrack/experiments/exp"
    [path] = [p for p in files_in(repository, ref) if f"{runs[0]}/run.yaml" in p]
    put_tree(repository, ref, {path: b"not: a run\n"})
    told: list[str] = []
    with ExperimentTracker(repository, warn=told.append) as other:
        assert [run.run_id for run in other.list_runs("exp")] == [runs[1]]
        assert runs[0] in told[0]
        with pytest.raises(DataError, match="damaged"):
            other.get_run(runs[0])


@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_recording_leaves_everything_else_alone(make: Maker, tmp_path: Path) -> None:
    """In every kind and state of a repository: HEAD, index, files, other refs, hooks."""
    place = make(tmp_path)
    install_failing_hooks(place, tmp_path / "ran")
    before = footprint(place)
    with ExperimentTracker(place, on_error="raise") as tracker:
        with tracker.run("exp", config={"a": 1}) as run:
            run.log_metric("m", 1.0)
        assert tracker.get_run(run.run_id).status == "FINISHED"
    assert footprint(place) == before
    assert not (tmp_path / "ran").exists()


def test_a_read_only_repository_stops_no_training(repository: Path) -> None:
    """One warning by default; the error itself where that was asked for."""
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    private = repository / ".git/exptrack"
    private.mkdir()
    private.chmod(0o500)
    told: list[str] = []
    tracker = ExperimentTracker(repository, warn=told.append)
    run = tracker.start_run("exp")
    for step in range(10):
        run.log_metric("m", 1.0, step=step)
    run.end()
    assert len(told) == 1


STORM = """
def work(k, count):
    for n in range(count):
        r = t.start_run('exp', config={'k': k, 'n': n})
        r.log_metrics({'a': n, 'b': k}); r.end()
threads, count = int(sys.argv[2]), int(sys.argv[3])
ts = [threading.Thread(target=work, args=(k, count)) for k in range(threads)]
[x.start() for x in ts]; [x.join() for x in ts]; t.close()
"""


@pytest.mark.slow
def test_two_hundred_and_fifty_runs_each_while_git_cleans_up(repository: Path) -> None:
    """8 processes and 4 threads in one more, while `gc --prune=now` and `repack` run in a loop:
    no error to any of them, and every run is there, once."""
    cleaning = subprocess.Popen(
        ("sh", "-c", "while :; do git gc -q --prune=now; git repack -adq; done"),
        cwd=repository,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        children = [script(repository, STORM, "1", "250") for _ in range(8)]
        children.append(script(repository, STORM, "4", "100"))
        assert [child.wait() for child in children] == [0] * 9
    finally:
        os.killpg(cleaning.pid, signal.SIGKILL)
        cleaning.wait()
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    with ExperimentTracker(repository) as tracker:
        runs = tracker.list_runs("exp")
    assert len({run.run_id for run in runs}) == len(runs) == 2400
    assert len({run.number for run in runs}) == 2400
    assert journal(repository) == []
    assert fsck(repository) == ""
    assert git(repository, "count-objects").startswith("0 objects")


KILLER = """
import os, signal
OPERATIONS = ("os.rename", "os.remove", "os.truncate", "os.mkdir", "os.link", "open")
left = int(sys.argv[2])
def watch(event, arguments):
    global left
    ours = str(arguments[0]).startswith(sys.argv[1]) if arguments else False
    if event == "subprocess.Popen" or (ours and event in OPERATIONS):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
acknowledged = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(watch)
for n in range(3):
    r = t.start_run('exp', config={'n': n})
    for step in range(3): r.log_metric('m', n, step=step)
    os.write(acknowledged, (r.run_id + '\\n').encode())
    r.end()
t.log_trial('exp', 0, {'x': 1}); t.close()
print(left)
"""


def killed_at(repository: Path, acknowledged: Path, moment: int) -> bool:
    """Run the script until its N-th file operation; whether it got that far."""
    child = script(repository, KILLER, str(moment), str(acknowledged))
    assert child.stdout is not None
    child.stdout.read()
    child.stdout.close()
    return child.wait() == -signal.SIGKILL


def check_all_there(repository: Path, acknowledged: Path) -> None:
    with ExperimentTracker(repository, on_error="raise") as tracker:
        tracker.seal()
        runs = {run.run_id: run for run in tracker.list_runs()}
        for run_id in acknowledged.read_text().split() if acknowledged.exists() else ():
            assert run_id in runs
            assert len(tracker.get_metric_history(run_id, "m")) == 3
        ref = "refs/exptrack/experiments/exp"
        if ref in refs(repository):
            paths = [p for p in files_in(repository, ref) if p.endswith("/run.yaml")]
            assert len({path.split("/")[-2] for path in paths}) == len(paths)
    assert journal(repository) == []
    assert fsck(repository) == ""


@pytest.mark.parametrize("moment", [1, 5, 12, 20, 28, 36, 44, 52])
def test_killed_at_a_file_operation(repository: Path, tmp_path: Path, moment: int) -> None:
    """Before a rename, an unlink, an open: what was acknowledged is there, once."""
    acknowledged = tmp_path / "acknowledged"
    killed_at(repository, acknowledged, moment)
    check_all_there(repository, acknowledged)


@pytest.mark.slow
def test_killed_at_every_file_operation(repository: Path, tmp_path: Path) -> None:
    """The same at every one of them, in one repository."""
    acknowledged = tmp_path / "acknowledged"
    moment = 1
    while killed_at(repository, acknowledged, moment):
        moment += 1
        with ExperimentTracker(repository, on_error="raise") as tracker:
            tracker.seal()  # otherwise more is left to be sealed than the next one gets to
        assert moment < 1000
    check_all_there(repository, acknowledged)


def test_one_artifact_name_is_a_file_or_a_folder(
    tracker: ExperimentTracker, tmp_path: Path
) -> None:
    """What git could not store side by side is refused when it is logged, not lost at the end."""
    file = tmp_path / "f"
    file.write_text("x")
    with tracker.run("e") as run:
        tracker.log_artifact(file, "a")
        tracker.log_artifact(file, "b/c")
        for name in ("a/b", "b"):
            with pytest.raises(UsageError, match="cannot be kept beside"):
                tracker.log_artifact(file, name)
        tracker.log_artifact(file, "a")  # the same name again is another content of it
    assert sorted(one.path for one in tracker.get_run(run.run_id).artifacts) == ["a", "b/c"]


def test_what_the_code_lacks_is_named(repository: Path) -> None:
    """Files that capture leaves out are in the run's environment, each with the reason."""
    (repository / ".env").write_text("TOKEN=1\n")
    with ExperimentTracker(repository) as tracker, tracker.run("e"):
        pass
    [path] = [
        one for one in files_in(repository, "refs/exptrack/experiments/e") if "environment" in one
    ]
    record = yaml.safe_load(git(repository, "show", f"refs/exptrack/experiments/e:{path}"))
    assert record["code_left_out"] == {".env": "looks like a secret"}
