"""What a tracker must be able to do here: record runs, take values, be read again."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Peer:
    """One tracker that keeps its records below one folder.

    Importing a peer's module imports the tracker: that is how its import is measured. Only the
    methods for the cases of its `Entry` must work.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        """Record one whole run."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the run that takes values."""
        raise NotImplementedError

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log the values of one step."""
        raise NotImplementedError

    def log_one(self, name: str, value: float, step: int) -> None:
        """Log a single value."""
        raise NotImplementedError

    def end(self) -> None:
        """End the run that took values."""
        raise NotImplementedError

    def trial(self, number: int) -> None:
        """Record a trial with four parameters and one objective value."""
        raise NotImplementedError

    def bulk(self, count: int) -> float:
        """Record many such trials at once; the seconds that the recording alone took."""
        raise NotImplementedError

    def close(self) -> None:
        """Have everything written."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """What a user does once in a new project."""

    @classmethod
    def settle(cls, folder: Path) -> None:
        """What the tracker's own housekeeping does before the bytes are counted."""

    @classmethod
    def count(cls, folder: Path) -> int:
        """How many values of metrics a reader finds."""
        raise NotImplementedError


def parameters(dice: Any) -> dict[str, Any]:
    """The four parameters of a trial, as a tabular trainer has them."""
    return {
        "lr": 10 ** dice.uniform(-5, -1),
        "depth": dice.randint(1, 10),
        "optimizer": dice.choice(["adam", "sgd"]),
        "dropout": round(dice.random(), 3),
    }


def new_project(folder: Path) -> None:
    """A repository with one commit of twenty files, and one of them changed since."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(20):
        (folder / f"module_{number:02d}.py").write_text(f"VALUE = {number}\n" * 50)
    (folder / ".gitignore").write_text("home/\n")
    git(folder, "init", "-q")
    git(folder, "config", "user.name", "bench")
    git(folder, "config", "user.email", "bench@example.org")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    (folder / "module_00.py").write_text("VALUE = 'changed'\n")


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def vacuum(database: Path) -> None:
    """Have SQLite give back what it does not need."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("VACUUM")
    connection.close()
