"""One piece of work in a process of its own: `worker.py PEER ACTION FOLDER COUNT SECONDS RESULT`.

Its figures go as JSON into the file RESULT, because some trackers print.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

# At the end, so that the tracker is the one installed and not the one beside this file.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from benchmarks.peers.catalogue import PEERS

_TAGS = {"team": "alpha", "stage": "test", "note": "loop"}
_LARGEST = 1000
_WARM = 10_000
"""Values logged before memory is looked at for the first time."""

Calls = Iterator[tuple[Any, ...]]


def tens() -> Calls:
    """Ten values of ten metrics for each step, without end."""
    dice, step = random.Random(1), 0
    while True:
        yield {f"metric_{number}": dice.random() for number in range(10)}, step
        step += 1


def ones() -> Calls:
    """A value of one metric for each step, without end."""
    dice, step = random.Random(1), 0
    while True:
        yield "loss", dice.random(), step
        step += 1


def runs() -> Calls:
    """The parameters, metrics and tags of small runs, without end."""
    dice = random.Random(1)
    while True:
        params = {f"param_{number}": dice.random() for number in range(20)}
        yield params, {f"metric_{number}": dice.random() for number in range(5)}, _TAGS


def numbers() -> Calls:
    """The numbers of trials, without end."""
    number = 0
    while True:
        yield (number,)
        number += 1


def loop(
    action: Callable[..., object], calls: Calls, count: int, seconds: float
) -> tuple[int, float]:
    """Make that many calls, or fewer when the seconds are over; how many, and how long they took.

    The arguments are made outside the time, some calls ahead.
    """
    done, spent, size = 0, 0.0, 1
    while done < count and spent < seconds:
        some = list(islice(calls, min(size, count - done)))
        started = time.perf_counter()
        for arguments in some:
            action(*arguments)
        took = time.perf_counter() - started
        done, spent = done + len(some), spent + took
        size = min(2 * size, _LARGEST) if took < 0.1 else size
    return done, spent


def peak() -> float:
    """The most memory that this process has had, in MiB.

    Not from getrusage: there a child begins with its parent's peak.
    """
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else float("nan")


class Work:
    """The actions, by name."""

    def __init__(self, peer: str, folder: Path, count: int, seconds: float) -> None:
        self._entry = PEERS[peer]
        self._folder, self._count, self._seconds = folder, count, seconds

    def version(self) -> dict[str, Any]:
        """Which one is installed."""
        return {"version": metadata.version(self._entry.distribution)}

    def bare(self) -> None:
        """Nothing: what a process costs."""

    def load(self) -> None:
        """Import the tracker."""
        self._entry.load()

    def prepare(self) -> None:
        """What a user does once in a project."""
        self._entry.load().prepare(self._folder)

    def settle(self) -> None:
        """The tracker's own housekeeping."""
        self._entry.load().settle(self._folder)

    def count(self) -> dict[str, Any]:
        """How many values a reader finds."""
        return {"found": self._entry.load().count(self._folder)}

    def one(self) -> None:
        """One small run."""
        peer = self._entry.load()(self._folder)
        peer.run(*next(runs()))
        peer.close()

    def runs(self) -> dict[str, Any]:
        """Small runs in a loop."""
        peer = self._entry.load()(self._folder)
        peer.run(*next(runs()))
        done, spent = loop(peer.run, runs(), self._count, self._seconds)
        started = time.perf_counter()
        peer.close()
        return {"done": done, "seconds": spent + time.perf_counter() - started}

    def trials(self) -> dict[str, Any]:
        """Trials, one by one."""
        peer = self._entry.load()(self._folder)
        done, spent = loop(peer.trial, numbers(), self._count, self._seconds)
        peer.close()
        return {"done": done, "seconds": spent}

    def bulk(self) -> dict[str, Any]:
        """Trials, many at once."""
        peer = self._entry.load()(self._folder)
        done, spent = 0, 0.0
        part = self._count if self._entry.module == "gittrack_" else 100
        while done < self._count and spent < self._seconds:
            spent += peer.bulk(part)
            done += part
        peer.close()
        return {"done": done, "seconds": spent}

    def tens(self) -> dict[str, Any]:
        """Values of one run, ten at a time."""
        return self._values("log", tens(), self._count // 10, 10)

    def ones(self) -> dict[str, Any]:
        """Values of one run, one by one."""
        return self._values("log_one", ones(), self._count, 1)

    def killed_tens(self) -> dict[str, Any]:
        """Values, ten at a time, and SIGKILL when the last call has returned."""
        return self._killed("log", tens(), self._count // 10, 10)

    def killed_ones(self) -> dict[str, Any]:
        """Values, one by one, and SIGKILL when the last call has returned."""
        return self._killed("log_one", ones(), self._count, 1)

    def memory(self) -> dict[str, Any]:
        """How much more memory this process takes while one run gets many values."""
        peer = self._entry.load()(self._folder)
        peer.start()
        calls = tens()
        loop(peer.log, calls, _WARM // 10, self._seconds)
        early = peak()
        done, _ = loop(peer.log, calls, self._count // 10, self._seconds)
        late = peak()
        peer.end()
        peer.close()
        return {"done": 10 * done, "logging": late - early, "end": peak() - late}

    def _values(self, name: str, calls: Calls, count: int, each: int) -> dict[str, Any]:
        peer = self._entry.load()(self._folder)
        peer.start()
        done, spent = loop(getattr(peer, name), calls, count, self._seconds)
        started = time.perf_counter()
        peer.end()
        peer.close()
        ended = time.perf_counter() - started
        return {"done": done * each, "seconds": spent, "end": ended}

    def _killed(self, name: str, calls: Calls, count: int, each: int) -> dict[str, Any]:
        peer = self._entry.load()(self._folder)
        peer.start()
        done, _ = loop(getattr(peer, name), calls, count, self._seconds)
        write({"done": done * each})
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("it was killed")


def write(figures: dict[str, Any] | None) -> None:
    """Hand the figures over."""
    Path(sys.argv[6]).write_text(json.dumps(figures or {}))


def main() -> None:
    """Do what the arguments say."""
    peer, action, folder, count, seconds = sys.argv[1:6]
    work = Work(peer, Path(folder), int(count), float(seconds))
    write(getattr(work, action)())


if __name__ == "__main__":
    main()
