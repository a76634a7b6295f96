"""What a killed or interrupted program leaves: all that it acknowledged, and nothing in the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from witness import fsck, git, refs
from workers import kill_group, start

from gittrack.errors import GittrackError
from gittrack.registry import ExperimentRegistry

pytestmark = pytest.mark.slow


CATALOGUE = "refs/exptrack/catalogue"

RECORDER = """
    import os
    out = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    seed = int(sys.argv[3])
    with ExperimentRegistry(sys.argv[1]) as registry:
        for n in range(100_000):
            config_id = registry.register({"round": seed, "n": n}, tags=["t"])
            os.write(out, config_id.encode() + b"\\n")
"""


def kill_at_random_moments(folder: Path, acknowledged: Path, rounds: int) -> None:
    dice = random.Random(rounds)
    for number in range(rounds):
        before = acknowledged.stat().st_size if acknowledged.exists() else 0
        process = start(folder, RECORDER, acknowledged, number, own_group=True)
        deadline = time.monotonic() + 30
        while not acknowledged.exists() or acknowledged.stat().st_size == before:
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.15))
        if number % 2:
            process.send_signal(signal.SIGKILL)  # git's own processes see the end of their input
            process.wait()
        else:
            kill_group(process)
        process.communicate()


def check_nothing_lost(folder: Path, acknowledged: Path) -> None:
    ids = acknowledged.read_text().split()
    assert len(ids) == len(set(ids))
    with ExperimentRegistry(folder) as registry:
        there = {record.id for record in registry.list()}
        assert set(ids) <= there
        assert set(ids) <= {record.id for record in registry.search_by_tag("t")}
        checked, problems = registry.verify()
        assert problems == []
        assert checked == len(there)
        started = time.monotonic()
        registry.register({"after": "the crash"}, tags=["t"])
        assert time.monotonic() - started < 10  # nothing that was left behind is waited for
    assert fsck(folder) == ""


def test_what_was_acknowledged_survives_kill_9(repository: Path, tmp_path: Path) -> None:
    """Killed at random moments, alone or with its git processes: nothing is lost or blocked."""
    acknowledged = tmp_path / "acknowledged"
    kill_at_random_moments(repository, acknowledged, 8)
    check_nothing_lost(repository, acknowledged)


@pytest.mark.slow
def test_what_was_acknowledged_survives_a_hundred_kills(repository: Path, tmp_path: Path) -> None:
    """The same a hundred times over, in one repository."""
    acknowledged = tmp_path / "acknowledged"
    kill_at_random_moments(repository, acknowledged, 100)
    check_nothing_lost(repository, acknowledged)


def test_a_lock_left_by_a_crashed_git_is_named_at_once(repository: Path) -> None:
    """An old `catalogue.lock` is one error within seconds that says which file to remove."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"a": 1}, tags=["t"])
        lock = repository / ".git/refs/exptrack/catalogue.lock"
        lock.touch()
        os.utime(lock, (time.time() - 60, time.time() - 60))
        before = refs(repository)
        files = sorted(repository.rglob(".exptrack/**/*"))
        started = time.monotonic()
        with pytest.raises(GittrackError) as caught:
            registry.register({"b": 1}, tags=["t"])
        assert time.monotonic() - started < 10
        assert f"rm {lock}" in (caught.value.hint or "")
        assert refs(repository) == before
        assert sorted(repository.rglob(".exptrack/**/*")) == files
        assert len(registry.list()) == 1
        lock.unlink()
        registry.register({"b": 1}, tags=["t"])
        assert len(registry.search_by_tag("t")) == 2


def test_a_lock_that_is_held_for_a_moment_is_waited_for(repository: Path) -> None:
    """Another git command that holds the ref's lock delays a registration, no more."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"a": 1})
        lock = repository / ".git/refs/exptrack/catalogue.lock"
        lock.touch()
        remover = subprocess.Popen(("sh", "-c", f"sleep 0.5; rm '{lock}'"))
        registry.register({"b": 1})
        remover.wait()
        assert len(registry.list()) == 2


BULK = """
    print("ready", flush=True)
    registry = ExperimentRegistry(sys.argv[1])
    registry.register_many([{"n": n} for n in range(int(sys.argv[2]))], tags=["bulk"])
"""


def interrupt_bulk(folder: Path, count: int, wait: float) -> None:
    """Ctrl-C in the middle: all of it is registered or nothing, in refs and in the work tree."""
    process = start(folder, BULK, count)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode in (0, 1, 130, -signal.SIGINT), err
    if process.returncode == 1:
        assert b"KeyboardInterrupt" in err
    there = refs(folder, "refs/exptrack")
    assert len(there) in (0, 2), there
    names = [p for p in (folder / ".exptrack").rglob("*") if p.is_file()]
    temporary = [p for p in names if p.name.endswith(".tmp")]
    objects = [p for p in names if p.parent.parent.name == "objects"]
    assert temporary == []
    assert len(objects) == (count if there else 0)
    assert fsck(folder) == ""
    git_dir = folder / ".git"
    rubbish = [*git_dir.glob("fast_import_crash_*"), *git_dir.glob("objects/pack/*.keep")]
    rubbish += git_dir.glob("refs/**/*.lock")
    assert rubbish == []
    with ExperimentRegistry(folder) as registry:
        assert len(registry.list(full=False)) == (count if there else 0)


@pytest.mark.parametrize("wait", [0.2, 0.4, 0.7])
def test_ctrl_c_in_a_bulk_registration_registers_all_or_nothing(
    repository: Path, wait: float
) -> None:
    """Interrupted anywhere, register_many leaves the state before or the state after."""
    interrupt_bulk(repository, 1500, wait)


@pytest.mark.slow
@pytest.mark.parametrize("wait", [0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
def test_ctrl_c_in_the_registration_of_twenty_thousand(repository: Path, wait: float) -> None:
    """The same with 20,000 configs."""
    interrupt_bulk(repository, 20_000, wait)


@pytest.mark.slow
def test_ctrl_c_at_many_moments(repository: Path) -> None:
    """Fifty interruptions spread over a short registration, in one repository after another."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"warm": "up"}, worktree=False)
        registry.delete("@")
    git(repository, "update-ref", "-d", CATALOGUE)
    for number in range(50):
        interrupt_bulk(repository, 60, 0.1 + number * 0.006)
        for ref in refs(repository, "refs/exptrack"):
            git(repository, "update-ref", "-d", ref)
        subprocess.run(("rm", "-rf", str(repository / ".exptrack")), check=True)


def test_an_error_in_the_middle_registers_nothing(repository: Path) -> None:
    """A config that cannot be stored, found late in a batch, leaves no trace of the others."""
    with ExperimentRegistry(repository) as registry:
        with pytest.raises(ValueError, match="config 3") as caught:
            registry.register_many([{"n": 0}, {"n": 1}, {"n": 2}, {"n": {1, 2}}], tags=["t"])
        assert getattr(caught.value, "path", None) == "[3].n"

        def configs():  # type: ignore[no-untyped-def]
            yield {"n": 0}
            raise RuntimeError("the caller's own")

        with pytest.raises(RuntimeError):
            registry.register_many(configs())
        assert registry.list() == []
        registry.register({"works": "on"})
    assert list(refs(repository, "refs/exptrack")) == [CATALOGUE]


@pytest.mark.parametrize("victim", ["fast-import", "update-ref", "cat-file"])
def test_a_git_process_that_dies_is_started_again(repository: Path, victim: str) -> None:
    """One of the open git processes is killed (out of memory): at most one call fails."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"n": 0}, tags=["t"])
        registry.list()
        children = subprocess.run(
            ("ps", "-o", "pid=,args=", "--ppid", str(os.getpid())),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in children.splitlines():
            if victim in line:
                os.kill(int(line.split()[0]), signal.SIGKILL)
        time.sleep(0.05)
        with suppress(GittrackError):
            registry.register({"n": 1}, tags=["t"])
        registry.register({"n": 1}, tags=["t"])
        assert len(registry.search_by_tag("t")) == 2
    assert fsck(repository) == ""
