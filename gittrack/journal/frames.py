"""Records as lines that vouch for themselves: a torn end is recognised, damage is reported; pure.

A frame is the CRC-32 of the payload in 8 hex digits, a space, the payload, a line feed. Payloads
are JSON and so hold no line feed: the file can be read with `tail -f`.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

_HEAD = 9  # 8 digits and a space


@dataclass(frozen=True, slots=True)
class Frames:
    """What some bytes of a journal hold.

    `records` are the payloads, each with the offset behind it. `end` is how far whole lines go;
    what follows is the torn end of a record that was being written. `damaged` are the offsets of
    lines that are no frames and not at the end.
    """

    records: list[tuple[bytes, int]]
    end: int
    damaged: tuple[int, ...] = ()


def frame(payload: bytes) -> bytes:
    """The payload as a frame."""
    return b"%08x %b\n" % (crc32(payload), payload)


def read_frames(data: bytes, start: int = 0) -> Frames:
    """The whole frames in bytes that begin at offset `start` of a file."""
    records: list[tuple[bytes, int]] = []
    damaged: list[int] = []
    position = 0
    while True:
        line_end = data.find(b"\n", position)
        if line_end < 0:
            break
        payload = _payload(data[position:line_end])
        if payload is not None:
            records.append((payload, start + line_end + 1))
        elif line_end + 1 == len(data):
            break  # the disk was full, or the machine stopped, in the middle of the last record
        else:
            damaged.append(start + position)
        position = line_end + 1
    return Frames(records, start + position, tuple(damaged))


def _payload(line: bytes) -> bytes | None:
    payload = line[_HEAD:]
    try:
        sound = line[8:_HEAD] == b" " and int(line[:8], 16) == crc32(payload)
    except ValueError:
        return None
    return payload if sound else None
