"""Many clones sync at random with a remote that drops connections: nothing is lost or doubled."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from git_hosts import new_clone, new_host, write_program
from witness import fsck, git, refs

from gittrack import ExperimentTracker

pytestmark = pytest.mark.slow

CLONES, RUNS = 16, 50

WORKER = """
import random, sys
from gittrack import ExperimentTracker
from gittrack.sync.hosts import Fault, TransferError

folder, number, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
dice = random.Random(number)
with ExperimentTracker(folder, capture=False) as tracker:
    for run in range(runs):
        with tracker.start_run(dice.choice(["a", "b"])) as active:
            active.log_metric("score", 1000 * number + run)
        if dice.random() < 0.15:
            try:
                dice.choice([tracker.sync, tracker.push, tracker.pull])()
            except TransferError as error:
                if error.fault is not Fault.AWAY:
                    raise
"""

# One push in five ends in the middle: the host sees the end of what it reads, or is killed.
DROPPING = r"""
dice() { od -An -N2 -tu2 /dev/urandom | tr -d ' '; }
case $(( $(dice) % 10 )) in
0) dd bs=1 count=$(( $(dice) % 4000 )) status=none | git-receive-pack "$@";;
1) timeout -s TERM 0.0$(( $(dice) % 100 )) git-receive-pack "$@";;
*) exec git-receive-pack "$@";;
esac"""


def sync_until_still(folders: list[Path]) -> None:
    """Let each clone sync, over an honest connection, until none has anything new."""
    for _ in range(3):
        moved = False
        for folder in folders:
            with ExperimentTracker(folder, capture=False) as tracker:
                summary = tracker.sync()
                moved = moved or bool(summary.came or summary.went or summary.folded)
        if not moved:
            return
    raise AssertionError("the clones do not come to rest")


def test_a_storm_of_clones_loses_nothing(tmp_path: Path) -> None:
    """16 clones record 50 runs each and sync, push and pull at random, one push in five dropped:
    in the end each has all 800, once."""
    host = new_host(tmp_path / "host.git")
    dropping = write_program(tmp_path / "dropping", DROPPING)
    folders = [new_clone(host, tmp_path / f"clone{n}", f"Clone {n}") for n in range(CLONES)]
    for folder in folders:
        git(folder, "config", "remote.origin.receivepack", str(dropping))
    workers = [
        subprocess.Popen(
            (sys.executable, "-c", WORKER, str(folder), str(number), str(RUNS)),
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        for number, folder in enumerate(folders)
    ]
    for worker in workers:
        _, messages = worker.communicate(timeout=900)
        assert worker.returncode == 0, messages
    for folder in folders:
        git(folder, "config", "--unset", "remote.origin.receivepack")
    for lock in host.rglob("*.lock"):  # what a killed git leaves, whoever runs the host takes away
        lock.unlink()
    sync_until_still(folders)
    expected = Counter(1000 * n + run for n in range(CLONES) for run in range(RUNS))
    for folder in folders:
        with ExperimentTracker(folder, capture=False) as tracker:
            found = tracker.list_runs()
        assert Counter(round(run.metrics["score"]) for run in found) == expected
        assert len({run.run_id for run in found}) == CLONES * RUNS
        assert refs(folder, "refs/exptrack/") == refs(host, "refs/exptrack/")
    assert fsck(host) == fsck(folders[0]) == fsck(folders[-1]) == ""
    assert not any("/inbox/" in ref for ref in refs(host))
