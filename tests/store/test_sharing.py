"""Runs that several processes log to, taken up again after their end."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from witness import new_repository

from gittrack.errors import NotFoundError, UsageError
from gittrack.fsck.checking import fsck
from gittrack.journal.shared import SharedJournal
from gittrack.models.registry import ModelRegistry
from gittrack.tracking.shared_runs import Event
from gittrack.tracking.sharing import SharedTracker
from gittrack.tracking.tracker import ExperimentTracker


@pytest.fixture
def tracker(repository: Path) -> Iterator[SharedTracker]:
    with SharedTracker(repository, capture=False) as opened:
        yield opened


def now() -> int:
    return time.time_ns() // 1000


def metric(key: str, value: float, step: int | None = None) -> Event:
    return ["metrics", now(), step, {key: value}]


def end(status: str = "FINISHED") -> Event:
    return ["end", now(), status]


def python(repository: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in another process, with a tracker called `tracker`."""
    return subprocess.run(program(repository, code), capture_output=True, text=True, check=True)


def program(repository: Path, code: str) -> list[str]:
    head = (
        "import time\nfrom gittrack.tracking.sharing import SharedTracker\n"
        f"tracker = SharedTracker({str(repository)!r}, capture=False)\n"
    )
    return [sys.executable, "-c", head + textwrap.dedent(code)]


def test_two_processes_log_to_one_run(tracker: SharedTracker, repository: Path) -> None:
    """What another process logged is there for the next change, and in the run when it is read."""
    run_id = tracker.start_shared("exp")
    tracker.change_shared(run_id, lambda _: [metric("a", 1.0)])
    python(
        repository,
        f"""
        def change(state):
            assert state.metrics["a"].last == 1.0
            return [["metrics", 1, 0, {{"b": 2.0}}]]
        tracker.change_shared({run_id!r}, change)
        """,
    )
    seen: list[set[str]] = []
    tracker.change_shared(run_id, lambda state: seen.append(set(state.metrics)) or [])
    assert seen == [{"a", "b"}]
    assert tracker.shared_run(run_id).metrics == {"a": 1.0, "b": 2.0}
    assert ExperimentTracker(repository).get_run(run_id).metrics == {"a": 1.0, "b": 2.0}


def test_any_process_ends_a_run(tracker: SharedTracker, repository: Path) -> None:
    """A run that another process ended is sealed, although its own process has it open still."""
    run_id = tracker.start_shared("exp")
    python(
        repository,
        f"tracker.change_shared({run_id!r}, lambda _: [['end', 5_000_000, 'FAILED']])\n"
        "tracker.close()",
    )
    run = tracker.shared_run(run_id)
    assert (run.status, run.end_time and run.end_time.timestamp()) == ("FAILED", 5.0)
    tracker.change_shared(run_id, lambda _: [metric("late", 1.0)])
    tracker.close()
    assert tracker.get_run(run_id).metrics == {"late": 1.0}
    assert tracker.get_run(run_id).status == "FAILED"


def test_a_run_lives_as_long_as_one_process_that_logs(
    tracker: SharedTracker, repository: Path
) -> None:
    """The death of the process that started a run does not end it where another one logs to it."""
    starter = subprocess.Popen(
        program(repository, "print(tracker.start_shared('exp'), flush=True)\ntime.sleep(60)"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    run_id = starter.stdout.readline().strip()
    tracker.change_shared(run_id, lambda _: [metric("a", 1.0)])
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    tracker.seal()
    assert tracker.get_run(run_id).status == "RUNNING"
    tracker.change_shared(run_id, lambda _: [end()])
    assert tracker.shared_run(run_id).status == "FINISHED"


def test_a_killed_run_is_taken_up_again(repository: Path, tracker: SharedTracker) -> None:
    """A run whose process was killed is `KILLED`, keeps what was logged, and can go on."""
    killed = subprocess.Popen(
        program(
            repository,
            "r = tracker.start_shared('exp')\n"
            "for i in range(50):\n"
            "    tracker.change_shared(r, lambda _: [['metrics', i, i, {'loss': i / 2}]])\n"
            "print(r, flush=True)\ntime.sleep(60)",
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    run_id = killed.stdout.readline().strip()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    tracker.seal()
    assert tracker.get_run(run_id).status == "KILLED"
    tracker.resume_shared(run_id)
    assert tracker.get_run(run_id).status == "RUNNING"
    tracker.change_shared(run_id, lambda _: [metric("loss", -1.0, 50), end()])
    tracker.close()
    assert tracker.get_run(run_id).status == "FINISHED"
    points = tracker.get_metric_history(run_id, "loss")
    assert [point.value for point in points] == [*(i / 2 for i in range(50)), -1.0]


def test_everything_survives_taking_up_again(tracker: SharedTracker, repository: Path) -> None:
    """A run that is sealed, changed and sealed again has all that it had, in the same place."""
    with ExperimentTracker(repository) as plain:
        with plain.run("exp", run_name="n", config={"lr": 0.1}, tags={"a": "b"}) as run:
            run.log_params({"seed": 3})
            for step in range(3):
                run.log_metric("loss", 1 / (step + 1), step)
            run.log_metrics({"once": float("inf")})
            run.log_validation("check", True, 2, {"x": 1.0})
            run.log_note("a note")
            (repository / "file").write_bytes(b"\0data")
            plain.log_artifact(repository / "file", "folder/file")
        before = plain.get_run(run.run_id)
    tracker.change_shared(before.run_id, lambda _: [["tags", now(), {"new": "1", "a": None}]])
    assert tracker.shared_run(before.run_id).tags == {"new": "1"}
    assert tracker.get_artifact(before.run_id, "folder/file") == b"\0data"
    tracker.close()
    after = tracker.get_run(before.run_id)
    same = {**before.to_dict(), "tags": {"new": "1"}}
    assert after.to_dict() == same
    assert after.summaries == before.summaries
    assert after.code_version == before.code_version
    assert tracker.get_artifact(after, "folder/file") == b"\0data"
    assert not fsck(tracker.session).problems


def test_a_trial_keeps_its_number(tracker: SharedTracker) -> None:
    """What a journal cannot say, a trial's number and values, is there after a change."""
    record = {"trial_number": 7, "performance": {"value": 0.5}, "details": {"state": "COMPLETE"}}
    [run_id] = tracker.log_runs("study", [{**record, "params": {"x": 1}}])
    tracker.change_shared(run_id, lambda _: [["tags", now(), {"a": "b"}]])
    tracker.close()
    run = tracker.get_run(run_id)
    assert (run.trial_number, run.performance, run.tags) == (7, {"value": 0.5}, {"a": "b"})
    assert run.details == {"state": "COMPLETE"}


def test_a_refused_change_writes_nothing(tracker: SharedTracker) -> None:
    """A change that raises leaves the run as it was."""
    run_id = tracker.start_shared("exp")

    def refuse(_: object) -> list[Event]:
        raise UsageError("no")

    with pytest.raises(UsageError):
        tracker.change_shared(run_id, refuse)
    tracker.change_shared(run_id, lambda _: [metric("a", 1.0)])
    assert tracker.shared_run(run_id).metrics == {"a": 1.0}


def test_a_run_of_its_own_process_is_joined_and_not_ended(
    tracker: SharedTracker, repository: Path
) -> None:
    """To a run that a plain tracker has open others can add; only that tracker ends it."""
    with ExperimentTracker(repository, capture=False) as plain:
        run = plain.start_run("exp")
        run.log_metric("own", 1.0)
        tracker.change_shared(run.run_id, lambda _: [["tags", now(), {"from": "outside"}]])
        with pytest.raises(UsageError, match="live in another process"):
            tracker.change_shared(run.run_id, lambda _: [end()])
        run.end()
        tracker.close()
        found = plain.get_run(run.run_id)
    assert (found.status, found.tags, found.metrics) == (
        "FINISHED",
        {"from": "outside"},
        {"own": 1.0},
    )


def test_an_unknown_run_is_refused(tracker: SharedTracker) -> None:
    """A run that is not there cannot be logged to, read or resumed."""
    with pytest.raises(NotFoundError):
        tracker.change_shared("0" * 20, lambda _: [end()])
    with pytest.raises(NotFoundError):
        tracker.shared_run("0" * 20)
    run_id = tracker.start_shared("exp")
    with pytest.raises(NotFoundError):
        tracker.shared_run(run_id[:8])


def test_a_settled_run_can_be_deleted(tracker: SharedTracker) -> None:
    """A run that was changed after its end leaves no journal that would bring it back."""
    run_id = tracker.start_shared("exp")
    tracker.change_shared(run_id, lambda _: [end()])
    tracker.change_shared(run_id, lambda _: [metric("late", 1.0)])
    tracker.settle_shared(run_id)
    tracker.delete_run(run_id)
    tracker.close()
    assert tracker.list_runs() == []
    assert tracker.restore_run(run_id).metrics == {"late": 1.0}


def test_a_record_cut_short_is_not_glued_to_the_next(tmp_path: Path) -> None:
    """After a writer died within a record, the next writer's records are read whole."""
    journal = SharedJournal.create(tmp_path, "a" * 20, {}, [["note", 1, "one"]])
    other = SharedJournal.join(journal.path)
    with journal.path.open("ab") as file:
        file.write(b"0000abcd [half of")
    with other.turn():
        assert other.news() == [["note", 1, "one"]]
        other.add([["note", 2, "two"]])
    with journal.turn():
        assert journal.news() == [["note", 1, "one"], ["note", 2, "two"]]
    journal.close()
    other.close()


@given(st.lists(st.tuples(st.booleans(), st.text(st.characters(codec="utf-8"), max_size=20))))
def test_writers_see_all_records_in_one_order(
    tmp_path_factory: pytest.TempPathFactory, notes: list[tuple[bool, str]]
) -> None:
    """Whoever of two writers appended, both read all records in the order of the file."""
    folder = tmp_path_factory.mktemp("journal")
    one = SharedJournal.create(folder, "b" * 20, {}, [])
    two = SharedJournal.join(one.path)
    read: dict[bool, list[Event]] = {True: [], False: []}
    for number, (first, text) in enumerate(notes):
        writer = one if first else two
        with writer.turn():
            read[first] += writer.news()
            writer.add([["note", number, text]])
            read[first].append(["note", number, text])
    for first, writer in ((True, one), (False, two)):
        with writer.turn():
            read[first] += writer.news()
        writer.close()
    wanted = [["note", number, text] for number, (_, text) in enumerate(notes)]
    assert read[True] == read[False] == wanted


def test_a_model_is_made_without_versions(tmp_path: Path) -> None:
    """A model can be made before its first version; a name is taken, one deleted begins anew."""
    registry = ModelRegistry(new_repository(tmp_path / "r", commit=True))
    assert registry.create_model("churn", description="text", tags={"a": "b"})
    assert not registry.create_model("churn")
    model = registry.get_model("churn")
    assert (model.description, model.tags, model.versions) == ("text", {"a": "b"}, ())
    registry.register_model("churn")
    registry.delete_model("churn")
    assert registry.create_model("churn")
    assert (registry.get_model("churn").versions, registry.get_model("churn").tags) == ((), {})
    assert registry.register_model("churn").number == 2
    registry.close()
