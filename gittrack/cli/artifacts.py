"""Artifacts as commands show them: lines, JSON, and their bytes on standard output."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from gittrack.cli.console import Console, Progress
from gittrack.runs.model import Artifact
from gittrack.table import aligned
from gittrack.terminal import clean, inline

_CHUNK = 256 * 1024  # bytes


def artifact_lines(artifacts: Sequence[Artifact]) -> Iterator[str]:
    """A line for each: path, size, the start of its SHA-256, store, type."""
    rows = [
        [
            inline(one.path),
            f"{one.size:,} bytes",
            one.sha256[:12],
            inline(one.store),
            inline(str(one.artifact_type or "")),
        ]
        for one in artifacts
    ]
    yield from aligned(rows)


def json_artifact(artifact: Artifact) -> dict[str, Any]:
    """An artifact as JSON says it."""
    return {
        "path": artifact.path,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "store": artifact.store,
        "type": artifact.artifact_type,
    }


def transfer() -> tuple[Progress, Callable[[int, int | None], None]]:
    """A line on the terminal that says how many bytes are done, and what to call to move it."""
    line = Progress(sys.stderr, "bytes")
    return line, lambda done, total: line.show(done, total or done)


def write_stream(console: Console, stream: BinaryIO) -> None:
    """Bytes to standard output as they are; on a terminal, as text that cannot act on it."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    while chunk := stream.read(_CHUNK):
        if sys.stdout.isatty():
            console.write(clean(decoder.decode(chunk)))
        else:
            console.write_bytes(chunk)
    if sys.stdout.isatty():
        console.write(clean(decoder.decode(b"", final=True)))
