"""Protocol Buffers as bytes: the fields of a message, without its schema; pure.

Source of the format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Value = int | bytes
"""A varint as the number that it is without sign; all else as its bytes."""

_MOST_SHIFT = 63
_FIXED = {1: 8, 5: 4}


class WireError(ValueError):
    """Bytes are no message."""


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """The fields of a message, number and value, in their order.

    Raises:
        WireError: it is none.
    """
    position, size = 0, len(data)
    while position < size:
        key, position = _varint(data, position)
        kind, number = key & 7, key >> 3
        if kind == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if kind == 2:
            length, position = _varint(data, position)
        elif kind in _FIXED:
            length = _FIXED[kind]
        else:
            raise WireError(f"a field has the unknown type {kind}")
        if length > size - position:
            raise WireError("a field is longer than its message")
        yield number, data[position : position + length]
        position += length


def messages(data: bytes, number: int) -> Iterator[bytes]:
    """All values of a field that holds messages, texts or bytes.

    Raises:
        WireError: it is no message, or the field is of another type.
    """
    return (as_bytes(value) for found, value in fields(data) if found == number)


def as_bytes(value: Value) -> bytes:
    """The bytes of a message or text.

    Raises:
        WireError: it is a number.
    """
    if isinstance(value, bytes):
        return value
    raise WireError("a number where a message is expected")


def as_text(value: Value) -> str:
    """A text.

    Raises:
        WireError: it is none.
    """
    try:
        return as_bytes(value).decode()
    except UnicodeDecodeError as error:
        raise WireError("a text is not UTF-8") from error


def as_signed(value: Value) -> int:
    """A number of 64 bits with its sign.

    Raises:
        WireError: it is none.
    """
    if isinstance(value, bytes):
        raise WireError("a message where a number is expected")
    return value - (1 << 64) if value >> 63 else value


def as_double(value: Value) -> float:
    """A floating-point number of 64 or 32 bits.

    Raises:
        WireError: it is none.
    """
    data = as_bytes(value)
    if len(data) not in (4, 8):
        raise WireError("no floating-point number has that many bytes")
    (found,) = struct.unpack("<d" if len(data) == 8 else "<f", data)
    return float(found)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if position >= len(data) or shift > _MOST_SHIFT:
            raise WireError("a number does not end")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
