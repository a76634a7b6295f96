"""What a training at night relies on: a full disk, many failures, threads, a run that is live."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from disks import fill as fill_disk
from disks import mounted, needs_root, remount
from witness import new_repository
from workers import problems

from gittrack.errors import GittrackError, RepositoryError, UsageError, ValueRefusedError
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.failures import Failures
from gittrack.tracking.tracker import ExperimentTracker


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "16m") as folder:
        yield folder


def fill(disk: Path, run: ActiveRun | None = None) -> Path:
    """Take all the room, also what the last block of a run's journal has left: its end is longer
    than an empty note."""
    filler = fill_disk(disk)
    with suppress(RepositoryError):
        for _ in range(120 if run is not None else 0):
            run.log_note("")
    return filler


def lost(told: list[str]) -> list[str]:
    """What the warnings say was not recorded."""
    return [line.split(": ")[1] for line in told if line.startswith("not recorded: ")]


def record_what_no_journal_takes(tracker: ExperimentTracker, run_id: str) -> None:
    for _ in range(3):
        assert tracker.log_trials("study", [{"trial_number": 1}, {"trial_number": 2}]) == []
        tracker.log_experiment_summary("exp", {"best": 1})
        assert tracker.create_experiment("another") == "another"
        tracker.set_tags({"a": 1}, run=run_id)
        tracker.log_ttpt_result(run_id, passed=True)


@needs_root
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_what_no_journal_takes_is_told_and_left_out(disk: Path, how: str) -> None:
    """Trials, summaries and tags of a run that has ended are each told once where the disk takes
    nothing, and the script goes on; afterwards the same calls record them."""
    folder = new_repository(disk / "r", commit=True)
    told: list[str] = []
    with ExperimentTracker(folder) as tracker, tracker.run("exp") as run:
        pass
    if how == "full":
        filler = fill(disk)
    else:
        remount(disk, "ro")
    with ExperimentTracker(folder, warn=told.append) as tracker:
        record_what_no_journal_takes(tracker, run.run_id)
        if how == "full":
            filler.unlink()
        else:
            remount(disk, "rw")
        assert lost(told) == [
            "2 trials of study",
            "what is said of the experiment exp",
            "what is said of the experiment another",
            f"tag a of the run {run.run_id}",
            f"validation ttpt of the run {run.run_id}",
        ]
        assert len(tracker.log_trials("study", [{"trial_number": 1}])) == 1
        tracker.set_tags({"a": 1}, run=run.run_id)
        assert tracker.get_run(run.run_id).tags == {"a": "1"}
        assert [one.name for one in tracker.list_experiments()] == ["exp", "study"]
    assert problems(folder) == []


@needs_root
@pytest.mark.parametrize("how", ["next run", "seal", "close", "exit"])
def test_an_end_that_meets_a_full_disk_is_written_later(disk: Path, how: str) -> None:
    """The next call, or the end of the program, writes it: the run is no killed one."""
    folder = new_repository(disk / "r", commit=True)
    told: list[str] = []
    child = os.fork()
    if child == 0:
        _end_on_a_full_disk(folder, disk, how)
    assert os.waitpid(child, 0)[1] == 0
    with ExperimentTracker(folder, warn=told.append) as tracker:
        found = {run.run_name: run for run in tracker.list_runs("exp")}
        assert (found["one"].status, found["one"].metrics) == ("FAILED", {"m": 1.0})
        assert {run.status for run in found.values()} <= {"FAILED", "FINISHED"}
    assert told == []
    assert problems(folder) == []


def _end_on_a_full_disk(folder: Path, disk: Path, how: str) -> None:
    status = 1
    try:
        tracker = ExperimentTracker(folder, warn=lambda _: None)
        run = tracker.start_run("exp", "one")
        run.log_metric("m", 1.0)
        filler = fill(disk, run)
        run.end("FAILED")
        assert run.owes_end
        with pytest.raises(UsageError, match="has ended"):
            run.log_metric("m", 2.0)
        filler.unlink()
        if how == "next run":
            tracker.start_run("exp", "two").end()
        elif how == "seal":
            tracker.seal()
        elif how == "close":
            tracker.close()
        else:
            from gittrack.tracking import owed

            owed._finish_all()
        status = 0
    finally:
        os._exit(status)


@needs_root
def test_an_end_that_is_never_written_is_told(disk: Path) -> None:
    """Where there is no room as the program ends either, it says what will be listed; a tag for
    that run is refused with the reason and not for being live."""
    folder = new_repository(disk / "r", commit=True)
    told: list[str] = []
    tracker = ExperimentTracker(folder, warn=told.append)
    run = tracker.start_run("exp")
    filler = fill(disk, run)
    run.end()
    tracker.set_tags({"a": 1}, run=run.run_id)
    tracker._owed_ends.finish()
    assert told[-1] == (
        f"the end of the run {run.run_id} (FINISHED) was not written: it will be listed as KILLED"
    )
    assert lost(told) == [f"tag a of the run {run.run_id}"]
    filler.unlink()
    tracker.close()
    assert tracker.get_run(run.run_id).status == "FINISHED"
    tracker.close()


@needs_root
def test_an_end_that_raised_can_be_asked_for_again(disk: Path) -> None:
    """Where errors are wanted, the end of a run on a full disk raises, and is made once more."""
    folder = new_repository(disk / "r", commit=True)
    with ExperimentTracker(folder, on_error="raise") as tracker:
        run = tracker.start_run("exp")
        filler = fill(disk, run)
        with pytest.raises(GittrackError, match="no space left"):
            run.end()
        filler.unlink()
        run.end("FAILED")
        assert tracker.get_run(run.run_id).status == "FAILED"


def test_a_live_run_of_another_process_is_not_deleted(repository: Path) -> None:
    """Not even where it was checkpointed: its end would bring it back. When it has ended, it is
    deleted, and stays so."""
    to_parent, from_child = os.pipe()
    from_parent, to_child = os.pipe()
    child = os.fork()
    if child == 0:
        _run_until_told(repository, from_child, from_parent)
    run_id = os.read(to_parent, 100).decode()
    with ExperimentTracker(repository) as tracker:
        with pytest.raises(UsageError, match=f"the run {run_id} is live"):
            tracker.delete_run(run_id)
        assert [run.run_id for run in tracker.list_runs()] == [run_id]
        os.write(to_child, b"end")
        assert os.waitpid(child, 0)[1] == 0
        tracker.delete_run(run_id)
        tracker.seal()
        assert tracker.list_runs() == []
        assert [one.run.status for one in tracker.list_deleted_runs()] == ["FINISHED"]
    for end in (to_parent, from_child, from_parent, to_child):
        os.close(end)


def _run_until_told(folder: Path, told: int, wait: int) -> None:
    status = 1
    try:
        with ExperimentTracker(folder, on_error="raise", capture=False) as tracker:
            run = tracker.start_run("exp")
            tracker.checkpoint(run)
            os.write(told, run.run_id.encode())
            os.read(wait, 10)
            run.end()
        status = 0
    finally:
        os._exit(status)


def test_a_live_run_of_our_own_is_not_deleted(repository: Path) -> None:
    """It says that the run is live, and goes on taking what is logged."""
    with ExperimentTracker(repository, capture=False) as tracker, tracker.run("exp") as run:
        with pytest.raises(UsageError, match="is live"):
            tracker.delete_run(run.run_id)
        run.log_metric("m", 1.0)
    assert tracker.get_run(run.run_id).metrics == {"m": 1.0}


def test_failures_of_a_whole_night_fill_no_log() -> None:
    """After a hundred notices one says that there are no more, and nothing more is kept."""
    told: list[str] = []
    failures = Failures("warn", told.append)
    for number in range(1000):
        failures.refused(ValueRefusedError(f"value {number} cannot be stored"))
        failures.refused(RepositoryError("no room"), f"the tags of run {number}")
    assert len(told) == 101
    assert "is not told" in told[-1]


def test_threads_log_trials_while_another_one_seals_them(repository: Path) -> None:
    """No trial is lost to a journal that is closed under it."""
    told: list[str] = []
    with ExperimentTracker(repository, capture=False, warn=told.append) as tracker:
        first = tracker.log_trial("study", 0, {"x": 0})

        def log(thread: int) -> None:
            for number in range(50):
                tracker.log_trial("study", 1000 * thread + number, {"x": number})

        threads = [threading.Thread(target=log, args=(thread,)) for thread in (1, 2, 3)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            tracker._trial_journals.close()
            threads[0].join(0.002)
        for thread in threads:
            thread.join()
        tracker.log_ttpt_result(first, passed=True)
        assert told == []
        assert len(tracker.get_trials("study")) == 151
        assert tracker.get_run(first).validations[0].passed
