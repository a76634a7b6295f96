"""What recording runs, metrics and trials costs, and what they weigh in git.

    python benchmarks/runs.py [--trials 100000] [--values 10000000]

Each part gets a new repository in a temporary folder; nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configs import new_repository, size, timed

from gittrack import ExperimentTracker


def repeated(action: Callable[[], Any], count: int, parts: int = 10) -> float:
    """Microseconds for one of `count` calls: the median of as many parts of the loop."""
    each = count // parts

    def loop() -> None:
        for _ in range(each):
            action()

    return round(statistics.median(timed(loop) for _ in range(parts)) / each * 1e6, 2)


def packed(repository: Path) -> int:
    """Bytes of the packs after `git gc`."""
    subprocess.run(["git", "gc", "-q"], cwd=repository, check=True)
    return size(repository / ".git/objects/pack")


def single_runs(folder: Path, count: int = 1000) -> dict[str, float]:
    """A loop of small runs: 20 parameters, 5 metrics, 3 tags."""
    repository = new_repository(folder)
    with ExperimentTracker(repository) as tracker:

        def run() -> None:
            with tracker.start_run("loop", tags={"a": 1, "b": 2, "c": 3}) as active:
                active.log_params({f"param_{n}": random.random() for n in range(20)})
                active.log_metrics({f"metric_{n}": random.random() for n in range(5)})

        run()
        seconds = timed(lambda: [run() for _ in range(count)])
        seconds += timed(tracker.close)
    return {
        "a run, ms": round(seconds / count * 1e3, 2),
        "a run, bytes after gc": round(packed(repository) / count),
    }


def metrics(folder: Path, steps: int = 10_000) -> dict[str, float]:
    """One run: single values, then ten at a time."""
    repository = new_repository(folder)
    figures: dict[str, float] = {}
    with ExperimentTracker(repository, capture=False) as tracker:
        run = tracker.start_run("metrics")
        step = iter(range(10**9))
        figures["log_metric, µs"] = repeated(
            lambda: run.log_metric("loss", random.random(), step=next(step)), 10 * steps
        )
        figures["end of a run with 100,000 values, s"] = round(timed(run.end), 2)
        run = tracker.start_run("ten")
        step = iter(range(10**9))
        names = [f"metric_{number}" for number in range(10)]
        figures["log_metrics of ten, µs a value"] = round(
            repeated(
                lambda: run.log_metrics({name: random.random() for name in names}, next(step)),
                steps,
            )
            / 10,
            3,
        )
        run.end()
    figures["a value, bytes after gc"] = round(packed(repository) / (20 * steps), 1)
    return figures


def trials(folder: Path, count: int) -> dict[str, float]:
    """Trials one by one, then in bulk."""
    repository = new_repository(folder)
    dice = random.Random(0)

    def params() -> dict[str, Any]:
        return {
            "lr": 10 ** dice.uniform(-5, -1),
            "depth": dice.randint(1, 10),
            "optimizer": dice.choice(["adam", "sgd"]),
            "dropout": round(dice.random(), 3),
        }

    figures: dict[str, float] = {}
    with ExperimentTracker(repository, capture=False) as tracker:
        numbers = iter(range(10**9))
        figures["log_trial, µs"] = repeated(
            lambda: tracker.log_trial("one", next(numbers), params(), {"sharpe": dice.random()}),
            5000,
        )
    repository = new_repository(folder)
    with ExperimentTracker(repository, capture=False) as tracker:
        many = [
            {"trial_number": n, "params": params(), "performance": {"sharpe": dice.random()}}
            for n in range(count)
        ]
        figures[f"log_trials of {count:,}, s"] = round(
            timed(lambda: tracker.log_trials("many", many)), 1
        )
    figures["a trial, bytes"] = round(size(repository / ".git/objects/pack") / count)
    return figures


def memory(folder: Path, values: int) -> dict[str, float]:
    """The growth of memory over one long run, in a process of its own."""
    repository = new_repository(folder)
    code = f"""
import re, time
from pathlib import Path
from gittrack import ExperimentTracker
tracker = ExperimentTracker({str(repository)!r}, capture=False)
run = tracker.start_run("long")
def peak():  # not getrusage: a child begins with its parent's peak
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
values = {{f"metric_{{n}}": 0.1 * n for n in range(100)}}
for step in range(1000): run.log_metrics(values, step)
early = peak()
for step in range(1000, {values // 100}): run.log_metrics(values, step)
late = peak()
started = time.perf_counter()
run.end()
print(early, late, peak(), time.perf_counter() - started)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    early, late, end, seconds = map(float, done)
    return {
        "values": values,
        "growth while logging, MiB": round(late - early, 1),
        "growth at the end, MiB": round(end - late, 1),
        "the end, s": round(seconds, 1),
    }


def start_up() -> dict[str, float]:
    """Milliseconds of `import gittrack`, and of it with the tracker, beyond bare Python."""

    def run(code: str) -> float:
        command = [sys.executable, "-c", code]
        return statistics.median(
            timed(lambda: subprocess.run(command, check=True)) for _ in range(9)
        )

    bare = run("pass")
    return {
        "import gittrack, ms": round((run("import gittrack") - bare) * 1e3, 1),
        "with ExperimentTracker, ms": round(
            (run("from gittrack import ExperimentTracker") - bare) * 1e3, 1
        ),
    }


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--values", type=int, default=10_000_000)
    wanted = parser.parse_args()
    started = time.time()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "repository"
        figures = {
            **start_up(),
            **single_runs(place),
            **metrics(place),
            **trials(place, wanted.trials),
            "memory": memory(place, wanted.values),
        }
    figures["all of this, s"] = round(time.time() - started)
    print(json.dumps(figures, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
