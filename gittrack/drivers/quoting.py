"""File names as git writes them in a patch's header."""

from __future__ import annotations

_NAMED = {
    7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r",
    34: b'\\"', 92: b"\\\\",
}  # fmt: skip
_DELETE = 0x7F


def quoted(name: bytes, *, ascii_only: bool) -> bytes:
    """The name as it is, or in double quotes where it holds what is special.

    `ascii_only` is git's `core.quotePath`: bytes above 127 are special, too.
    """
    pieces = [_piece(byte, ascii_only=ascii_only) for byte in name]
    if all(map(len, pieces)) and b"".join(pieces) == name:
        return name
    return b'"' + b"".join(pieces) + b'"'


def _piece(byte: int, *, ascii_only: bool) -> bytes:
    if byte in _NAMED:
        return _NAMED[byte]
    if byte < 0x20 or byte == _DELETE or (ascii_only and byte > _DELETE):
        return b"\\%03o" % byte
    return bytes([byte])
