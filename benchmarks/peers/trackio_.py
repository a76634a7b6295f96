"""Trackio, on this machine alone."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import orjson
import trackio

from benchmarks.peers.contract import Peer, vacuum


class Trackio(Peer):
    """`trackio.init`, `log` and `finish`; the folder comes from the environment (TRACKIO_DIR)."""

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        self._init({**params, **tags})
        trackio.log(dict(metrics))
        self.end()

    def start(self) -> None:
        self._init({})

    def log(self, values: Mapping[str, float], step: int) -> None:
        trackio.log(dict(values), step=step)

    def log_one(self, name: str, value: float, step: int) -> None:
        trackio.log({name: value}, step=step)

    def end(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            trackio.finish()

    def _init(self, config: dict[str, float | str]) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            trackio.init("bench", config=config, embed=False)

    @classmethod
    def settle(cls, folder: Path) -> None:
        for database in (folder / "trackio").glob("*.db"):
            vacuum(database)

    @classmethod
    def count(cls, folder: Path) -> int:
        found = 0
        for database in (folder / "trackio").glob("*.db"):
            with contextlib.closing(sqlite3.connect(database)) as connection:
                for (metrics,) in connection.execute("SELECT metrics FROM metrics"):
                    found += len(orjson.loads(metrics))
        return found
