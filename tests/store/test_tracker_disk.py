"""Runs on a disk that is full or read-only: training goes on, or stops with a clear error; what
was acknowledged before is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disks import fill, mounted, needs_root, remount
from witness import footprint, fsck, new_repository
from workers import problems

from gittrack.errors import GittrackError
from gittrack.tracking.tracker import ExperimentTracker

pytestmark = needs_root


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "16m") as folder:
        yield folder


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(300_000))
    return path


def failures(told: list[str]) -> list[str]:
    """The warnings, without that of an index that is kept in memory, which loses nothing."""
    return [line for line in told if "answering from memory" not in line]


def one_clear_line(error: GittrackError) -> str:
    assert len(str(error).splitlines()) == 1
    assert "Errno" not in str(error)
    return str(error).lower()


def log_until_full(log: Callable[[str], None]) -> int:
    """Log long values until one is refused; returns how many were not."""
    count = 0

    def go() -> None:
        nonlocal count
        for count in range(10_000):
            log(f"{count}:" + "x" * 5000)

    with pytest.raises(GittrackError, match="no space left") as caught:
        go()
    one_clear_line(caught.value)
    return count


def test_training_goes_on_when_the_disk_is_full(disk: Path, big: Path) -> None:
    """One warning, no error from any call of a training; what came before is there, and what is
    logged when there is room again."""
    folder = new_repository(disk / "r", commit=True)
    told: list[str] = []
    with ExperimentTracker(folder, warn=told.append) as tracker:
        run = tracker.start_run("exp", config={"a": 1})
        for step in range(5):
            run.log_metric("before", step, step=step)
        filler = fill(disk)
        for step in range(2000):
            run.log_metric("during", step, step=step)
        run.log_params({"long": "y" * 5000})
        run.set_tags({"tag": "z" * 5000})
        run.log_note("n" * 5000)
        tracker.log_artifact(big, run=run)
        tracker.log_trial("study", 1, {"x": "z" * 5000})
        tracker.checkpoint(run)
        other = tracker.start_run("another experiment", tags={"a": 1})
        other.log_metric("lost", 1.0)
        other.end("FAILED")
        assert len(failures(told)) == 1
        assert "no space left on device" in told[0]
        assert "make room" in told[0]
        filler.unlink()
        run.log_metric("after", 1.0)
        tracker.log_artifact(big, run=run)
        run.end()
        with tracker.run("exp") as later:
            later.log_metric("m", 1.0)
        found = tracker.get_run(run.run_id)
        assert (found.status, found.params["a"], found.metrics["after"]) == ("FINISHED", 1, 1.0)
        points = tracker.get_metric_history(run, "before")
        assert [point.value for point in points] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert [artifact.path for artifact in found.artifacts] == ["big.bin"]
        assert tracker.get_run(later.run_id).metrics == {"m": 1.0}
        assert len(failures(told)) == 1
    assert problems(folder) == []
    assert fsck(folder) == ""


def test_a_run_started_on_a_full_disk_is_recorded_when_there_is_room(disk: Path) -> None:
    """It is told that it is not recorded; from then on it is, with its start."""
    folder = new_repository(disk / "r", commit=True)
    told: list[str] = []
    with ExperimentTracker(folder, warn=told.append) as tracker:
        filler = fill(disk)
        run = tracker.start_run("exp", "named", config={"a": 1})
        run.log_metric("lost", 1.0)
        filler.unlink()
        run.log_metric("kept", 1.0)
        run.end()
        found = tracker.get_run(run.run_id)
    assert "no space left" in told[0]
    assert [line for line in failures(told)[1:] if "the code was not captured" not in line] == []
    assert (found.run_name, found.status, found.metrics) == ("named", "FINISHED", {"kept": 1.0})
    assert found.params == {"a": 1}
    assert found.start_time.year >= 2024
    assert problems(folder) == []


def test_a_full_disk_is_an_error_where_that_is_wanted(disk: Path, big: Path) -> None:
    """Each call that records nothing raises one clear line; what returned is there afterwards."""
    folder = new_repository(disk / "r", commit=True)
    with ExperimentTracker(folder, on_error="raise") as tracker:
        ended = tracker.start_run("exp")
        ended.end()
        tracker.seal()
        run = tracker.start_run("exp")
        filler = fill(disk)
        notes = log_until_full(run.log_note)
        calls: list[Callable[[], object]] = [
            lambda: tracker.log_artifact(big, run=run),
            lambda: tracker.log_trial("study", 1, {"x": "z" * 5000}),
            lambda: tracker.log_trials("study", [{"trial_number": 1}]),
            lambda: tracker.start_run("new", config={"x": "z" * 5000}),
            lambda: tracker.checkpoint(run),
            lambda: tracker.set_tags({"a": 1}, run=ended.run_id),
            lambda: tracker.log_experiment_summary("exp", {"a": 1}),
        ]
        for call in calls:
            with pytest.raises(GittrackError) as caught:
                call()
            text = one_clear_line(caught.value)
            assert "no space left" in text or "out of diskspace" in text, text
        filler.unlink()
        run.log_note("after")
        run.end()
        tracker.set_tags({"a": 1}, run=ended.run_id)
        found = tracker.get_run(run.run_id)
        assert len(found.notes) == notes + 1
        assert found.notes[-1] == "after"
        assert {one.run_id for one in tracker.list_runs()} == {ended.run_id, run.run_id}
    assert problems(folder) == []
    assert fsck(folder) == ""
    assert not list((folder / ".git").glob("fast_import_crash_*"))


@pytest.mark.parametrize("room", [4096, 40_960, 200_000])
def test_a_seal_that_meets_a_full_disk_is_made_later(disk: Path, big: Path, room: int) -> None:
    """Wherever the room ends, the journals keep all of it until there is room."""
    folder = new_repository(disk / "r", commit=True)
    told: list[str] = []
    with ExperimentTracker(folder, warn=told.append) as tracker:
        run = tracker.start_run("exp")
        tracker.log_artifact(big, run=run)
        for step in range(500):
            run.log_metrics({f"m{n}": step for n in range(10)}, step=step)
        filler = fill(disk)
        os.truncate(filler, filler.stat().st_size - room)
        run.end()
        tracker.seal()
        assert len(tracker.get_metric_history(run, "m3")) == 500
        filler.unlink()
        assert tracker.seal() == 1
        assert len(failures(told)) == 1
        assert tracker.get_run(run.run_id).status == "FINISHED"
        assert len(tracker.get_metric_history(run, "m3")) == 500
    assert problems(folder) == []
    assert fsck(folder) == ""


def test_a_read_only_repository_stops_no_training(disk: Path, big: Path) -> None:
    """One warning; where errors are wanted, one error. Runs that are there can be read."""
    folder = new_repository(disk / "r", commit=True)
    with ExperimentTracker(folder, on_error="raise") as tracker, tracker.run("exp") as ended:
        ended.log_metric("m", 1.0)
    before = footprint(folder)
    told: list[str] = []
    remount(disk, "ro")
    try:
        with ExperimentTracker(folder, warn=told.append) as tracker:
            with tracker.run("exp", config={"a": 1}, tags={"b": 1}) as run:
                run.log_metric("m", 1.0)
                tracker.log_artifact(big)
                tracker.log_trial("study", 1, {"x": 1})
                tracker.checkpoint(run)
            assert [one.run_id for one in tracker.list_runs()] == [ended.run_id]
        assert len(failures(told)) == 1
        assert "read-only file system" in told[0]
        with ExperimentTracker(folder, on_error="raise") as tracker:
            with pytest.raises(GittrackError) as caught:
                tracker.start_run("exp")
            assert "read-only" in one_clear_line(caught.value)
            assert tracker.get_run(ended.run_id).metrics == {"m": 1.0}
            assert [one.run_id for one in tracker.list_runs()] == [ended.run_id]
    finally:
        remount(disk, "rw")
    assert footprint(folder) == before
    with ExperimentTracker(folder, on_error="raise") as tracker:
        with tracker.run("exp") as run:
            pass
        assert tracker.get_run(run.run_id).status == "FINISHED"
