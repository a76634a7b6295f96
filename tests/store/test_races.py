"""Many writers at once, in processes and threads, beside git's own housekeeping and across fork."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from witness import fsck, git, new_repository, refs
from workers import finish, start

from gittrack.registry import ExperimentRegistry

pytestmark = pytest.mark.slow


CATALOGUE = "refs/exptrack/catalogue"

WRITER = """
    number, count = int(sys.argv[2]), int(sys.argv[3])
    with ExperimentRegistry(sys.argv[1]) as registry:
        for n in range(count):
            if n % 3 == 0:
                registry.register({"shared": n}, tags=["shared", f"w{number}"])
            else:
                registry.register(
                    {"writer": number, "n": n}, description=f"{number}/{n}", tags=["own"]
                )
"""


def check_all_there(folder: Path, writers: int, count: int, *, locked: bool = True) -> None:
    own = writers * len([n for n in range(count) if n % 3])
    shared = len([n for n in range(count) if n % 3 == 0])
    names = git(folder, "ls-tree", "-r", "--name-only", CATALOGUE).splitlines()
    assert len([n for n in names if n.startswith(".exptrack/objects/")]) == own + shared
    records = len([n for n in names if n.startswith(".exptrack/meta/")])
    if locked:
        assert records == own + shared
    else:
        # Two writers of one config may each see the other's record in the work tree before one
        # of them takes its own back: then both stay, and fold to the earlier.
        assert own + shared <= records <= own + shared * writers
    with ExperimentRegistry(folder) as registry:
        assert len(registry.list()) == own + shared
        assert len(registry.search_by_tag("own")) == own
        assert len(registry.search_by_tag("shared")) == shared
        for number in range(writers):
            assert len(registry.search_by_tag(f"w{number}")) == shared
        assert registry.verify() == (own + shared, [])
    assert fsck(folder) == ""
    leftovers = list((folder / ".exptrack").rglob("*.tmp"))
    leftovers += (folder / ".git").rglob("*.lock")
    assert {p.name for p in leftovers} <= {"index.lock"}  # our own, below .git/exptrack


def run_writers(folder: Path, writers: int, count: int) -> None:
    running = [start(folder, WRITER, number, count) for number in range(writers)]
    for process in running:
        finish(process, timeout=300)


def test_four_processes_register_at_once(repository: Path) -> None:
    """Same and different configs, with tags: all are there exactly once, nobody saw an error."""
    run_writers(repository, 4, 12)
    check_all_there(repository, 4, 12)


@pytest.mark.slow
def test_eight_processes_register_two_hundred_at_once(repository: Path) -> None:
    """Two hundred calls from eight processes."""
    run_writers(repository, 8, 25)
    check_all_there(repository, 8, 25)


def test_writers_that_cannot_lock_still_lose_nothing(repository: Path, tmp_path: Path) -> None:
    """On a file system without locks, compare-and-swap alone keeps every record."""
    unlocked = """
        import fcntl
        def no_locks(*_): raise OSError(37, "No locks available")
        fcntl.flock = no_locks
    """
    writer = unlocked.replace("\n    ", "\n") + WRITER
    running = [start(repository, writer, number, 6) for number in range(4)]
    for process in running:
        finish(process)
    check_all_there(repository, 4, 6, locked=False)


@contextmanager
def housekeeping(folder: Path) -> Iterator[None]:
    """`git gc`, `git repack` and `git pack-refs` in a loop, as a user's own git might do."""
    stop = threading.Event()
    complaints: list[str] = []

    def work() -> None:
        while not stop.is_set():
            for command in (
                ("gc", "--prune=now", "-q"),
                ("repack", "-adq"),
                ("pack-refs", "--all"),
            ):
                result = subprocess.run(
                    ("git", *command), cwd=folder, capture_output=True, text=True, check=False
                )
                if result.returncode:
                    complaints.append(result.stderr)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_registering_while_git_cleans_up(repository: Path) -> None:
    """A gc that prunes at once, again and again, takes nothing away from the writers."""
    with housekeeping(repository):
        run_writers(repository, 2, 15)
    check_all_there(repository, 2, 15)


@pytest.mark.slow
def test_two_hundred_registrations_while_git_cleans_up(repository: Path) -> None:
    """Eight processes beside `git gc --prune=now` and `git repack -ad` in a loop."""
    with housekeeping(repository):
        run_writers(repository, 8, 25)
    check_all_there(repository, 8, 25)


def test_describing_tagging_and_deleting_at_once(repository: Path) -> None:
    """Different operations on the same configs from several processes all take effect."""
    with ExperimentRegistry(repository) as registry:
        ids = registry.register_many([{"n": n} for n in range(12)], tags=["all"])
    code = """
        with ExperimentRegistry(sys.argv[1]) as registry:
            number, ids = int(sys.argv[2]), sys.argv[3:]
            for config_id in ids:
                if number == 0:
                    registry.update(config_id, "described")
                elif number == 1:
                    registry.tag(config_id, "more")
                elif number == 2:
                    registry.untag(config_id, "all")
                else:
                    registry.register({"child of": config_id}, parents=[config_id])
    """
    for process in [start(repository, code, number, *ids) for number in range(4)]:
        finish(process)
    with ExperimentRegistry(repository) as registry:
        for config_id in ids:
            record = registry.get(config_id)
            assert (record.description, record.tags) == ("described", ("more",))
        assert registry.search_by_tag("all") == []
        assert len(registry.list()) == 24
    assert fsck(repository) == ""


def test_threads_share_one_registry(repository: Path) -> None:
    """Four threads write and read through one object; each sees what it wrote."""
    errors: list[str] = []
    with ExperimentRegistry(repository) as registry:

        def work(number: int) -> None:
            try:
                for n in range(12):
                    config_id = registry.register({"thread": number, "n": n}, tags=["t"])
                    assert registry.get(config_id).config == {"thread": number, "n": n}
                    mine = registry.list(where=f"thread = {number}")
                    assert len(mine) == n + 1
            except Exception:  # noqa: BLE001 - a thread has nobody to raise to
                errors.append(traceback.format_exc())

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(registry.search_by_tag("t")) == 48
        assert registry.verify() == (48, [])
    assert fsck(repository) == ""


@pytest.mark.parametrize("leaving", ["exit", "_exit"])
def test_a_forked_child_uses_its_parents_registry(repository: Path, leaving: str) -> None:
    """After os.fork both go on, and neither ends the other's git processes."""
    code = f"""
        import os
        registry = ExperimentRegistry(sys.argv[1])
        registry.register({{"who": "parent", "n": 0}}, tags=["t"])
        registry.list()
        child = os.fork()
        if child == 0:
            for n in range(3):
                made = registry.register({{"who": "child", "n": n}}, tags=["t"])
                assert registry.get(made).config == {{"who": "child", "n": n}}
            {"sys.exit(0)" if leaving == "exit" else "os._exit(0)"}
        registry.register({{"who": "parent", "n": 1}}, tags=["t"])
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        registry.register({{"who": "parent", "n": 2}}, tags=["t"])
        assert len(registry.search_by_tag("t")) == 6
        registry.close()
        registry.register({{"who": "parent", "n": 3}})
        assert len(registry.list()) == 7
        registry.close()
    """
    finish(start(repository, code))
    assert fsck(repository) == ""
    assert not list((repository / ".git/objects/pack").glob("*.keep"))


def test_a_pool_of_processes_made_by_fork(repository: Path) -> None:
    """multiprocessing with fork, the registry opened before: each worker records."""
    code = """
        import multiprocessing
        registry = ExperimentRegistry(sys.argv[1])
        registry.register({"n": -1})

        def record(n):
            return registry.register({"n": n}, tags=["pool"])

        with multiprocessing.get_context("fork").Pool(3) as pool:
            ids = pool.map(record, range(15))
        assert len(set(ids)) == 15
        assert len(registry.search_by_tag("pool")) == 15
    """
    finish(start(repository, code))
    assert fsck(repository) == ""


def test_two_processes_build_the_index_at_once(repository: Path) -> None:
    """With no index there, readers that start together all get whole answers."""
    with ExperimentRegistry(repository) as registry:
        registry.register_many([{"n": n} for n in range(300)], tags=["t"])
    (repository / ".git/exptrack/index.db").unlink(missing_ok=True)
    code = """
        with ExperimentRegistry(sys.argv[1]) as registry:
            assert len(registry.list(tag="t", where="n < 100")) == 100
    """
    for process in [start(repository, code) for _ in range(4)]:
        finish(process)
    assert not list((repository / ".git/exptrack").glob("*.tmp"))


def test_readers_beside_a_writer_see_whole_states(repository: Path) -> None:
    """A reader never sees a config without its description, nor fewer configs than before."""
    code = """
        with ExperimentRegistry(sys.argv[1]) as registry:
            for n in range(40):
                registry.register({"n": n}, description="d")
    """
    writer = start(repository, code)
    seen = 0
    with ExperimentRegistry(repository) as registry:
        while writer.poll() is None:
            records = registry.list()
            assert len(records) >= seen
            assert all(r.description == "d" for r in records)
            seen = len(records)
        finish(writer)
        assert len(registry.list()) == 40


def test_a_lost_race_on_the_ref_is_tried_again(repository: Path) -> None:
    """Somebody who moves the ref with plain git all the time delays a registration, no more."""
    with ExperimentRegistry(repository) as registry:
        registry.register({"n": 0})
        stop = threading.Event()

        def disturb() -> None:
            while not stop.is_set():
                tip = refs(repository)[CATALOGUE]
                tree = git(repository, "rev-parse", f"{tip}^{{tree}}")
                new = git(repository, "commit-tree", tree, "-p", tip, "-m", "disturb")
                subprocess.run(
                    ("git", "update-ref", CATALOGUE, new, tip),
                    cwd=repository,
                    capture_output=True,
                    check=False,
                )
                time.sleep(0.002)

        thread = threading.Thread(target=disturb)
        thread.start()
        try:
            for n in range(1, 8):
                registry.register({"n": n}, tags=["t"])
        finally:
            stop.set()
            thread.join()
        assert len(registry.list()) == 8
    assert fsck(repository) == ""


def test_two_machines_that_share_a_repository_do_not_need_our_lock(tmp_path: Path) -> None:
    """A linked worktree and its main one write to one catalogue at the same time."""
    main = new_repository(tmp_path / "main", commit=True)
    git(main, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    code = """
        with ExperimentRegistry(sys.argv[1]) as registry:
            for n in range(10):
                registry.register({"place": sys.argv[2], "n": n}, tags=["t"])
    """
    running = [start(main, code, "main"), start(tmp_path / "side", code, "side")]
    for process in running:
        finish(process)
    with ExperimentRegistry(main) as registry:
        assert len(registry.search_by_tag("t")) == 20
        assert len(registry.list(where="place = 'side'")) == 10


def test_a_writer_that_waits_can_be_interrupted(repository: Path) -> None:
    """Ctrl-C while another writer holds the turn ends at once, and nothing was registered."""
    (repository / ".git/exptrack").mkdir()
    with (repository / ".git/exptrack/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = "registry = ExperimentRegistry(sys.argv[1])\nprint('ready', flush=True)\n"
        code += "registry.register({'a': 1})"
        process = start(repository, code)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert process.returncode in (1, 130, -signal.SIGINT)
    assert CATALOGUE not in refs(repository)
    assert not (repository / ".exptrack/objects").exists()
    assert os.listdir(repository / ".git/exptrack") == ["lock"]


def test_refs_packed_again_and_again_by_others_lose_nothing(repository: Path) -> None:
    """A registry kept open notices two `git pack-refs` within a second, and overwrites nothing."""
    with ExperimentRegistry(repository) as kept, ExperimentRegistry(repository) as other:
        total = 0
        for n in range(8):
            kept.register({"kept": n}, tags=["t"], worktree=False)
            git(repository, "pack-refs", "--all")
            for m in range(2):
                other.register({"other": n, "m": m}, tags=["t"], worktree=False)
                git(repository, "pack-refs", "--all")
            total += 3
            assert len(kept.search_by_tag("t")) == total
    assert fsck(repository) == ""
