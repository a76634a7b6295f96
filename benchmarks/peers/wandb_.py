"""Weights & Biases, offline."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import wandb
from wandb.proto.wandb_internal_pb2 import Record

from benchmarks.peers.contract import Peer

_BLOCK = 32768


class WandB(Peer):
    """`wandb.init` with `mode="offline"`; a service process of its own writes the file."""

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        run = self._init(dict(params), [f"{key}={value}" for key, value in tags.items()])
        run.log(dict(metrics))
        run.finish()

    def start(self) -> None:
        self._run = self._init({}, [])

    def log(self, values: Mapping[str, float], step: int) -> None:
        self._run.log(dict(values), step=step)

    def log_one(self, name: str, value: float, step: int) -> None:
        self._run.log({name: value}, step=step)

    def end(self) -> None:
        self._run.finish()

    def _init(self, config: dict[str, float], tags: list[str]) -> wandb.Run:
        settings = wandb.Settings(silent=True, console="off", x_disable_stats=True)
        return wandb.init(
            project="bench",
            dir=str(self.folder),
            mode="offline",
            config=config,
            tags=tags,
            settings=settings,
        )

    @classmethod
    def count(cls, folder: Path) -> int:
        return sum(_values(file.read_bytes()) for file in folder.rglob("*.wandb"))


def _values(data: bytes) -> int:
    """How many values its history records hold, without those that W&B adds itself."""
    records = map(Record.FromString, _records(data))
    items = (item for record in records for item in record.history.item)
    return sum(not (item.key or item.nested_key[0]).startswith("_") for item in items)


def _records(data: bytes) -> Iterator[bytes]:
    """The whole records of LevelDB's log format, behind a header of seven bytes."""
    position, parts = 7, b""
    while position + 7 <= len(data):
        left = _BLOCK - position % _BLOCK
        if left < 7:
            position += left
            continue
        length, kind = struct.unpack_from("<HB", data, position + 4)
        position += 7
        if position + length > len(data):
            return
        parts += data[position : position + length]
        position += length
        if kind in (1, 4):
            yield parts
            parts = b""
