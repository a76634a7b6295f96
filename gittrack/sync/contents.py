"""Which contents in Git LFS records name: artifacts of runs, files of models' versions.

A run's artifact in Git LFS has its pointer in the run's directory; a model's version says in its
own record what its files are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from gittrack.artifacts.lfs import NAME as LFS
from gittrack.artifacts.pointers import MAX_SIZE, POINTER_LIMIT, parse_pointer
from gittrack.canonical import Plain, read
from gittrack.errors import DataError, NotCanonicalError
from gittrack.git.history import diff_files
from gittrack.ids import ObjectId
from gittrack.store.models import decode_manifest
from gittrack.store.session import Session
from gittrack.sync.histories import empty_tree

_ARTIFACTS = ":(glob)runs/*/*/*/artifacts/**"
_VERSIONS = ":(glob)versions/*/*.yaml"
_VERSION = re.compile(r"(versions/\d+/\d+)(?:\.files)?\.yaml")


class Content(NamedTuple):
    """A content by its SHA-256 (lower-case hex) and its size in bytes."""

    sha256: str
    size: int


def named_between(
    session: Session, name: str, old: ObjectId | None, new: ObjectId
) -> dict[Content, None]:
    """The contents that a record names at `new` and did not at `old` (`None`: it was not there),
    each once. The record is told by its name, such as `experiments/sweep`."""
    kind = name.partition("/")[0]
    if kind == "experiments":
        return dict.fromkeys(_of_runs(session, old, new))
    if kind == "models":
        return dict.fromkeys(_of_versions(session, old, new))
    return {}


def _of_runs(session: Session, old: ObjectId | None, new: ObjectId) -> Iterator[Content]:
    blobs = list(dict.fromkeys(blob for _, blob in _changed(session, old, new, _ARTIFACTS)))
    # Most are artifacts themselves, of up to 1 MiB: only what may be a pointer is read.
    sizes = zip(blobs, session.reader.sizes(blobs), strict=True)
    small = [blob for blob, size in sizes if size is not None and size < POINTER_LIMIT]
    for found in session.reader.find_many(small):
        pointer = None if found is None else parse_pointer(found.data)
        if pointer is not None and pointer[1]:
            yield Content(*pointer)


def _of_versions(session: Session, old: ObjectId | None, new: ObjectId) -> Iterator[Content]:
    matches = (_VERSION.fullmatch(path) for path, _ in _changed(session, old, new, _VERSIONS))
    for version in dict.fromkeys(match[1] for match in matches if match):
        record = _record(session, f"{new}:{version}.yaml")
        if record.get("store") != LFS:
            continue
        if "files" in record:
            yield from _of_folder(session, f"{new}:{version}.files.yaml")
        else:
            digest, size = record.get("sha256"), record.get("size")
            if isinstance(digest, str) and isinstance(size, int) and 0 < size <= MAX_SIZE:
                yield Content(digest, size)


def _of_folder(session: Session, name: str) -> Iterator[Content]:
    found = session.reader.find(name)
    with suppress(DataError):  # `fsck` tells of it
        for entry in decode_manifest(b"" if found is None else found.data).values():
            if 0 < entry.size <= MAX_SIZE:
                yield Content(entry.sha256, entry.size)


def _record(session: Session, name: str) -> Mapping[str | int, Plain]:
    found = session.reader.find(name)
    with suppress(NotCanonicalError):  # `fsck` tells of it
        data = None if found is None else read(found.data)
        return data if isinstance(data, dict) else {}
    return {}


def _changed(
    session: Session, old: ObjectId | None, new: ObjectId, paths: str
) -> Iterator[tuple[str, ObjectId]]:
    repository = session.repository
    for change in diff_files(repository, old or empty_tree(repository), new, paths):
        if change.blob is not None:
            yield change.path, change.blob
