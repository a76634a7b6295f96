"""Aim, with its own storage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aim import Repo, Run

from benchmarks.peers.contract import Peer

_QUIET = {
    "system_tracking_interval": None,
    "log_system_params": False,
    "capture_terminal_logs": False,
}


class Aim(Peer):
    """`Run` without its watch of the machine, which is no part of the others either."""

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        run = self._new("loop")
        run["hparams"] = dict(params)
        run["tags"] = dict(tags)
        for name, value in metrics.items():
            run.track(value, name=name)
        run.close()

    def start(self) -> None:
        self._run = self._new("values")

    def log(self, values: Mapping[str, float], step: int) -> None:
        self._run.track(dict(values), step=step)

    def log_one(self, name: str, value: float, step: int) -> None:
        self._run.track(value, name=name, step=step)

    def end(self) -> None:
        self._run.close()

    def _new(self, experiment: str) -> Run:
        return Run(repo=str(self.folder), experiment=experiment, **_QUIET)

    @classmethod
    def prepare(cls, folder: Path) -> None:
        Repo.from_path(str(folder), init=True)

    @classmethod
    def settle(cls, folder: Path) -> None:
        Repo.from_path(str(folder))._recreate_index()  # as `aim storage reindex` does

    @classmethod
    def count(cls, folder: Path) -> int:
        cls.settle(folder)  # readers see what is in the index
        repository = Repo.from_path(str(folder))
        return sum(
            len(metric.values.sparse_numpy()[0])
            for run in repository.iter_runs()
            for metric in run.metrics()
        )
