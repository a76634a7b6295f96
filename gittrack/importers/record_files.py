"""Files of records with checksums: TensorFlow's event files and the log of W&B (LevelDB's form).

Sources: https://www.tensorflow.org/tutorials/load_data/tfrecord and
https://github.com/google/leveldb/blob/main/doc/log_format.md
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_LEVEL_HEADER = struct.Struct("<IHB")
_BLOCK = 32768
_WANDB = struct.Struct("<4sHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_CHECKED = 4096


class TornError(ValueError):
    """A file ends within a record: its writer is at work, or was killed."""


class DamagedError(ValueError):
    """A record is not what was written; `offset` is where in the file, in bytes."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def event_records(file: BinaryIO, most: int) -> Iterator[tuple[int, bytes | None]]:
    """The records of an event file with their offsets; `None` for one of over `most` bytes.

    The checksums of all up to 4 KiB are verified, as all scalars are.

    Raises:
        TornError: the file ends within a record.
        DamagedError: a checksum is wrong.
    """
    size = file.seek(0, 2)
    offset = file.seek(0)
    while offset < size:
        head = file.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise TornError
        length, checksum = _LENGTH.unpack(head)
        if _masked(head[:8]) != checksum:
            raise DamagedError("the checksum of a record's length is wrong", offset)
        end = offset + _LENGTH.size + length + 4
        if end > size:
            raise TornError
        yield offset, None if length > most else _event(file, length, offset)
        offset = file.seek(end)


def wandb_records(file: BinaryIO, most: int) -> Iterator[tuple[int, bytes | None]]:
    """The records of a run's `.wandb` file with their offsets; `None` for one of over `most` bytes.

    Raises:
        TornError: the file ends within a record.
        DamagedError: it is no such file, or a checksum is wrong.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_WANDB.size)
    if len(head) < _WANDB.size or _WANDB.unpack(head)[0] != b":W&B":
        raise DamagedError("it does not begin as a file of W&B's", 0)
    parts: list[bytes] = []
    held, start = 0, 0
    for offset, kind, data in _chunks(file, size):
        if kind in (_FULL, _FIRST):
            parts, held, start = [], 0, offset
        elif not held:
            raise DamagedError("a record has no beginning", offset)
        held += len(data) or 1
        if held <= most:
            parts.append(data)
        if kind in (_FULL, _LAST):
            yield start, b"".join(parts) if held <= most else None
            held = 0
    if held:
        raise TornError


def _chunks(file: BinaryIO, size: int) -> Iterator[tuple[int, int, bytes]]:
    offset = _WANDB.size
    while offset < size:
        left = _BLOCK - offset % _BLOCK
        if left < _LEVEL_HEADER.size:
            offset = file.seek(offset + left)
            continue
        head = file.read(_LEVEL_HEADER.size)
        if len(head) < _LEVEL_HEADER.size:
            raise TornError
        checksum, length, kind = _LEVEL_HEADER.unpack(head)
        if kind == 0 and length == 0:  # what was reserved and never written
            offset = file.seek(offset + left)
            continue
        if kind not in (_FULL, _FIRST, _MIDDLE, _LAST) or length > left - _LEVEL_HEADER.size:
            raise DamagedError("there is no such record", offset)
        data = file.read(length)
        if len(data) < length:
            raise TornError
        if zlib.crc32(data, zlib.crc32(bytes([kind]))) != checksum:
            raise DamagedError("the checksum of a record is wrong", offset)
        yield offset, kind, data
        offset += _LEVEL_HEADER.size + length


def _event(file: BinaryIO, length: int, offset: int) -> bytes:
    data = file.read(length + 4)
    if len(data) < length + 4:
        raise TornError
    content = data[:length]
    (checksum,) = _CHECKSUM.unpack(data[length:])
    if length <= _CHECKED and _masked(content) != checksum:
        raise DamagedError("the checksum of a record is wrong", offset)
    return content


def _masked(data: bytes) -> int:
    """CRC-32C as TensorFlow masks it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _table_entry(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
    return number


_TABLE = tuple(_table_entry(number) for number in range(256))
