"""Whole runs logged in bulk are the runs that a script would have logged, and there once."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from witness import fsck as git_fsck
from witness import git, new_repository, refs
from workers import problems

from gittrack.demo import synthetic
from gittrack.errors import GittrackError, RepositoryError, UsageError, ValueRefusedError
from gittrack.runs.model import Run
from gittrack.runs.records import RunRecord, derived_run_id, whole_run
from gittrack.runs.series import read_series
from gittrack.tracking.tracker import ExperimentTracker

REF = "refs/exptrack/experiments/exp"
IDS = [derived_run_id("other", str(number)) for number in range(4100)]


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, capture=False, on_error="raise") as made:
        yield made


def recorded(tracker: ExperimentTracker, folder: Path) -> Run:
    """A run with all that a script can log, sealed."""
    parent = tracker.start_run("exp", "first", config={"a": 1})
    parent.end()
    run = tracker.start_run("exp", "second", {"team": "x"}, {"b": [1, {"c": 0.5}]}, parent)
    run.log_params({"seed": 7, "nested": {"d": None}})
    for step in range(3):
        run.log_metrics({"loss": 1 / (step + 1), "odd/key !": math.nan}, step)
    run.log_metric("accuracy", 0.75)
    run.log_metric("once", 2.0, step=9)
    run.log_note("looks\ngood")
    run.log_validation("ttpt", False, 3, {"rate": 0.25})
    run.log_validation("ttpt", True)
    for name in ("a.txt", "plots/b.txt"):
        (folder / "file").write_text(f"content of {name}\n")
        tracker.log_artifact(folder / "file", name, run=run)
    run.end("FAILED")
    tracker.seal()
    return tracker.get_run(run.run_id)


def record_of(tracker: ExperimentTracker, run: Run, folder: Path) -> RunRecord:
    """The same run, as one who imports it would give it."""
    artifacts = []
    for one in run.artifacts:
        file = folder / one.sha256
        file.write_bytes(tracker.get_artifact(run, one.path))
        artifacts.append((one.path, file))
    logged = {key: run.params[key] for key in ("seed", "nested") if key in run.params}
    return RunRecord(
        run_id=run.run_id,
        run_name=run.run_name,
        status=run.status,
        start_time=run.start_time,
        end_time=run.end_time,
        config={key: value for key, value in run.params.items() if key not in logged},
        params={str(key): value for key, value in logged.items()},
        metrics={key: tracker.get_metric_history(run, key) for key in run.metrics},
        tags=run.tags,
        notes=run.notes,
        parent_run_id=run.parent_run_id,
        validations=run.validations,
        artifacts=artifacts,
        host=run.host,
    )


def folder_of(repository: Path, run_id: str) -> str:
    """The id of the tree that a run's directory is."""
    lines = git(repository, "ls-tree", "-r", "-d", "-t", REF).splitlines()
    [found] = [line.split()[2] for line in lines if line.endswith(f"/{run_id}")]
    return found


def test_it_is_the_run_that_a_script_would_have_logged(
    tracker: ExperimentTracker, repository: Path, tmp_path: Path
) -> None:
    """Its directory is the same to the last byte: record, config, histories, artifacts."""
    second = recorded(tracker, tmp_path)
    first = tracker.get_run(str(second.parent_run_id))
    other = new_repository(tmp_path / "other", commit=True)
    with ExperimentTracker(other, capture=False) as importer:
        records = [record_of(tracker, run, tmp_path) for run in (first, second)]
        assert importer.log_runs("exp", records) == [first.run_id, second.run_id]
        assert importer.get_run(second.run_id) == second
        history = importer.get_metric_history(second.run_id, "loss")
        assert history == tracker.get_metric_history(second.run_id, "loss")
        assert importer.get_artifact(second.run_id, "plots/b.txt") == b"content of plots/b.txt\n"
    for run in (first, second):
        assert folder_of(other, run.run_id) == folder_of(repository, run.run_id)
    assert git_fsck(other) == ""
    assert problems(other) == []


def test_what_is_there_is_left_as_it_is(tracker: ExperimentTracker, repository: Path) -> None:
    """The same call once more moves no ref; with more runs, only those are recorded."""
    runs = [RunRecord(run_id=IDS[number], params={"n": number}) for number in range(5)]
    assert tracker.log_runs("exp", runs[:3]) == IDS[:3]
    before = refs(repository)
    changed = [replace(run, params={"n": "other"}) for run in runs[:3]]
    assert tracker.log_runs("exp", changed) == IDS[:3]
    assert tracker.log_runs("elsewhere", changed) == IDS[:3]
    assert refs(repository) == before
    assert tracker.log_runs("exp", [runs[4], *changed, runs[3], runs[4]]) == [
        IDS[4],
        *IDS[:3],
        IDS[3],
        IDS[4],
    ]
    found = {run.run_id: run.params["n"] for run in tracker.list_runs("exp")}
    assert found == {IDS[number]: number for number in range(5)}
    assert problems(repository) == []


def test_a_live_run_of_that_id_is_left_alone(tracker: ExperimentTracker) -> None:
    """What its own process logs is not recorded a second time."""
    live = tracker.start_run("exp", config={"a": 1})
    assert tracker.log_runs("exp", [{"run_id": live.run_id}]) == [live.run_id]
    live.log_metric("loss", 1.0)
    live.end()
    [run] = tracker.list_runs("exp")
    assert run.metrics == {"loss": 1.0}


def test_two_who_import_the_same_runs_record_them_once(repository: Path) -> None:
    """Two processes at one time; whoever comes second finds the runs of the first."""
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with ExperimentTracker(repository, capture=False) as tracker:
                    for start in range(0, 40, 4):
                        tracker.log_runs("exp", [{"run_id": one} for one in IDS[start : start + 4]])
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    with ExperimentTracker(repository, capture=False) as tracker:
        assert sorted(run.run_id for run in tracker.list_runs("exp")) == sorted(IDS[:40])
    assert problems(repository) == []


@pytest.mark.slow
def test_a_killed_import_goes_on_where_it_was(repository: Path) -> None:
    """Whole groups are there, written while the rest was not yet read; then all are, once."""

    def runs(last: int) -> Iterator[dict[str, Any]]:
        for number in range(4100):
            if number == last:
                os.kill(os.getpid(), signal.SIGKILL)
            yield {"run_id": IDS[number], "params": {"n": number}}

    child = os.fork()
    if child == 0:
        try:
            ExperimentTracker(repository, capture=False).log_runs("exp", runs(2500))
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with ExperimentTracker(repository, capture=False) as tracker:
        assert tracker.count_runs("exp") == 2000
        assert tracker.log_runs("exp", runs(-1)) == IDS
        assert tracker.count_runs("exp") == 4100
        numbers = sorted(run.number or 0 for run in tracker.list_runs("exp"))
    assert len(set(numbers)) == 4100
    assert git(repository, "rev-list", "--count", REF) == "3"  # 2,000, 2,000 and 100
    assert git_fsck(repository) == ""


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"params": {"a": {"b": {1, 2}}}}, r"params\.a\.b"),
    ({"config": {"c": b"x"}}, "c: "),
    ({"metrics": {"loss": "high"}}, "the metric 'loss' is no number: str"),
    ({"metrics": {"loss": [(0, 1.0, "x")]}}, "the metric 'loss' is no number: str"),
    ({"metrics": {"loss": [(0.5, 1.0, 1.0)]}}, "a step of the metric 'loss' is no whole number"),
    ({"metrics": {"loss": [(0, math.nan, 1.0)]}}, r"metrics\.loss is no time: 'nan'"),
    ({"metrics": {"loss": [1.0, 2.0]}}, r"'loss' is no \(step, time, value\)"),
    ({"metrics": {"": 1.0}}, "a metric's name"),
    ({"tags": {"t": "\ud800"}}, "tags"),
    ({"notes": [1]}, "notes is a text, not int"),
    ({"start_time": "yesterday"}, "start_time is no time: 'yesterday'"),
    ({"start_time": 1.7e15}, "not of the years 1000 to 9999"),
    ({"status": "RUNNING"}, "ends as FINISHED, FAILED or KILLED, not 'RUNNING'"),
    ({"run_id": "../x"}, "a run_id is 20 hex digits"),
    ({"parent_run_id": "A" * 20}, "a parent_run_id is 20 hex digits"),
    ({"trial_number": -1}, "a trial_number is a whole number"),
    ({"performance": {"value": "x"}}, "the performance value is no number"),
    ({"validations": [{"name": "a"}]}, "a validation has a name"),
    ({"artifacts": [("../out", "/dev/null")]}, "../out"),
    ({"artifacts": ["a.txt"]}, "an artifact is a pair"),
    ({"params": 5}, "params is a mapping, not int"),
    ({"metrics": [1.0]}, "metrics is a mapping, not list"),
    ({"validations": 3}, "validations is a list, not int"),
    ({"artifacts": [("a", __file__), ("a/b", __file__)]}, "of a file and of a folder"),
    ({"artifacts": [("a", __file__), ("a", __file__)]}, "two artifacts 'a'"),
]


@pytest.mark.parametrize(
    ("bad", "message"),
    REFUSED,
    ids=[f"{next(iter(bad))}{n}" for n, (bad, _) in enumerate(REFUSED)],
)
def test_a_refused_value_names_its_run(
    tracker: ExperimentTracker, repository: Path, bad: dict[str, Any], message: str
) -> None:
    """Nothing of its group is recorded, and no ref moves."""
    before = refs(repository)
    runs = [{"params": {"x": 1}}, {"run_name": "the bad one", **bad}]
    with pytest.raises((ValueRefusedError, UsageError), match=message) as caught:
        tracker.log_runs("exp", runs)
    assert str(caught.value).startswith("run 2 ('the bad one'): ")
    assert "\n" not in str(caught.value)
    assert refs(repository) == before
    assert tracker.list_runs() == []


@pytest.mark.parametrize("given", [{"nme": 1}, ["run"], None], ids=["name", "list", "none"])
def test_what_is_no_run_is_refused(tracker: ExperimentTracker, given: Any) -> None:
    """The error says which one it was."""
    with pytest.raises(UsageError, match=r"^run 1: a run (has no 'nme'|is a mapping)"):
        tracker.log_runs("exp", [given])


def test_a_file_that_is_not_there_keeps_its_group_out(
    tracker: ExperimentTracker, repository: Path, tmp_path: Path
) -> None:
    """The error names the file."""
    runs = [{"params": {"x": 1}}, {"artifacts": [("model.bin", tmp_path / "missing.bin")]}]
    with pytest.raises(GittrackError, match=r"missing\.bin"):
        tracker.log_runs("exp", runs)
    assert refs(repository, "refs/exptrack/experiments/") == {}


def test_contents_do_not_wait_when_they_are_in_git(
    tracker: ExperimentTracker, repository: Path, tmp_path: Path
) -> None:
    """Two runs share one; the waiting room is empty afterwards, and both can be read."""
    (tmp_path / "plot.svg").write_text("<svg/>")
    ids = tracker.log_runs("exp", [{"artifacts": [("plot.svg", tmp_path / "plot.svg")]}] * 2)
    assert [tracker.get_artifact(run_id, "plot.svg") for run_id in ids] == [b"<svg/>"] * 2
    waiting = [path for path in (repository / ".git/exptrack").rglob("*") if path.is_file()]
    assert not [path for path in waiting if path.read_bytes() == b"<svg/>"]
    assert problems(repository) == []


def test_what_is_not_said_has_a_meaning(tracker: ExperimentTracker) -> None:
    """A name from the number, now as the start, no end, parameters as the config; trials too."""
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    ids = tracker.log_runs(
        "exp",
        [
            {"params": {"lr": 0.1}, "metrics": {"empty": []}, "notes": "one"},
            {"trial_number": 3, "performance": 0.5, "details": {"why": ["x"]}, "tags": {"a": None}},
        ],
    )
    first, second = map(tracker.get_run, ids)
    assert (first.run_name, first.number, second.run_name, second.number) == (
        "exp-1",
        1,
        "exp-2",
        2,
    )
    assert before <= first.start_time <= datetime.now(UTC)
    assert (first.end_time, first.status, first.metrics, first.notes) == (
        None,
        "FINISHED",
        {},
        ("one",),
    )
    assert first.params == {"lr": 0.1}
    assert first.config_id is not None
    assert (second.trial_number, second.performance) == (3, {"value": 0.5})
    assert (second.details, second.tags, second.config_id) == ({"why": ["x"]}, {}, None)
    assert [run.run_id for run in tracker.get_trials("exp")] == [ids[1]]
    with tracker.start_run("exp") as run:
        pass
    assert tracker.get_run(run.run_id).number == 3


def test_nothing_is_recorded_of_no_runs(tracker: ExperimentTracker, repository: Path) -> None:
    """Not even the experiment."""
    assert tracker.log_runs("exp", []) == []
    assert refs(repository, "refs/exptrack/experiments/") == {}


def test_git_that_cannot_write_is_an_error(repository: Path) -> None:
    """It is raised also where a script's own runs would only warn."""
    with ExperimentTracker(repository, capture=False) as tracker:
        (repository / ".git/objects/pack").rmdir()
        (repository / ".git/objects/pack").write_text("no folder")
        with pytest.raises(RepositoryError):
            tracker.log_runs("exp", [{"params": {"x": 1}}])


@pytest.mark.slow
def test_synthetic_runs_are_the_same_for_a_seed(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """As many as asked for, with the same trees; once more changes nothing."""
    ids = synthetic.fill(tracker, 64, seed=3)
    assert len(set(ids)) == 64 == tracker.count_runs()
    assert synthetic.fill(tracker, 64, seed=3) == ids
    assert tracker.count_runs() == 64
    assert set(ids).isdisjoint(synthetic.fill(tracker, 10, seed=4))
    other = new_repository(tmp_path / "other")
    with ExperimentTracker(other, capture=False) as another:
        synthetic.fill(another, 64, seed=3)
        assert [another.get_run(one) for one in ids] == [tracker.get_run(one) for one in ids]
    assert problems(other) == []


MOMENTS = st.integers(0, 4_000_000_000_000_000)
POINTS = st.lists(
    st.tuples(st.none() | st.integers(-(2**63), 2**63), MOMENTS, st.floats()), min_size=2
)


@given(MOMENTS, POINTS)
def test_a_history_keeps_every_value(started: int, points: list[tuple[Any, int, float]]) -> None:
    """Steps and values exactly, times to the microsecond from the run's start, also before it."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    record = RunRecord(
        start_time=epoch + timedelta(microseconds=started),
        metrics={"m": [(s, epoch + timedelta(microseconds=t), v) for s, t, v in points]},
    )
    whole = whole_run(record, "exp", 0, 1)
    found = list(read_series(whole.histories["m"], 0.0))
    assert [(p.step, repr(p.value)) for p in found] == [(s, repr(v)) for s, _, v in points]
    offsets = [time - started for _, time, _ in points]
    assert [round(p.time * 1e6) for p in found] == offsets
    assert whole.state.metrics["m"].count == len(points)


@given(st.lists(st.text(st.characters()), max_size=3))
def test_a_derived_id_stands_for_its_names(names: list[str]) -> None:
    """It is one of a run, the same each time, and another one for other names."""
    found = derived_run_id(*names)
    assert whole_run(RunRecord(run_id=found), "exp", 0, 1).state.run_id == found
    assert derived_run_id(*names) == found != derived_run_id(*names, "x")
