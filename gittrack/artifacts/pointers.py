"""Git LFS pointers: the small text that stands in git for a large file; pure.

The format is that of Git LFS's specification, version 1. Each content has exactly one pointer, and
an empty file is its own.
"""

from __future__ import annotations

import re

from gittrack.artifacts.model import EMPTY_SHA256, check_sha256
from gittrack.errors import UsageError

MAX_SIZE = 2**63 - 1  # Git LFS reads sizes into 64 bits
POINTER_LIMIT = 1024  # bytes; a pointer is shorter

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"oid sha256:([0-9a-f]{64})\n"
    rb"size ([1-9][0-9]{0,18})\n"
)


def pointer_text(sha256: str, size: int) -> bytes:
    """The pointer for content of that hash and size (bytes), as Git LFS itself writes it.

    Raises:
        UsageError: there is no content of such a hash and size.
    """
    check_sha256(sha256)
    if not 0 <= size <= MAX_SIZE or (size == 0) != (sha256 == EMPTY_SHA256):
        raise UsageError(f"no content has SHA-256 {sha256[:12]}... and {size} bytes")
    if size == 0:
        return b""
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
        sha256.encode(),
        size,
    )


def parse_pointer(data: bytes) -> tuple[str, int] | None:
    """The SHA-256 and size that a pointer names, or `None` where the bytes are no pointer of ours.

    Only the one spelling that `pointer_text` has is taken: a file that merely resembles a pointer
    (other versions, extensions, other line ends) is a file.
    """
    if not data:
        return EMPTY_SHA256, 0
    match = _POINTER.fullmatch(data) if len(data) < POINTER_LIMIT else None
    if match is None or match[1].decode() == EMPTY_SHA256 or int(match[2]) > MAX_SIZE:
        return None
    return match[1].decode(), int(match[2])
