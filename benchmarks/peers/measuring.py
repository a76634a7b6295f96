"""One measurement of one tracker in each case: its figures by name."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import BULK, MEMORY, PEERS, RUNS, START, TRIALS, VALUES
from benchmarks.peers.process import Place, weigh

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked for; a slow tracker stops when the seconds are over, and it is told."""

    runs: int = 1000
    values: int = 100_000
    killed: int = 10_000
    trials: int = 10_000
    bulk: int = 100_000
    memory: int = 1_000_000
    seconds: float = 5.0

    def scaled(self, factor: float) -> Sizes:
        """The same, larger or smaller."""

        def of(count: int) -> int:
            return max(20, round(count * factor))

        return Sizes(
            of(self.runs),
            of(self.values),
            of(self.killed),
            of(self.trials),
            of(self.bulk),
            of(self.memory),
            max(0.5, self.seconds * min(1.0, factor)),
        )


@contextmanager
def fresh(peer: str, python: str) -> Iterator[Place]:
    """A new project for a tracker, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="peers-", ignore_cleanup_errors=True) as folder:
        place = Place(peer, python, Path(folder))
        place.work("prepare")
        yield place


def runs(place: Place, sizes: Sizes) -> Figures:
    """Small runs in a loop, and what each leaves on the disk."""
    place.work("one")
    place.work("settle")
    before = weigh(place.folder)
    told = place.work("runs", sizes.runs, sizes.seconds)
    raw = weigh(place.folder) - before
    place.work("settle")
    settled = weigh(place.folder) - before
    done = told["done"] + 1  # the worker's first run is outside the time
    return {
        "runs": told["done"],
        "ms": told["seconds"] / told["done"] * 1e3,
        "bytes": settled.size / done,
        "disk": settled.blocks / done,
        "bytes before": raw.size / done,
        "files": settled.files / done,
    }


def values(place: Place, sizes: Sizes) -> Figures:
    """Many values of one run: ten at a time, one by one, and before SIGKILL."""
    with fresh(place.peer, place.python) as other:
        single = other.work("ones", sizes.values, sizes.seconds)
    place.work("one")
    place.work("settle")
    before = weigh(place.folder)
    ten = place.work("tens", sizes.values, sizes.seconds)
    place.work("settle")
    settled = weigh(place.folder) - before
    return {
        "values": ten["done"],
        "µs of ten": ten["seconds"] / ten["done"] * 1e6,
        "µs with the end": (ten["seconds"] + ten["end"]) / ten["done"] * 1e6,
        "single values": single["done"],
        "µs single": single["seconds"] / single["done"] * 1e6,
        "bytes": settled.size / ten["done"],
        "disk": settled.blocks / ten["done"],
        "kept of ten, %": _kept(place, "killed_tens", sizes),
        "kept single, %": _kept(place, "killed_ones", sizes),
    }


def trials(place: Place, sizes: Sizes) -> Figures:
    """Trials one by one."""
    place.work("trials", 1)
    place.work("settle")
    before = weigh(place.folder)
    told = place.work("trials", sizes.trials, sizes.seconds)
    place.work("settle")
    settled = weigh(place.folder) - before
    return {
        "trials": told["done"],
        "µs": told["seconds"] / told["done"] * 1e6,
        "bytes": settled.size / told["done"],
    }


def bulk(place: Place, sizes: Sizes) -> Figures:
    """Trials, many at once."""
    place.work("trials", 1)
    place.work("settle")
    before = weigh(place.folder)
    told = place.work("bulk", sizes.bulk, sizes.seconds)
    raw = weigh(place.folder) - before
    place.work("settle")
    settled = weigh(place.folder) - before
    return {
        "trials": told["done"],
        "µs": told["seconds"] / told["done"] * 1e6,
        "bytes": settled.size / told["done"],
        "bytes before": raw.size / told["done"],
    }


def start(place: Place, _: Sizes) -> Figures:
    """Fresh processes beyond a bare one: the import alone, and a whole script with one run."""
    place.work("one")
    told = {name: place.work(name) for name in ("bare", "load", "one")}
    wall = {name: 1e3 * one["wall"] for name, one in told.items()}
    busy = {name: 1e3 * one["busy"] for name, one in told.items()}
    return {
        "import, ms": wall["load"] - wall["bare"],
        "its CPU": busy["load"] - busy["bare"],
        "one run, ms": wall["one"] - wall["bare"],
        "CPU of all": busy["one"] - busy["bare"],
    }


def memory(place: Place, sizes: Sizes) -> Figures:
    """How a process grows over one long run."""
    told = place.work("memory", sizes.memory, 2 * sizes.seconds)
    return {
        "values": told["done"],
        "logging, MiB": told["logging"],
        "end, MiB": told["end"],
    }


MEASURES: dict[str, Callable[[Place, Sizes], Figures]] = {
    RUNS: runs,
    VALUES: values,
    TRIALS: trials,
    BULK: bulk,
    START: start,
    MEMORY: memory,
}


def _kept(place: Place, action: str, sizes: Sizes) -> float:
    """The share of values that a new process reads after the kill."""
    with fresh(place.peer, place.python) as other:
        seconds = sizes.seconds / 4
        told = other.work(action, sizes.killed, seconds, killed=True)
        time.sleep(PEERS[place.peer].lingers)
        return 100 * float(other.work("count")["found"]) / float(told["done"])
