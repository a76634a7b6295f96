"""What exchanging runs through a git remote costs; beside it `dvc exp push` and `pull`.

    python benchmarks/sync.py [--sizes 1000 100000] [--workers 32] [--dvc 50]

The remote is a bare repository in a temporary folder: there is no network in the figures. Beside a
clone with records stands a plain `git clone --mirror`. DVC is measured where it is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from configs import new_repository, timed

from gittrack import ExperimentTracker

WORKER = """
import sys
from gittrack import ExperimentTracker
with ExperimentTracker(sys.argv[1], capture=False) as tracker:
    for number in range(int(sys.argv[2])):
        with tracker.start_run("array") as run:
            run.log_metric("score", number)
    tracker.push(inbox="--inbox" in sys.argv)
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def host_and_clone(folder: Path) -> tuple[Path, Path]:
    """A bare repository and a clone of it with one commit."""
    host = folder / "host.git"
    git(folder, "init", "-q", "--bare", str(host))
    clone = new_repository(folder / "one")
    git(clone, "remote", "add", "origin", str(host))
    git(clone, "commit", "-q", "--allow-empty", "-m", "start")
    git(clone, "push", "-q", "origin", "HEAD:refs/heads/main")
    git(host, "symbolic-ref", "HEAD", "refs/heads/main")
    return host, clone


def record(folder: Path, count: int) -> None:
    """Trials are runs, and the fastest to make."""
    with ExperimentTracker(folder, capture=False) as tracker:
        tracker.log_trials(
            "sweep",
            [
                {"trial_number": n, "params": {"lr": n / count}, "performance": {"score": n}}
                for n in range(count)
            ],
        )


def sync(folder: Path) -> float:
    """Seconds of a sync."""
    with ExperimentTracker(folder, capture=False) as tracker:
        return timed(tracker.sync)


def two_clones(folder: Path, runs: int) -> dict[str, float]:
    """First push and clone, then syncs with nothing, ten and a thousand new runs."""
    host, one = host_and_clone(folder)
    record(one, runs)
    figures = {f"first push of {runs:,} runs, s": sync(one)}
    started = time.perf_counter()
    subprocess.run(
        (sys.executable, "-m", "gittrack", "clone", host.as_uri(), str(folder / "two")),
        check=True,
        capture_output=True,
    )
    figures[f"git exp clone with {runs:,} runs, s"] = time.perf_counter() - started
    mirror = ("clone", "-q", "--mirror", host.as_uri(), str(folder / "mirror.git"))
    figures[f"git clone --mirror with {runs:,} runs, s"] = timed(lambda: git(folder, *mirror))
    two = folder / "two"
    figures["sync with nothing new, s"] = min(sync(two) for _ in range(5))
    for count in (10, 1000):
        record(one, count)
        figures[f"send {count:,} new runs, s"] = sync(one)
        figures[f"take {count:,} new runs, s"] = sync(two)
    return figures


def workers(folder: Path, count: int, runs: int, *options: str) -> dict[str, float]:
    """Workers that record and push at once, until all runs are in one clone."""
    host, one = host_and_clone(folder)
    clones = [folder / f"worker{n}" for n in range(count)]
    for clone in clones:
        git(folder, "clone", "-q", str(host), str(clone))
    started = time.perf_counter()
    words = [(sys.executable, "-c", WORKER, str(c), str(runs), *options) for c in clones]
    processes = [subprocess.Popen(each) for each in words]
    assert all(process.wait() == 0 for process in processes)
    pushed = time.perf_counter() - started
    folding = sync(one)
    with ExperimentTracker(one, capture=False) as tracker:
        assert len(tracker.list_runs()) == count * runs
    return {
        "all pushed, s": pushed,
        "all in one clone, s": pushed + folding,
        "runs a second": count * runs / (pushed + folding),
    }


def dvc(folder: Path, count: int) -> dict[str, float]:
    """The same with DVC: experiments saved, pushed and pulled."""
    host, one = host_and_clone(folder)
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1"}

    def run(clone: Path, *arguments: str) -> None:
        subprocess.run(
            ("dvc", *arguments), cwd=clone, check=True, capture_output=True, env=environment
        )

    run(one, "init", "-q")
    (one / "metrics.json").write_text("{}")
    git(one, "add", "-A")
    git(one, "commit", "-q", "-m", "dvc")
    git(one, "push", "-q", "origin", "HEAD:refs/heads/main")
    for number in range(count):
        (one / "metrics.json").write_text(json.dumps({"score": number}))
        run(one, "exp", "save", "-f", "-n", f"exp-{number}")
    pushing = timed(lambda: run(one, "exp", "push", "--no-cache", "-A", "origin"))
    git(folder, "clone", "-q", str(host), "two")
    pulling = timed(lambda: run(folder / "two", "exp", "pull", "--no-cache", "-A", "origin"))
    return {
        f"dvc exp push of {count}, s": pushing,
        f"dvc exp pull of {count}, s": pulling,
        "dvc exp push with nothing new, s": timed(
            lambda: run(one, "exp", "push", "--no-cache", "-A", "origin")
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000], metavar="RUNS")
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--dvc", type=int, default=50, help="experiments; 0 leaves DVC out")
    arguments = parser.parse_args()
    parts: dict[str, Callable[[Path], dict[str, float]]] = {
        f"{size:,} runs": partial(two_clones, runs=size) for size in arguments.sizes
    }
    parts |= {
        "workers, inbox": lambda f: workers(f, arguments.workers, 10, "--inbox"),
        "workers, race": lambda f: workers(f, arguments.workers, 10),
    }
    if arguments.dvc and shutil.which("dvc"):
        parts["dvc"] = lambda f: dvc(f, arguments.dvc)
    for name, measure in parts.items():
        with tempfile.TemporaryDirectory() as folder:
            for what, figure in measure(Path(folder)).items():
                print(f"{name}: {what}: {figure:.3g}", flush=True)


if __name__ == "__main__":
    main()
