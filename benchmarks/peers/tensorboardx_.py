"""tensorboardX: event files, without an index of runs."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event

from benchmarks.peers.contract import Peer


class TensorboardX(Peer):
    """A `SummaryWriter` with its defaults: a queue, flushed every two minutes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._number = 0

    def run(
        self, params: Mapping[str, float], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        self._number += 1
        with SummaryWriter(str(self.folder / f"runs/{self._number}")) as writer:
            writer.add_hparams({**params, **tags}, dict(metrics), name="run")

    def start(self) -> None:
        self._writer = SummaryWriter(str(self.folder / "runs/values"))

    def log(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def log_one(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)

    def end(self) -> None:
        self._writer.close()

    @classmethod
    def count(cls, folder: Path) -> int:
        files = (folder / "runs").rglob("events.out.*")
        return sum(
            len(Event.FromString(record).summary.value)
            for file in files
            for record in _records(file.read_bytes())
        )


def _records(data: bytes) -> Iterator[bytes]:
    """The whole records of an event file: length, its CRC, the bytes, their CRC."""
    position = 0
    while position + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, position)
        if position + 16 + length > len(data):
            return
        yield data[position + 12 : position + 12 + length]
        position += 16 + length
