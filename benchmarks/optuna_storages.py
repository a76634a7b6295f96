"""Optuna's storages beside ours: time and bytes a trial, loading, four workers on one study.

    python benchmarks/optuna_storages.py [--trials 1000 10000] [--large 100000]

A trivial objective of two parameters with `RandomSampler(seed=0)`, so that what is measured is the
storage. Each part gets a new folder; nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import optuna
from configs import new_repository, size

from gittrack.integrations.optuna import GitStorage

optuna.logging.set_verbosity(optuna.logging.ERROR)
NAMES = ("memory", "journal", "sqlite", "git")
LOAD = """
import sys, time
import optuna, optuna.storages.journal, sqlalchemy
optuna.logging.set_verbosity(optuna.logging.ERROR)
from gittrack.integrations.optuna import GitStorage
sys.path.insert(0, sys.argv[3])
from optuna_storages import storage_of
started = time.perf_counter()
storage = storage_of(sys.argv[1], sys.argv[2])
study = optuna.load_study(storage=storage, study_name="study")
best, count = study.best_value, len(study.get_trials(deepcopy=False))
print(time.perf_counter() - started)
"""
WORK = """
import sys
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
sys.path.insert(0, sys.argv[3])
from optuna_storages import objective, storage_of
study = optuna.load_study(
    storage=storage_of(sys.argv[1], sys.argv[2]), study_name="study",
    sampler=optuna.samplers.RandomSampler(),
)
study.optimize(objective, n_trials=int(sys.argv[4]))
"""


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -10, 10)
    return float((x - 2) ** 2 + trial.suggest_int("y", 0, 100))


def storage_of(name: str, folder: str) -> Any:
    """The storage of that name, in a folder."""
    if name == "memory":
        return optuna.storages.InMemoryStorage()
    if name == "journal":
        file = optuna.storages.journal.JournalFileBackend(f"{folder}/journal.log")
        return optuna.storages.JournalStorage(file)
    if name == "sqlite":
        return optuna.storages.get_storage(f"sqlite:///{folder}/study.db")
    return GitStorage(folder)


def new_study(name: str, folder: Path) -> optuna.Study:
    """A study in a new place."""
    if name == "git":
        new_repository(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sampler = optuna.samplers.RandomSampler(seed=0)
    return optuna.create_study(
        storage=storage_of(name, str(folder)), study_name="study", sampler=sampler
    )


def run(name: str, folder: Path, trials: int) -> dict[str, float]:
    """Milliseconds and bytes a trial, and seconds to load the study in a new process."""
    study = new_study(name, folder)
    started, worked = time.perf_counter(), cpu()
    study.optimize(objective, n_trials=trials)
    if isinstance(study._storage, GitStorage):
        study._storage.close()  # all of it is in git
    figures = {
        "ms a trial": round((time.perf_counter() - started) / trials * 1e3, 3),
        "ms of CPU": round((cpu() - worked) / trials * 1e3, 3),
    }
    if name != "memory":
        figures["load, s"] = round(load(name, folder), 3)
        figures |= weight(name, folder, trials)
    return figures


def cpu() -> float:
    """Seconds of work of this process and those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def weight(name: str, folder: Path, trials: int) -> dict[str, float]:
    """Bytes a trial; ours in git after `git gc`, and the cache that may be deleted."""
    if name != "git":
        return {"bytes a trial": round(size(folder) / trials)}
    subprocess.run(["git", "gc", "-q"], cwd=folder, check=True)
    return {
        "bytes a trial": round(size(folder / ".git/objects") / trials),
        "bytes a trial in the cache": round(size(folder / ".git/exptrack") / trials),
    }


def load(name: str, folder: Path) -> float:
    """Seconds until a new process has the best value and all trials; imports are left out."""
    command = [sys.executable, "-c", LOAD, name, str(folder), str(Path(__file__).parent)]
    done = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
    return sorted(float(one.stdout) for one in done)[1]


def load_from_git(folder: Path) -> float:
    """The same, of a clone that has the ref alone."""
    subprocess.run(["rm", "-rf", str(folder / ".git/exptrack")], check=True)
    command = [sys.executable, "-c", LOAD, "git", str(folder), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return round(float(done.stdout), 2)


def workers(name: str, folder: Path, trials: int, count: int = 4) -> dict[str, float]:
    """Seconds in which several processes make so many trials each, with their start."""
    study = new_study(name, folder)
    if isinstance(study._storage, GitStorage):
        study._storage.close()
    command = [sys.executable, "-c", WORK, name, str(folder), str(Path(__file__).parent)]
    started = time.perf_counter()
    running = [subprocess.Popen([*command, str(trials)]) for _ in range(count)]
    failed = sum(one.wait() != 0 for one in running)
    figures = {"s": round(time.perf_counter() - started, 1), "failed workers": failed}
    found = optuna.load_study(storage=storage_of(name, str(folder)), study_name="study")
    return figures | {"trials": len(found.trials)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--large", type=int, default=0, help="memory and git alone")
    parser.add_argument("--without", nargs="*", default=[], choices=NAMES)
    chosen = parser.parse_args()
    names = [name for name in NAMES if name not in chosen.without]
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary)
        for trials in chosen.trials:
            for name in names:
                folder = top / f"{name}-{trials}"
                print(name, trials, json.dumps(run(name, folder, trials)), flush=True)
            print("git alone, load, s", load_from_git(top / f"git-{trials}"), flush=True)
        for name in names[1:]:
            figures = workers(name, top / f"workers-{name}", 250)
            print("4 workers,", name, json.dumps(figures), flush=True)
        if chosen.large:
            for name in ("memory", "git"):
                figures = run(name, top / f"large-{name}", chosen.large)
                print(name, chosen.large, json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
