"""Processes that record are killed at random moments: nothing that they acknowledged is lost."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import signal
import subprocess
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from witness import files_in, fsck, refs
from workers import problems

from gittrack.errors import NotFoundError
from gittrack.runs.model import Run
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.tracker import ExperimentTracker

EXPERIMENTS = ("first", "Zweites Experiment")
STATUSES = ("FINISHED", "FAILED", "KILLED")


class Load:
    """All kinds of calls in a random order; what they acknowledge goes to a file at once.

    Before a call that ends or deletes a run, that is written down, too: if the process is killed
    in the middle of it, it may have been done or not.
    """

    def __init__(self, repository: Path, told: Path, seed: int) -> None:
        self._dice = random.Random(seed)
        self._path = told
        self._told = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._file = told.with_name(f"artifact.{seed}")
        self._tracker = ExperimentTracker(repository, on_error="raise", capture=seed % 2 == 0)
        self._live: list[ActiveRun] = []
        self._ended: list[str] = []
        self._count = seed * 1_000_000

    def go(self, count: int | None = None) -> None:
        """Make so many calls, or go on until somebody ends this process."""
        acts = {
            self.start: 2,
            self.metrics: 10,
            self.params: 3,
            self.tag: 4,
            self.artifact: 3,
            self.trial: 3,
            self.trials: 1,
            self.end: 3,
            self.tag_ended: 1,
            self.delete: 1,
            self.checkpoint: 1,
            self.seal: 1,
        }
        for _ in itertools.count() if count is None else range(count):
            [act] = self._dice.choices(list(acts), list(acts.values()))
            act()
        self._tracker.close()

    def tell(self, *facts: object) -> None:
        os.write(self._told, (json.dumps(facts) + "\n").encode())

    def next(self) -> int:
        self._count += 1
        return self._count

    def run(self) -> ActiveRun:
        if not self._live:
            self.start()
        return self._dice.choice(self._live)

    def start(self) -> None:
        if len(self._live) < 4:
            name = self._dice.choice(EXPERIMENTS)
            run = self._tracker.start_run(name, config={"n": self.next()})
            self.tell("run", run.run_id)
            self._live.append(run)

    def metrics(self) -> None:
        run = self.run()
        for _ in range(self._dice.randint(1, 30)):
            step = self.next()
            self._tracker.log_metric("m", step / 7, step=step, run=run)
            self.tell("metric", run.run_id, step, step / 7)

    def params(self) -> None:
        run, n = self.run(), self.next()
        self._tracker.log_params({f"p{n}": [n, {"x": str(n)}]}, run=run)
        self.tell("param", run.run_id, f"p{n}", [n, {"x": str(n)}])

    def tag(self) -> None:
        run, n = self.run(), self.next()
        self._tracker.set_tag(f"t{n}", n, run=run)
        self.tell("tag", run.run_id, f"t{n}", str(n))

    def artifact(self) -> None:
        """One content in three is the same for all."""
        run, n = self.run(), self.next()
        data = b"shared\n" if n % 3 == 0 else os.urandom(self._dice.randint(1, 60_000))
        self._file.write_bytes(data)
        self._tracker.log_artifact(self._file, f"deep/{n}.bin", run=run)
        self.tell("artifact", run.run_id, f"deep/{n}.bin", hashlib.sha256(data).hexdigest())

    def trial(self) -> None:
        n = self.next()
        self.tell("trial", self._tracker.log_trial("study", n, {"x": n}, n / 3), n)

    def trials(self) -> None:
        numbers = [self.next() for _ in range(3)]
        given = [{"trial_number": n, "params": {"x": n}} for n in numbers]
        for run_id, n in zip(self._tracker.log_trials("study", given), numbers, strict=True):
            self.tell("trial", run_id, n)

    def end(self) -> None:
        run, status = self.run(), self._dice.choice(STATUSES)
        self.tell("ending", run.run_id, status)
        self._tracker.end_run(status, run=run)
        self.tell("end", run.run_id, status)
        self._live.remove(run)
        self._ended.append(run.run_id)

    def tag_ended(self) -> None:
        """A run of anybody's, unless its process deletes it at this moment."""
        ended = self.ended_anywhere()
        if ended:
            run_id, n = self._dice.choice(ended), self.next()
            try:
                self._tracker.set_tag(f"e{n}", n, run=run_id)
            except NotFoundError:
                assert run_id not in self.ended_anywhere()
            else:
                self.tell("tag", run_id, f"e{n}", str(n))

    def ended_anywhere(self) -> list[str]:
        """The last runs that ended, and that nobody deletes."""
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - 100_000))
            facts = [json.loads(line) for line in file.read().splitlines()[1:-1]]
        gone = {run_id for kind, run_id, *_ in facts if kind == "deleting"}
        return [run_id for kind, run_id, *_ in facts if kind == "end" and run_id not in gone]

    def delete(self) -> None:
        if len(self._ended) > 2:
            run_id = self._ended.pop(self._dice.randrange(len(self._ended)))
            self.tell("deleting", run_id)
            self._tracker.delete_run(run_id)
            self.tell("deleted", run_id)

    def checkpoint(self) -> None:
        self._tracker.checkpoint(self.run())

    def seal(self) -> None:
        self._tracker.seal()


def child(work: Callable[[], object], complaints: Path) -> int:
    """Start a process that works; what stops it before it is killed goes to a file."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        try:
            work()
        except BaseException:  # noqa: BLE001 - told to the parent
            complaints.write_text(traceback.format_exc())
            os._exit(1)
        finally:
            os._exit(0)
    return pid


def kill_at_random(repository: Path, folder: Path, rounds: int, together: int) -> Path:
    """Start some processes, wait for a sign of each, and kill them one by one, and again."""
    told, complaints = folder / "told", folder / "complaints"
    dice = random.Random(rounds)
    told.touch()
    for number in range(rounds):
        before = told.stat().st_size
        pids = []
        for n in range(together):
            seed = number * together + n + 1
            pids.append(child(lambda s=seed: Load(repository, told, s).go(), complaints))
        deadline = time.monotonic() + 30
        while told.stat().st_size == before:
            assert time.monotonic() < deadline
            assert not complaints.exists(), complaints.read_text()
            time.sleep(0.005)
        for n, pid in enumerate(pids):
            time.sleep(dice.uniform(0, 0.2))
            # Alone, or with its git processes.
            (os.kill if (number + n) % 2 else os.killpg)(pid, signal.SIGKILL)
            assert os.waitpid(pid, 0)[1] == signal.SIGKILL, complaints.read_text()
        assert not complaints.exists(), complaints.read_text()
        remove_locks(repository)
    return told


def remove_locks(repository: Path) -> None:
    """A git that is killed while it moves a ref leaves its lock, which `git exp doctor` removes
    some minutes later."""
    for lock in (repository / ".git/refs/exptrack").rglob("*.lock"):
        with suppress(FileNotFoundError):
            lock.unlink()


@dataclass
class Told:
    """What was acknowledged of one run."""

    metrics: list[tuple[int, float]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    ending: str | None = None
    end: str | None = None
    deleting: bool = False
    deleted: bool = False
    trial: int | None = None

    def take(self, kind: str, *facts: Any) -> None:
        if kind == "metric":
            self.metrics.append((facts[0], facts[1]))
        elif kind in ("param", "tag", "artifact"):
            getattr(self, f"{kind}s")[facts[0]] = facts[1]
        elif kind in ("ending", "end", "trial"):
            setattr(self, kind, facts[0])
        elif kind in ("deleting", "deleted"):
            setattr(self, kind, True)


def acknowledged(told: Path) -> dict[str, Told]:
    found: dict[str, Told] = defaultdict(Told)
    for line in told.read_text().splitlines():
        kind, run_id, *facts = json.loads(line)
        found[run_id].take(kind, *facts)
    return found


def check_run(tracker: ExperimentTracker, run: Run, told: Told) -> None:
    assert run.params.items() >= told.params.items()
    assert run.tags.items() >= told.tags.items()
    files = {artifact.path: artifact.sha256 for artifact in run.artifacts}
    assert files.items() >= told.artifacts.items()
    if told.trial is not None:
        assert (run.trial_number, run.params) == (told.trial, {"x": told.trial})
        return
    expected = {"KILLED"} if told.ending is None else {"KILLED", told.ending}
    assert run.status in ({told.end} if told.end else expected)
    if told.metrics:
        found = [(p.step, p.value) for p in tracker.get_metric_history(run, "m")]
        assert [point for point in found if point in set(told.metrics)] == told.metrics
        assert len(set(found)) == len(found)


def check_nothing_lost(repository: Path, told: Path) -> None:
    """A fresh tracker finds it all, once; git and we find nothing damaged."""
    with ExperimentTracker(repository, on_error="raise") as tracker:
        tracker.seal()
        listed = tracker.list_runs()
        runs = {run.run_id: run for run in listed}
        assert len(runs) == len(listed)
        for run_id, facts in acknowledged(told).items():
            assert not (facts.deleted and run_id in runs)
            if not facts.deleting or run_id in runs:
                check_run(tracker, runs[run_id], facts)
        assert {run.status for run in listed} <= set(STATUSES)
    for ref in refs(repository, "refs/exptrack/experiments/"):
        paths = [path for path in files_in(repository, ref) if path.endswith("/run.yaml")]
        places = Counter(path.split("/")[-2] for path in paths)
        assert not [run_id for run_id, count in places.items() if count > 1]
    assert not list((repository / ".git/exptrack/journal").glob("*.journal"))
    assert problems(repository) == []
    assert fsck(repository) == ""


@pytest.mark.slow
@pytest.mark.parametrize("together", [1, 3])
def test_killed_at_random_moments(repository: Path, tmp_path: Path, together: int) -> None:
    """One process after another, or several at once: every acknowledged value is there, once."""
    told = kill_at_random(repository, tmp_path, 4, together)
    check_nothing_lost(repository, told)


@pytest.mark.slow
def test_two_hundred_kills(repository: Path, tmp_path: Path) -> None:
    """The same two hundred times over, in one repository."""
    told = kill_at_random(repository, tmp_path, 50, 4)
    assert len(acknowledged(told)) > 200
    check_nothing_lost(repository, told)


@pytest.mark.slow
def test_all_kinds_of_calls_at_once_while_git_cleans_up(repository: Path, tmp_path: Path) -> None:
    """Six processes start, end, tag, checkpoint and delete runs and log trials and artifacts,
    while `gc --prune=now` and `repack` run in a loop: no error to any, and nothing is lost."""
    told, complaints = tmp_path / "told", tmp_path / "complaints"
    told.touch()
    cleaning = subprocess.Popen(
        ("sh", "-c", "while :; do git gc -q --prune=now; git repack -adq; done"),
        cwd=repository,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        pids = [
            child(lambda s=seed: Load(repository, told, s).go(400), complaints)
            for seed in range(1, 7)
        ]
        statuses = [os.waitpid(pid, 0)[1] for pid in pids]
    finally:
        os.killpg(cleaning.pid, signal.SIGKILL)
        cleaning.wait()
    assert not complaints.exists(), complaints.read_text()
    assert statuses == [0] * 6
    check_nothing_lost(repository, told)
