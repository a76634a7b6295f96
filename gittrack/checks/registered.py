"""Files that must be registered: each of their configs is stored on this branch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from gittrack.canonical import config_id, emit
from gittrack.checks.finding import Finding
from gittrack.checks.pins import documents_of, reason_of
from gittrack.errors import GittrackError, SourceError
from gittrack.globs import matcher
from gittrack.ids import ConfigId, short
from gittrack.store.layout import ROOT, object_path
from gittrack.store.snapshots import Entry, Snapshot


def matching_files(snapshot: Snapshot, globs: Sequence[str]) -> list[Entry]:
    """The files of a place that match one of the patterns, but not our own."""
    matches = matcher(globs)
    paths = [p for p in snapshot.files() if matches(p) and not p.startswith(f"{ROOT}/")]
    return list(snapshot.at(paths).values())


def check_registered(snapshot: Snapshot, files: Sequence[Entry]) -> Iterator[Finding]:
    """The files with a config that is not stored."""
    found: list[tuple[str, ConfigId]] = []
    for entry in files:
        try:
            ids = [config_id(emit(document.data)) for document in documents_of(snapshot, entry)]
        except SourceError as error:
            yield Finding("not-registered", entry.path, error.line or 1, reason_of(error))
        except GittrackError as error:
            yield Finding("not-registered", entry.path, 1, error.message)
        else:
            found += [(entry.path, one) for one in ids]
    stored = snapshot.at(sorted({object_path(one) for _, one in found}))
    for path, one in found:
        if object_path(one) not in stored:
            reason = f"its config {short(one)} is not registered on this branch"
            yield Finding("not-registered", path, 1, reason, f"git exp add {quote(path)}")
