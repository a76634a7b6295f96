"""Reading journals, also while they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gittrack.journal.frames import read_frames
from gittrack.journal.owner import Owner
from gittrack.journal.writer import SUFFIX

FORMAT = 1
_CHUNK = 8 << 20


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A journal as it was read: its header, its owner, how far it was read, what is damaged."""

    path: Path
    header: dict[str, Any]
    owner: Owner
    end: int
    damaged: tuple[int, ...]


def journal_files(folder: Path) -> list[Path]:
    """The journals in a folder, by name."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_header(path: Path) -> JournalFile | None:
    """The journal's header; `None` where the file has gone, has none, or one of another format."""
    try:
        with path.open("rb") as file:
            line = file.readline(1 << 20)
    except OSError:
        return None
    frames = read_frames(line)
    if not frames.records:
        return None
    header = _parsed(frames.records[0][0])
    if not isinstance(header, dict) or header.get("gittrack") != FORMAT:
        return None
    return JournalFile(path, header, Owner.from_json(header.get("owner")), frames.end, ())


def read_journals(folder: Path, prefix: str = "") -> Iterator[JournalFile]:
    """The journals in a folder that have a header, by name; only those whose name starts so."""
    for path in journal_files(folder):
        if path.name.startswith(prefix) and (file := read_header(path)) is not None:
            yield file


def read_events(path: Path, start: int = 0) -> Iterator[tuple[list[Any], int]]:
    """The records from an offset on, each with the offset behind it; the header is skipped.

    What is damaged comes as the record `["damaged", offset]`.
    """
    with path.open("rb") as file:
        file.seek(start)
        offset, rest = start, b""
        while True:
            data = file.read(_CHUNK)
            rest += data
            whole = rest.rfind(b"\n") + 1
            frames = read_frames(rest[:whole], offset)
            for place in frames.damaged:
                yield ["damaged", place], frames.end
            for payload, end in frames.records:
                event = _parsed(payload)
                if isinstance(event, list):
                    yield event, end
            consumed = frames.end - offset
            rest, offset = rest[consumed:], frames.end
            if not data:
                return


def _parsed(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return None
