"""A program's output: passed on as it comes, and kept, of long ones the beginning and the end."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

KEPT = 10 << 20
"""Bytes that are kept of each stream at most."""

_CHUNK = 1 << 16
_QUIET = 0.1  # seconds without a byte, after the program's end, that say that no more comes
_PATIENCE = 2.0  # seconds after its end in which processes that it left behind are heard


@dataclass(slots=True)
class KeptOutput:
    """A stream as it is kept: whole up to `limit` bytes, else its head and its tail."""

    limit: int = KEPT
    size: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes) -> None:
        """Take what was written."""
        self.size += len(data)
        room = self.limit // 2 - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        most = self.limit - self.limit // 2
        if len(self._tail) > 2 * most:
            del self._tail[:-most]

    def content(self) -> bytes:
        """What is kept; where something was cut, a line says how much."""
        most = self.limit - self.limit // 2
        if self.size <= self.limit:
            return bytes(self._head + self._tail)
        cut = self.size - len(self._head) - most
        said = f"\n[... {cut:,} bytes were cut here ...]\n".encode()
        return bytes(self._head) + said + bytes(self._tail[-most:])


def pass_on(streams: Mapping[BinaryIO, tuple[BinaryIO, KeptOutput]], ended: int) -> None:
    """Pass on and keep what comes from pipes, byte for byte, until all are at their end.

    `ended` is a pipe that is closed when the program has ended. A process that it left behind may
    hold the others open: it is heard as long as it goes on writing, two seconds at most. A pipe
    whose reader has gone is closed, so that the program is told by the usual signal.
    """
    deadline: float | None = None
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while any(not stream.closed for stream in streams):
            ready = selector.select(None if deadline is None else _QUIET)
            if deadline is not None and (not ready or time.monotonic() > deadline):
                return
            for key, _ in ready:
                if key.fileobj == ended:
                    selector.unregister(ended)
                    deadline = time.monotonic() + _PATIENCE
                    continue
                source: BinaryIO = key.fileobj  # type: ignore[assignment]
                if not _pass_chunk(source, *streams[source]):
                    selector.unregister(source)
                    source.close()


def _pass_chunk(source: BinaryIO, sink: BinaryIO, kept: KeptOutput) -> bool:
    """Whether more may come."""
    data = os.read(source.fileno(), _CHUNK)
    kept.add(data)
    try:
        sink.write(data)
        sink.flush()
    except BrokenPipeError:
        return False
    except OSError:  # the terminal has gone, the disk is full: the program goes on, and is kept
        return bool(data)
    return bool(data)
