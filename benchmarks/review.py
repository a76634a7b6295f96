"""How long `git exp check` and `git exp review` take on a branch with many configs.

    python benchmarks/review.py 10000

The base has that many configs with their files in the work tree; one branch adds 20, another 50
that resemble some of the base. Fresh processes are timed from outside: medians, minimum, maximum.
"""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from configs import fresh, new_repository
from generate import configs

from gittrack import ExperimentRegistry


def git(folder: Path, *arguments: str) -> None:
    """Run git, as a user with a name."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def commit(folder: Path, branch: str, new: list[dict[str, Any]]) -> None:
    """A branch off the base with these configs."""
    git(folder, "switch", "-q", "-c", branch, "base")
    with ExperimentRegistry(folder) as registry:
        registry.register_many(new, description=branch)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", branch)


def varied(known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Configs that differ from known ones in two values."""
    new = copy.deepcopy(known)
    for config in new:
        config["hyperparameters"]["k"] += 1000
        config["hyperparameters"]["learning_rate"] *= 2
    return new


def measure(count: int, folder: Path) -> dict[str, Any]:
    """All figures, in milliseconds."""
    repository = new_repository(folder / "review")
    git(repository, "commit", "-q", "--allow-empty", "-m", "start")
    git(repository, "branch", "-M", "base")
    known = list(configs(count))
    with ExperimentRegistry(repository) as registry:
        registry.prepare()
        registry.register_many(known)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "base")
    commit(repository, "few", varied(known[:20]))
    commit(repository, "fifty", varied(known[100:150]))
    git(repository, "switch", "-q", "few")
    return {
        "configs": count,
        "check": fresh(repository, "check"),
        "check --at HEAD": fresh(repository, "check", "--at", "HEAD"),
        "check --base, 20 new": fresh(repository, "check", "--base", "base"),
        "check --base --at HEAD, 20 new": fresh(
            repository, "check", "--base", "base", "--at", "HEAD"
        ),
        "review, 50 new": fresh(repository, "review", "base...fifty"),
        "review --format markdown, 50 new": fresh(
            repository, "review", "base...fifty", "--format", "markdown"
        ),
    }


def main() -> None:
    """Measure each size that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[10_000])
    with tempfile.TemporaryDirectory() as folder:
        for count in parser.parse_args().counts:
            print(json.dumps(measure(count, Path(folder)), indent=2))


if __name__ == "__main__":
    main()
