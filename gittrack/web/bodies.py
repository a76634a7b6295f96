"""Requests' bodies, read within limits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedIOBase
from pathlib import Path
from tempfile import TemporaryDirectory

from gittrack.web.refusals import RefusedRequestError

_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request's body may hold, in bytes: a JSON document, and an uploaded file."""

    document: int = 16 << 20
    upload: int = 1 << 30


def length_of(lengths: Sequence[str], encodings: Sequence[str], most: int) -> int:
    """The length that a request's headers announce.

    Raises:
        RefusedRequestError: they announce none, several, or more than `most` bytes.
    """
    if encodings:
        raise RefusedRequestError(
            HTTPStatus.LENGTH_REQUIRED, "no_length", "a body needs a Content-Length"
        )
    if not lengths:
        return 0
    text = lengths[0].strip()
    if len(set(lengths)) > 1 or not (text.isascii() and text.isdigit()):
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, "bad_length", "the Content-Length is no length"
        )
    length = int(text) if len(text) < 20 else most + 1
    if length > most:
        raise RefusedRequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"the body may have {most:,} bytes",
            hint="send it in parts, or store the file with git exp artifacts put",
        )
    return length


def read_document(stream: BufferedIOBase, length: int) -> bytes:
    """A body of that length.

    Raises:
        ConnectionError: the client went away.
    """
    data = stream.read(length)
    if len(data) != length:
        raise ConnectionError
    return data


@contextmanager
def uploaded(stream: BufferedIOBase, length: int) -> Iterator[tuple[Path, str]]:
    """A body as a file with the SHA-256 of its bytes; the file goes at the end of the block.

    Raises:
        ConnectionError: the client went away.
    """
    digest = hashlib.sha256()
    with TemporaryDirectory(prefix="gittrack-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as file:
            while length:
                piece = stream.read(min(length, _PIECE))
                if not piece:
                    raise ConnectionError
                digest.update(piece)
                file.write(piece)
                length -= len(piece)
        yield path, digest.hexdigest()
