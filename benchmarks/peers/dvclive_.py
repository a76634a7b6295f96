"""DVCLive, each run saved as a DVC experiment in git."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dvclive import Live

from benchmarks.peers.contract import Peer, git, new_project


class DVCLive(Peer):
    """`Live` with its default `save_dvc_exp`: without it, the next run overwrites the last."""

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        with Live() as live:
            live.log_params({**params, **tags})
            for name, value in metrics.items():
                live.log_metric(name, value, plot=False)

    def start(self) -> None:
        self._live = Live()

    def log(self, values: Mapping[str, float], step: int) -> None:
        del step  # DVCLive counts
        for name, value in values.items():
            self._live.log_metric(name, value)
        self._live.next_step()

    def log_one(self, name: str, value: float, step: int) -> None:
        del step
        self._live.log_metric(name, value)
        self._live.next_step()

    def end(self) -> None:
        self._live.end()

    @classmethod
    def prepare(cls, folder: Path) -> None:
        new_project(folder)
        init = [sys.executable, "-m", "dvc", "init", "-q"]
        subprocess.run(init, cwd=folder, check=True)
        git(folder, "commit", "-q", "-m", "dvc")

    @classmethod
    def settle(cls, folder: Path) -> None:
        git(folder, "gc", "-q")

    @classmethod
    def count(cls, folder: Path) -> int:
        files = (folder / "dvclive/plots/metrics").glob("*.tsv")
        return sum(len(file.read_text().splitlines()) - 1 for file in files)
