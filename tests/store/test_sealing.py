"""Sealing more than once: what comes late, what others changed, what only git needs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
import yaml
from witness import files_in, fsck, git, put_tree, read_blob
from workers import problems, start_tracking

from gittrack.canonical import emit
from gittrack.doctor import cure, diagnose
from gittrack.git.repository import discover
from gittrack.journal.frames import frame
from gittrack.store.publishing import Publisher
from gittrack.store.run_deletion import delete_runs
from gittrack.store.runs import RunReader
from gittrack.store.session import Session
from gittrack.tracking.tracker import ExperimentTracker

REF = "refs/exptrack/experiments/exp"
SILENT = 2 * 3600


@pytest.fixture
def tracker(repository: Path) -> Iterator[ExperimentTracker]:
    with ExperimentTracker(repository, on_error="raise") as tracker:
        yield tracker


@pytest.fixture
def plot(tmp_path: Path) -> Path:
    path = tmp_path / "plot.txt"
    path.write_text("a plot\n")
    return path


def waiting(repository: Path) -> list[Path]:
    """The contents of artifacts that wait to be sealed."""
    room = repository / ".git/exptrack/artifacts"
    return sorted(path for path in room.rglob("*") if path.is_file())


def journals(repository: Path) -> list[str]:
    return sorted(path.name for path in (repository / ".git/exptrack/journal").glob("*.journal"))


def aside(repository: Path) -> list[Path]:
    return sorted((repository / ".git/exptrack/journal/aside").glob("*"))


def record_of(repository: Path, run_id: str) -> dict[str, object]:
    """A run's record, read by plain git and PyYAML; there is one place for it."""
    [path] = [path for path in files_in(repository, REF) if path.endswith(f"{run_id}/run.yaml")]
    found: dict[str, object] = yaml.safe_load(read_blob(repository, f"{REF}:{path}"))
    return found


@contextmanager
def opened(repository: Path) -> Iterator[Session]:
    session = Session(discover(repository))
    try:
        yield session
    finally:
        session.close()


def forked(work: Callable[[], object]) -> Callable[[], None]:
    """Start a child that works when it is told to; the answer tells it, and waits for its end."""
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go)
        os.read(ready, 1)
        try:
            work()
        finally:
            os._exit(0)
    os.close(ready)

    def let_it() -> None:
        os.close(go)
        os.waitpid(child, 0)

    return let_it


def test_artifacts_are_freed_once_git_has_them(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """Nothing waits when the run is sealed, and the content is in git."""
    with tracker.run("exp") as run:
        tracker.log_artifact(plot)
        tracker.log_artifact(plot, "again.txt")
        tracker.checkpoint(run)
        assert len(waiting(repository)) == 1
    tracker.seal()
    assert waiting(repository) == []
    names = [path for path in files_in(repository, REF) if "/artifacts/" in path]
    assert [read_blob(repository, f"{REF}:{path}") for path in names] == [b"a plot\n"] * 2
    assert problems(repository) == []


def test_a_content_that_another_run_names_stays(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """It goes with the last run that needs it."""
    first, second = tracker.start_run("exp"), tracker.start_run("exp")
    for run in (first, second):
        tracker.log_artifact(plot, run=run)
    second.end()
    tracker.seal()
    assert len(waiting(repository)) == 1
    assert problems(repository) == []
    first.end()
    tracker.seal()
    assert waiting(repository) == []
    assert problems(repository) == []


def test_a_content_that_was_just_stored_again_stays(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """Whoever stored it after the run has not named it yet: it is not taken from under them."""
    run = tracker.start_run("exp")
    tracker.log_artifact(plot, run=run)
    [path] = waiting(repository)
    os.utime(path, (time.time() + 60, time.time() + 60))
    run.end()
    tracker.seal()
    assert waiting(repository) == [path]


def test_a_content_that_went_too_early_is_found_in_git(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """A run names what another one's seal has just freed: it gets it from there."""
    with tracker.run("other"):
        tracker.log_artifact(plot, "first.txt")
    run = tracker.start_run("exp")
    tracker.log_artifact(plot, run=run)
    [path] = waiting(repository)
    path.unlink()
    run.end()
    tracker.seal()
    [name] = [path for path in files_in(repository, REF) if path.endswith("artifacts/plot.txt")]
    assert read_blob(repository, f"{REF}:{name}") == b"a plot\n"
    assert problems(repository) == []


def test_a_content_that_is_nowhere_stops_no_other_run(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """All runs are sealed; the record says that there was an artifact, and `fsck` that it is
    missing."""
    run = tracker.start_run("exp")
    tracker.log_artifact(plot, run=run)
    [path] = waiting(repository)
    path.unlink()
    with tracker.run("exp") as other:
        pass
    run.end()
    tracker.seal()
    assert {found.run_id for found in tracker.list_runs("exp")} == {run.run_id, other.run_id}
    assert journals(repository) == []
    assert [problem for problem in problems(repository) if "plot.txt" in problem]


def test_what_a_helper_logs_after_the_seal_is_added(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """Metrics by time, tags, notes, parameters, artifacts, checks; status, end and config stay."""
    run = tracker.start_run("exp", tags={"a": 1, "b": 1}, config={"lr": 0.1})
    run.log_params({"seed": 1})
    for step in range(2):
        run.log_metrics({"loss": 1.0 - step, "other": step}, step=step)
    run.log_metric("single", 1.0)

    def work() -> None:
        run.log_metrics({"loss": -5.0, "new": 1.0}, step=2)
        run.log_metric("single", 2.0)
        run.log_params({"late": True})
        run.set_tags({"b": 2, "a": None})
        run.log_note("from the helper")
        run.log_validation("check", False, 3)
        tracker.log_artifact(plot, run=run)

    late = forked(work)
    run.end()
    tracker.seal()
    before = record_of(repository, run.run_id)
    late()
    assert len(journals(repository)) == 1
    assert tracker.seal() == 1
    found = tracker.get_run(run.run_id)
    assert (found.status, found.tags) == ("FINISHED", {"b": "2"})
    assert found.params == {"lr": 0.1, "seed": 1, "late": True}
    assert found.metrics == {"loss": -5.0, "other": 1.0, "single": 2.0, "new": 1.0}
    assert found.summaries["loss"].min_step == 2
    assert [point.value for point in tracker.get_metric_history(run, "loss")] == [1.0, 0.0, -5.0]
    assert [point.value for point in tracker.get_metric_history(run, "single")] == [1.0, 2.0]
    assert [check.num_violations for check in found.validations] == [3]
    assert found.notes == ("from the helper",)
    after = record_of(repository, run.run_id)
    assert [after[key] for key in ("ended", "config")] == [
        before[key] for key in ("ended", "config")
    ]
    assert (journals(repository), waiting(repository)) == ([], [])
    assert problems(repository) == []
    assert fsck(repository) == ""


def test_what_a_helper_logs_late_is_added_once(
    tracker: ExperimentTracker, repository: Path, tmp_path: Path
) -> None:
    """Also where a crash came between the commit and the removal of its journal."""
    run = tracker.start_run("exp")
    run.log_metric("m", 1.0)
    late = forked(lambda: run.log_metric("m", 2.0))
    run.end()
    tracker.seal()
    late()
    [name] = journals(repository)
    journal = repository / ".git/exptrack/journal" / name
    shutil.copy(journal, tmp_path / name)
    tracker.seal()
    tip = git(repository, "rev-parse", REF)
    shutil.copy(tmp_path / name, journal)
    tracker.seal()
    assert git(repository, "rev-parse", REF) == tip
    assert [point.value for point in tracker.get_metric_history(run, "m")] == [1.0, 2.0]
    assert journals(repository) == []


def test_a_thousand_more_metrics_from_a_helper(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """So many that their files are spread over folders now: the old ones move with them."""
    run = tracker.start_run("exp")
    for step in range(2):
        run.log_metrics({f"old{n}": n + step for n in range(3)}, step=step)

    def work() -> None:
        for step in range(2):
            run.log_metrics({f"new{n}": n + step for n in range(1000)}, step=step)

    late = forked(work)
    run.end()
    tracker.seal()
    late()
    tracker.seal()
    for key, value in (("old1", 1.0), ("new999", 999.0)):
        points = tracker.get_metric_history(run, key)
        assert [point.value for point in points] == [value, value + 1]
    assert problems(repository) == []


def test_a_helper_of_a_deleted_run_waits_for_it(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """What it logged is kept, does not bring the run back, and is added when somebody does."""
    run = tracker.start_run("exp")
    late = forked(lambda: run.log_metric("m", 2.0))
    run.end()
    tracker.seal()
    tracker.delete_run(run.run_id)
    late()
    tracker.seal()
    assert tracker.list_runs("exp") == []
    assert len(journals(repository)) == 1
    with opened(repository) as session:
        assert [one.code for one in diagnose(session) if one.code == "dead-journals"] == []
    tracker.restore_run(run.run_id)
    tracker.seal()
    assert tracker.get_run(run.run_id).metrics == {"m": 2.0}
    assert journals(repository) == []


def as_another_machine(repository: Path) -> Path:
    """Have the journal look as if a process on another machine wrote it, some hours ago."""
    [path] = (repository / ".git/exptrack/journal").glob("*.journal")
    first, _, rest = path.read_bytes().partition(b"\n")
    header = json.loads(first[9:])
    header["owner"] |= {"host": "node7", "boot": "another"}
    path.write_bytes(frame(json.dumps(header).encode()) + rest)
    then = time.time() - SILENT
    os.utime(path, (then, then))
    return path


def declare_gone(repository: Path, host: str) -> None:
    with opened(repository) as session:
        [found] = [one for one in diagnose(session) if one.code == "silent-journals"]
        cure(session, found, host=host)


def open_run(repository: Path, plot: Path) -> str:
    """A run whose process is gone without having ended it."""
    code = """
        r = t.start_run('exp', tags={'a': 1})
        t.log_artifact(sys.argv[2], run=r)
        for n in range(3): r.log_metric('m', n, step=n)
        print(r.run_id, flush=True)
        os._exit(0)
    """
    process = start_tracking(repository, code, plot)
    out, _ = process.communicate()
    return out.decode().strip()


def log_on(handle: int, *events: object) -> None:
    """What a process on the other machine writes to its open file."""
    for event in events:
        os.write(handle, frame(json.dumps(event).encode()))


def test_a_machine_that_was_taken_for_gone_loses_nothing(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """It logs on into the same file: the run is live again, and ends as it says, in its place,
    with what others changed meanwhile."""
    run_id = open_run(repository, plot)
    handle = os.open(as_another_machine(repository), os.O_WRONLY | os.O_APPEND)
    declare_gone(repository, "node7")
    assert tracker.get_run(run_id).status == "KILLED"
    assert (journals(repository), waiting(repository)) == ([], [])
    tracker.seal()
    assert len(aside(repository)) == 2
    tracker.set_tags({"seen": "yes"}, run=run_id)
    tracker.log_note("was it killed?", run=run_id)
    now = time.time_ns() // 1000
    log_on(handle, ["metrics", now, 3, {"m": 3.0}], ["tags", now, {"a": "2"}])
    tracker.seal()
    assert aside(repository) == []
    live = tracker.get_run(run_id)
    assert (live.status, live.metrics) == ("RUNNING", {"m": 3.0})
    assert record_of(repository, run_id)["status"] == "RUNNING"
    log_on(handle, ["end", now + 5, "FINISHED"])
    os.close(handle)
    tracker.seal()
    found = tracker.get_run(run_id)
    assert (found.status, found.tags) == ("FINISHED", {"a": "2", "seen": "yes"})
    assert found.notes == ("was it killed?",)
    points = tracker.get_metric_history(run_id, "m")
    assert [point.value for point in points] == [0.0, 1.0, 2.0, 3.0]
    assert record_of(repository, run_id)["status"] == "FINISHED"
    assert (journals(repository), aside(repository)) == ([], [])
    assert problems(repository) == []


def test_trials_of_a_machine_that_was_taken_for_gone_are_added(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """Those that it logs afterwards, and no other one twice."""
    code = "t.log_trial('study', 0, {'x': 0}, 0.5)\nos._exit(0)"
    start_tracking(repository, code).communicate()
    path = as_another_machine(repository)
    trial = json.loads(path.read_bytes().splitlines()[1][9:])[1]
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    declare_gone(repository, "node7")
    assert [one.trial_number for one in tracker.get_trials("study")] == [0]
    for number in (1, 2):
        log_on(handle, ["trial", trial | {"id": f"{number:020d}", "number": number}])
    tracker.seal()
    log_on(handle, ["close"])
    os.close(handle)
    tracker.seal()
    assert [one.trial_number for one in tracker.get_trials("study")] == [0, 1, 2]
    assert (journals(repository), aside(repository)) == ([], [])
    assert problems(repository) == []


def test_a_journal_aside_goes_in_the_end(
    tracker: ExperimentTracker, repository: Path, plot: Path
) -> None:
    """After a month without a sign of life, and not before."""
    run_id = open_run(repository, plot)
    as_another_machine(repository)
    declare_gone(repository, "node7")
    [path] = [path for path in aside(repository) if path.suffix == ".journal"]
    for days, left in ((29, 2), (31, 0)):
        then = time.time() - days * 86_400
        os.utime(path, (then, then))
        tracker.seal()
        assert len(aside(repository)) == left
    assert tracker.get_run(run_id).metrics == {"m": 2.0}


def test_a_tag_on_a_checkpointed_run_survives_its_end(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """Somebody tags a run that is sealed for the time being; its end does not undo that."""
    run = tracker.start_run("exp", tags={"a": 1, "b": 1})
    tracker.checkpoint(run)
    with ExperimentTracker(repository, on_error="raise") as other:
        other.set_tags({"seen": "yes", "b": None}, run=run.run_id)
        other.log_note("good", run=run.run_id)
    tracker.checkpoint(run)
    run.set_tags({"a": 2})
    tracker.checkpoint(run)
    run.log_note("mine")
    run.end()
    tracker.seal()
    found = tracker.get_run(run.run_id)
    assert (found.status, found.tags) == ("FINISHED", {"a": "2", "seen": "yes"})
    assert sorted(found.notes) == ["good", "mine"]


def test_a_checkpointed_run_is_deleted_as_it_ended(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """Its end, which nobody has sealed yet, does not bring it back."""
    run = tracker.start_run("exp")
    tracker.checkpoint(run)
    with ended_unsealed(repository):
        run.end()
    tracker.delete_run(run.run_id)
    tracker.seal()
    assert tracker.list_runs("exp") == []
    assert tracker.restore_run(run.run_id).status == "FINISHED"


def test_a_run_that_just_ended_can_be_tagged_while_others_seal(
    tracker: ExperimentTracker, repository: Path
) -> None:
    """The tag waits until it is its turn to seal the run."""
    run = tracker.start_run("exp")
    with ended_unsealed(repository) as sealing:
        run.end()
        threading.Timer(0.3, lambda: fcntl.flock(sealing, fcntl.LOCK_UN)).start()
        tracker.set_tags({"a": 1}, run=run)
    assert tracker.get_run(run.run_id).tags == {"a": "1"}


@contextmanager
def ended_unsealed(repository: Path) -> Iterator[IO[bytes]]:
    """Another process seals all the time, so that what ends here is not sealed yet."""
    with (repository / ".git/exptrack/journal/.sealing").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def crash_before_removal(tracker: ExperimentTracker, repository: Path, tmp_path: Path) -> str:
    """A run is sealed, and its journal is there still, as if its process had died just then."""
    folder = repository / ".git/exptrack/journal"
    run = tracker.start_run("exp", tags={"a": 1})
    run_id = run.run_id
    tracker.checkpoint(run)  # writes the place down
    kept = tmp_path / "kept"
    kept.mkdir()
    mark = json.loads((folder / f"{run_id}.place").read_text())
    (kept / f"{run_id}.place").write_text(json.dumps({"place": mark["place"]}))
    os.link(folder / f"{run_id}.journal", kept / f"{run_id}.journal")
    run.end()
    tracker.seal()
    for path in kept.iterdir():
        path.rename(folder / path.name)
    return run_id


def test_a_run_deleted_after_a_crash_stays_deleted(
    tracker: ExperimentTracker, repository: Path, tmp_path: Path
) -> None:
    """In another clone, whose records came here: the journal, which was to be removed, does not
    bring it back; `restore_run` does."""
    run_id = crash_before_removal(tracker, repository, tmp_path)
    place = RunReader(tracker.session).find(run_id)
    assert place is not None
    delete_runs(tracker.session, Publisher(tracker.session), [place])
    tracker.seal()
    assert tracker.list_runs("exp") == []
    assert journals(repository) == []
    assert tracker.restore_run(run_id).status == "FINISHED"


def test_a_tag_set_after_a_crash_stays(
    tracker: ExperimentTracker, repository: Path, tmp_path: Path
) -> None:
    """Sealing again changes nothing of what was said of the run since."""
    run_id = crash_before_removal(tracker, repository, tmp_path)
    [path] = [path for path in files_in(repository, REF) if path.endswith("/run.yaml")]
    data = read_blob(repository, f"{REF}:{path}")
    assert b'  a: "1"\n' in data
    tip = put_tree(repository, REF, {path: data.replace(b'  a: "1"\n', b'  a: "2"\n')})
    tracker.seal()
    assert git(repository, "rev-parse", REF) == tip
    assert tracker.get_run(run_id).tags == {"a": "2"}


def test_violations_have_one_name(tracker: ExperimentTracker, repository: Path) -> None:
    """`num_violations`, in journal and record; records that call it `violations` are read alike."""
    with tracker.run("exp") as run:
        run.log_validation("check", False, 2)
    [path] = [path for path in files_in(repository, REF) if path.endswith("/run.yaml")]
    data = read_blob(repository, f"{REF}:{path}")
    assert b"num_violations: 2\n" in data
    record = yaml.safe_load(data)
    record["validations"] = [{"name": "check", "passed": False, "violations": 3}]
    put_tree(repository, REF, {path: emit(record)})
    assert [check.num_violations for check in tracker.get_run(run).validations] == [3]
