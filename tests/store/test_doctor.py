"""`git exp doctor`: finds what killed programs leave, and mends what is ours."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from witness import files_in, footprint, fsck, git, refs

from gittrack.artifacts import waiting_room
from gittrack.cli.main import run as run_command
from gittrack.doctor import Ailment, cure, diagnose
from gittrack.doctor.ailment import size, span
from gittrack.errors import UsageError
from gittrack.git.repository import discover
from gittrack.journal.frames import frame
from gittrack.registry import ExperimentRegistry
from gittrack.store.session import Session
from gittrack.tracking.tracker import ExperimentTracker

ROOT = Path(__file__).parents[2]
OLD = 2 * 3600


def look(folder: Path) -> dict[str, Ailment]:
    """What is found, by code, without what depends on the machine's disk."""
    session = Session(discover(folder))
    try:
        return {a.code: a for a in diagnose(session) if a.code != "disk"}
    finally:
        session.close()


def mend(folder: Path, ailment: Ailment, host: str | None = None) -> None:
    session = Session(discover(folder))
    try:
        cure(session, ailment, host=host)
    finally:
        session.close()


def age(path: Path, seconds: float = OLD) -> Path:
    """Have a file be that old."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def left_over(path: Path, content: bytes = b"", seconds: float = OLD) -> Path:
    """An old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return age(path, seconds)


def killed_run(folder: Path) -> None:
    """A run whose process is killed in the middle."""
    body = (
        "import os, signal, sys\nfrom gittrack.tracking.tracker import ExperimentTracker\n"
        "t = ExperimentTracker(sys.argv[1], on_error='raise')\nrun = t.start_run('exp')\n"
        "run.log_metric('loss', 0.5)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", body, str(folder)),
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == -signal.SIGKILL


def elsewhere(folder: Path) -> Path:
    """The journal of a killed run as if another machine had written it."""
    killed_run(folder)
    [path] = (folder / ".git/exptrack/journal").glob("*.journal")
    first, _, rest = path.read_bytes().partition(b"\n")
    header = json.loads(first[9:])
    header["owner"] |= {"host": "node7", "boot": "another"}
    path.write_bytes(frame(json.dumps(header).encode()) + rest)
    return age(path)


@pytest.fixture
def recorded(repository: Path) -> Path:
    """A repository with a run that has an artifact."""
    plot = repository.parent / "plot.txt"
    plot.write_text("a plot\n")
    with ExperimentTracker(repository, on_error="raise") as tracker:
        run = tracker.start_run("exp")
        tracker.log_artifact(plot, run=run)
        tracker.end_run(run=run)
    return repository


def test_a_healthy_repository_has_nothing(recorded: Path) -> None:
    """After ordinary recording there is nothing to say, and looking changes nothing."""
    before, tips = footprint(recorded), refs(recorded)
    assert look(recorded) == {}
    assert (footprint(recorded), refs(recorded)) == (before, tips)


def test_a_stale_lock_on_a_ref_of_ours_is_removed(recorded: Path) -> None:
    """It kept every record of that experiment from being sealed; afterwards recording works."""
    lock = left_over(recorded / ".git/refs/exptrack/experiments/exp.lock")
    found = look(recorded)["ref-lock"]
    assert (found.place, found.fixable) == (str(lock), True)
    mend(recorded, found)
    assert not lock.exists()
    assert look(recorded) == {}


def test_a_lock_in_use_is_left_alone(recorded: Path) -> None:
    """A lock that is young, or that a process has open, is nobody's fault."""
    lock = left_over(recorded / ".git/refs/exptrack/experiments/exp.lock", seconds=5)
    assert "ref-lock" not in look(recorded)
    age(lock)
    with lock.open("ab"):
        assert "ref-lock" not in look(recorded)
    found = look(recorded)["ref-lock"]
    age(lock, 0)  # git took it anew between the look and the cure
    mend(recorded, found)
    assert lock.exists()


@pytest.mark.parametrize("name", ["index.lock", "packed-refs.lock", "HEAD.lock"])
def test_locks_of_git_are_said_and_left(recorded: Path, name: str) -> None:
    """What the user's own git commands lock is the user's to remove."""
    lock = left_over(recorded / ".git" / name)
    found = look(recorded)["git-lock"]
    assert found.mend == f"if no git runs: rm {lock}"
    with pytest.raises(UsageError, match="yours to mend"):
        mend(recorded, found)
    assert lock.exists()


def test_crash_reports_of_our_imports_are_removed(repository: Path) -> None:
    """One that fast-import wrote in our service goes; somebody else's stays."""
    for name, ref in ((4_194_301, "refs/exptrack-scratch/commit"), (4_194_302, "refs/heads/main")):
        text = f"fast-import crash report:\n    fast-import process: {name}\nBranch {ref}\n"
        (repository / f".git/fast_import_crash_{name}").write_text(text)
    found = look(repository)["crash-report"]
    mend(repository, found)
    assert [p.name for p in (repository / ".git").glob("fast_import_crash_*")] == [
        "fast_import_crash_4194302"
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".exptrack/objects/ab/.cdef.0011.tmp",
        ".git/exptrack/journal/.0123.new",
        ".git/exptrack/journal/.clock.77",
        ".git/exptrack/journal/.0123.place",
        ".git/exptrack/.clone.0011",
        ".git/exptrack/index.77.tmp",
    ],
)
def test_old_temporary_files_are_removed(repository: Path, name: str) -> None:
    """What a killed process was writing goes after an hour, and not before."""
    path = left_over(repository / name, seconds=60)
    assert look(repository) == {}
    age(path)
    found = look(repository)["temporary"]
    assert found.place == str(path)
    mend(repository, found)
    assert not path.exists()


def test_a_spool_goes_only_when_nobody_seals(repository: Path) -> None:
    """The folder of a seal that was killed goes, unless a seal is under way."""
    folder = repository / ".git/exptrack/journal"
    left_over(folder / ".spool.0011/run/0")
    age(folder / ".spool.0011")
    found = look(repository)["temporary"]
    with (folder / ".sealing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mend(repository, found)
        assert (folder / ".spool.0011").exists()
    mend(repository, found)
    assert not (folder / ".spool.0011").exists()


def test_a_journal_that_begins_is_no_leftover(repository: Path) -> None:
    """One that a process holds locked is in use, however old it looks."""
    path = left_over(repository / ".git/exptrack/journal/.0123.new")
    with path.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert look(repository) == {}
    assert "temporary" in look(repository)


def test_packs_of_killed_imports_are_freed(recorded: Path) -> None:
    """A guard that fast-import left goes when no fast-import runs here; another's stays."""
    [pack, *_] = sorted((recorded / ".git/objects/pack").glob("*.pack"))
    guard = left_over(pack.with_suffix(".keep"), b"fast-import")
    with subprocess.Popen(
        ("git", "fast-import", "--quiet"), cwd=recorded, stdin=subprocess.PIPE
    ) as running:
        assert look(recorded) == {}
        assert running.stdin is not None
        running.stdin.close()
    mend(recorded, look(recorded)["guarded-pack"])
    assert not guard.exists()
    left_over(guard, b"kept by hand")
    assert look(recorded) == {}
    assert fsck(recorded) == ""


def test_unfinished_packs_are_a_note(recorded: Path) -> None:
    """git's own gc removes them: said, not done."""
    left_over(recorded / ".git/objects/pack/tmp_pack_abc")
    found = look(recorded)["temporary-packs"]
    assert (found.advice, found.fixable) == (True, False)


def test_the_journal_of_a_killed_process_is_sealed(repository: Path) -> None:
    """Its run is in git afterwards, with what it logged."""
    killed_run(repository)
    found = look(repository)["dead-journals"]
    assert found.text.startswith("1 journal of runs that have ended")
    mend(repository, found)
    assert look(repository) == {}
    with ExperimentTracker(repository) as tracker:
        [run] = tracker.list_runs("exp")
    assert (run.status, run.metrics) == ("KILLED", {"loss": 0.5})


def test_a_run_that_just_ended_is_left_to_its_process(repository: Path) -> None:
    """A process seals the runs that it ended a little later: that is nothing to tell of."""
    killed_run(repository)
    [path] = (repository / ".git/exptrack/journal").glob("*.journal")
    path.write_bytes(path.read_bytes() + frame(b'["end",1,"FINISHED"]'))
    assert look(repository) == {}
    age(path)
    mend(repository, look(repository)["dead-journals"])
    assert look(repository) == {}


def test_a_silent_machine_is_named_and_sealed_on_request(repository: Path) -> None:
    """Nobody but the user knows that another machine is gone; its journals wait for that word."""
    path = elsewhere(repository)
    found = look(repository)["silent-journals"]
    assert (found.place, found.fixable) == ("node7", False)
    assert "silent for 2 hours" in found.text
    for host in (None, "node8"):
        with pytest.raises(UsageError):
            mend(repository, found, host)
    assert path.exists()
    mend(repository, found, "node7")
    assert not path.exists()
    assert look(repository) == {}
    names = files_in(repository, "refs/exptrack/experiments/exp")
    assert [name for name in names if name.endswith("run.yaml")]


def test_artifacts_that_are_sealed_are_not_kept_twice(recorded: Path) -> None:
    """What git has, and a killed process left, is freed after an hour; what it does not have
    stays."""
    room = recorded / ".git/exptrack/artifacts"
    waiting_room(recorded / ".git").put(BytesIO(b"a plot\n"))
    [kept] = [path for path in room.rglob("*") if path.is_file()]
    digest = "ab" * 32
    alone = left_over(room / "ab/ab" / digest, b"not in git")
    assert look(recorded) == {}
    age(kept)
    found = look(recorded)["waiting-artifacts"]
    assert found.text == "1 content of sealed artifacts (7 bytes) are kept twice"
    mend(recorded, found)
    assert not kept.exists()
    assert alone.exists()


def test_artifacts_of_runs_that_are_not_sealed_stay(recorded: Path) -> None:
    """A journal that names the content keeps it, also where an older run has the same."""
    room = recorded / ".git/exptrack/artifacts"
    with ExperimentTracker(recorded, on_error="raise") as tracker:
        run = tracker.start_run("exp")
        tracker.log_artifact(recorded.parent / "plot.txt", run=run)
        [kept] = [path for path in room.rglob("*") if path.is_file()]
        age(kept)
        assert look(recorded) == {}
        tracker.end_run(run=run)


def test_settings_that_lose_or_hide_records_are_named(recorded: Path) -> None:
    """A remote without our refspec, drivers that are not set up, an expiry of now."""
    git(recorded, "remote", "add", "origin", "https://example.org/r.git")
    git(recorded, "config", "gc.pruneExpire", "now")
    (recorded / ".gitattributes").write_text("*.yaml diff=exptrack merge=exptrack\n")
    found = look(recorded)
    assert found.keys() == {"remote", "drivers", "expiry"}
    assert found["remote"].mend == "git exp init --remote origin"
    assert (found["expiry"].place, found["drivers"].advice) == ("gc.pruneExpire", False)
    assert run_command(["-C", str(recorded), "init", "--drivers", "--remote", "origin"]) == 0
    assert look(recorded).keys() == {"expiry"}


def test_refs_without_reflog_are_a_note(recorded: Path) -> None:
    """Where git does not write down what moves a ref, that is said."""
    (recorded / ".git/logs/refs/exptrack/experiments/exp").unlink()
    assert look(recorded)["reflog"].place == "refs/exptrack/experiments/exp"


def test_an_index_of_no_use_is_made_anew(repository: Path) -> None:
    """A damaged index, or one of another version, is rebuilt."""
    with ExperimentRegistry(repository) as registry:
        config = registry.register({"lr": 0.1})
        registry.list()
    index = repository / ".git/exptrack/index.db"
    index.write_bytes(b"no database at all" * 100)
    mend(repository, look(repository)["index"])
    assert look(repository) == {}
    with ExperimentRegistry(repository) as registry:
        assert [record.id for record in registry.list()] == [config]


def test_the_command_says_what_it_would_do_and_does_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1 while something is left, 0 when all is mended; `-v` tells what is in order."""
    killed_run(repository)
    doctor = ["-C", str(repository), "doctor"]
    assert run_command(doctor) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("bad   ")
    assert lines[1] == "        mend: git exp doctor --fix"
    assert run_command([*doctor, "--fix"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("fixed ")
    assert run_command([*doctor, "-v"]) == 0
    assert "ok    all runs that have ended are sealed" in capsys.readouterr().out
    left_over(repository / ".git/index.lock")
    assert run_command([*doctor, "--fix", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert [(one["code"], one["fixable"]) for one in shown["left"]] == [("git-lock", False)]
    assert run_command([*doctor, "--fix", "--host", "node7"]) != 0
    assert "no machine 'node7' has silent journals" in capsys.readouterr().err
    assert run_command([*doctor, "--host", "node7"]) != 0
    assert "--host needs --fix" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (1536, "1.5 KiB"),
        (3 << 20, "3.0 MiB"),
        (5 << 40, "5,120.0 GiB"),
    ],
)
def test_sizes_are_in_words(count: int, text: str) -> None:
    """Bytes up to a KiB, then one decimal."""
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3, "less than a minute"), (60, "1 minute"), (7200, "2 hours"), (200_000, "2 days")],
)
def test_times_are_in_words(seconds: float, text: str) -> None:
    """The greatest unit that is there once."""
    assert span(seconds) == text
