"""Sacred, with its file storage observer."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue

from sacred import SETTINGS, Experiment
from sacred.observers import FileStorageObserver
from sacred.run import Run

from benchmarks.peers.contract import Peer

logging.getLogger("bench").setLevel(logging.ERROR)
SETTINGS.CAPTURE_MODE = "no"


class Sacred(Peer):
    """An `Experiment`; a run is one call of its main function."""

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        experiment = self._experiment()
        experiment.add_config({**params, "tags": dict(tags)})

        def main(_run):  # type: ignore[no-untyped-def]
            for name, value in metrics.items():
                _run.log_scalar(name, value)

        experiment.main(main)
        experiment.run()

    def start(self) -> None:
        # Sacred calls the script, and not the other way round: its main function waits in a thread.
        ready: SimpleQueue[Run] = SimpleQueue()
        self._over = threading.Event()

        def main(_run):  # type: ignore[no-untyped-def]
            ready.put(_run)
            self._over.wait()

        experiment = self._experiment()
        experiment.main(main)
        self._thread = threading.Thread(target=experiment.run, daemon=True)
        self._thread.start()
        self._run = ready.get()

    def log(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._run.log_scalar(name, value, step)

    def log_one(self, name: str, value: float, step: int) -> None:
        self._run.log_scalar(name, value, step)

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _experiment(self) -> Experiment:
        experiment = Experiment("bench", interactive=True, save_git_info=False)
        experiment.observers.append(FileStorageObserver(self.folder / "runs"))
        return experiment

    @classmethod
    def count(cls, folder: Path) -> int:
        files = (folder / "runs").glob("*/metrics.json")
        return sum(
            len(metric["values"])
            for file in files
            for metric in json.loads(file.read_text() or "{}").values()
        )
