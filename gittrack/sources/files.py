"""Files and folders: which are configs, and the documents of one file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from gittrack import canonical
from gittrack.canonical import MAX_BYTES
from gittrack.errors import NotCanonicalError, SourceError
from gittrack.sources.documents import MAPPING_HINT, SIZE_HINT, Document, fail_at
from gittrack.sources.json_text import json_document
from gittrack.sources.yaml_text import yaml_documents

_SUFFIXES = (".yaml", ".yml", ".json")


def is_config_file(path: Path | str) -> bool:
    """Whether the name is that of a file this module reads: .yaml, .yml or .json."""
    return str(path).lower().endswith(_SUFFIXES)


def find_config_files(folder: Path | str) -> list[Path]:
    """All config files under `folder`, sorted; nothing hidden, each linked folder once.

    Raises:
        SourceError: the folder, or one in it, cannot be listed.
    """
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    waiting = [Path(folder)]
    while waiting:
        # Real folders come before links to them, so that a file has its shortest name.
        for path, linked in _walk(waiting.pop(0), seen):
            if linked:
                waiting.append(path)
            elif is_config_file(path):
                found.append(path)
    return sorted(found)


def read_documents(path: Path | str, name: str | None = None) -> list[Document]:
    """The documents of a file, at least one; `name` is what messages call it.

    Raises:
        SourceError: the file cannot be read, or is not a config.
    """
    shown = str(path) if name is None else name
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError("there is no such file", file=shown, hint="check the path") from None
    except IsADirectoryError:
        raise SourceError(
            "this is a folder, not a file", file=shown, hint="name a file in it"
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(f"cannot be read: {reason}", file=shown) from None
    except ValueError:
        raise SourceError("this is not a valid path", file=shown.replace("\0", "?")) from None
    return parse_documents(text, shown)


def parse_documents(text: bytes, name: str) -> list[Document]:
    """The documents of a file's bytes, at least one: JSON if `name` ends in .json, else YAML 1.2.

    Raises:
        SourceError: the bytes are not a config; with line and column where they are known.
    """
    if len(text) > MAX_BYTES:
        raise SourceError("the file is over the limit of 16 MiB", file=name, hint=SIZE_HINT)
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail_at(
            text[: error.start].decode("utf-8-sig"),
            error.start,
            "the file is not UTF-8",
            name,
            "save it as UTF-8",
        )
    if not decoded.strip():
        raise SourceError("the file is empty", file=name, hint=MAPPING_HINT)
    if name.lower().endswith(".json"):
        return [json_document(decoded, name)]
    # Canonical bytes are YAML too, and read far faster than by a YAML parser.
    try:
        data = canonical.read(text)
    except NotCanonicalError:
        data = None
    if isinstance(data, dict):
        return [Document(data, name, 0, 1)]
    return yaml_documents(decoded, name)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[tuple[Path, bool]]:
    """The files under a folder (False), and the links in it that lead to folders (True)."""
    for top, folders, files in os.walk(folder, onerror=_refuse_folder):
        status = Path(top).stat()
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            folders.clear()
            continue
        seen.add(identity)
        visible = sorted(entry for entry in folders if not entry.startswith("."))
        yield from ((path, True) for path in (Path(top, e) for e in visible) if path.is_symlink())
        folders[:] = [entry for entry in visible if not Path(top, entry).is_symlink()]
        paths = (Path(top, entry) for entry in files if not entry.startswith("."))
        yield from ((path, False) for path in paths if path.is_file())


def _refuse_folder(error: OSError) -> NoReturn:
    reason = (error.strerror or str(error)).lower()
    raise SourceError(f"cannot be listed: {reason}", file=str(error.filename)) from None
