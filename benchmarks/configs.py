"""How long it takes to register, list, show, search and compare configs, and what they weigh.

    python benchmarks/configs.py 100 10000 100000

Each size gets a new repository in a temporary folder. Fresh processes are timed from outside; every
figure is the median of several runs, with minimum and maximum.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generate import configs

from gittrack import ExperimentRegistry

RUNS = 11


def timed(action: Callable[[], Any]) -> float:
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def spread(seconds: list[float], unit: float = 1e3) -> dict[str, float]:
    """Median, minimum and maximum, in thousandths by default."""
    return {
        "median": round(statistics.median(seconds) * unit, 3),
        "min": round(min(seconds) * unit, 3),
        "max": round(max(seconds) * unit, 3),
    }


def fresh(repository: Path, *arguments: str) -> dict[str, float]:
    """Milliseconds of `git exp …` as a fresh process."""
    command = [sys.executable, "-m", "gittrack", "-C", str(repository), *arguments]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=environment)

    run()
    return spread([timed(run) for _ in range(RUNS)])


def new_repository(folder: Path) -> Path:
    """An empty repository."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(count: int, folder: Path) -> dict[str, Any]:
    """All figures at one size."""
    figures: dict[str, Any] = {"configs": count}
    repository = new_repository(folder / "bulk")
    many = list(configs(count))
    registry = ExperimentRegistry(repository)
    seconds = timed(lambda: registry.register_many(many, worktree=False, tags=["bench"]))
    figures["register_many, µs each"] = round(seconds / count * 1e6, 1)
    registry.close()

    with_files = new_repository(folder / "files")
    with ExperimentRegistry(with_files) as other:
        seconds = timed(lambda: other.register_many(many, tags=["bench"]))
    figures["register_many with work-tree files, µs each"] = round(seconds / count * 1e6, 1)
    shutil.rmtree(with_files)

    index = repository / ".git" / "exptrack" / "index.db"
    index.unlink(missing_ok=True)
    with ExperimentRegistry(repository) as first:
        figures["first index build, s"] = round(timed(lambda: first.list(limit=1, full=False)), 2)
    figures["index, bytes per config"] = round(index.stat().st_size / count)
    figures["git objects, bytes per config"] = round(size(repository / ".git" / "objects") / count)

    name = ExperimentRegistry(repository).list(limit=1, full=False)[0].id[:12]
    older = "@{1}"
    figures["fresh processes, ms"] = {
        "list": fresh(repository, "list"),
        "list --limit 100": fresh(repository, "list", "--limit", "100"),
        "show": fresh(repository, "show", name),
        "search --where 'hyperparameters.k >= 49'": fresh(
            repository, "search", "--where", "hyperparameters.k >= 49 AND model.kind = 'mlp'"
        ),
        "search feature_07": fresh(repository, "search", "feature_07", "--limit", "100"),
        "compare": fresh(repository, "compare", name, older),
        "tags": fresh(repository, "tags"),
        "--version (Python and Typer alone)": fresh(repository, "--version"),
    }

    with ExperimentRegistry(repository) as one_by_one:

        def register(config: dict[str, Any]) -> float:
            return timed(lambda: one_by_one.register(config, worktree=False))

        loop = [register(config) for config in configs(300, seed=1)]
    figures["register in a loop, ms each"] = spread(loop)
    return figures


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "git": subprocess.run(
            ["git", "--version"], check=True, capture_output=True, text=True
        ).stdout.strip(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
    }


def main() -> None:
    """Measure the sizes given and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[100, 10_000])
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory() as folder:
        figures = [measure(count, Path(folder)) for count in sizes]
    print(json.dumps({"machine": machine(), "figures": figures}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
