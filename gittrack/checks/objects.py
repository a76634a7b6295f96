"""Configs and records as files: names against bytes, canonical form, and what the base had."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gittrack.canonical import MAX_BYTES, Plain, read
from gittrack.checks.finding import Finding
from gittrack.checks.scope import OBJECTS, RECORDS, Scope
from gittrack.codec import decode_record, record_name
from gittrack.errors import DataError, NotCanonicalError
from gittrack.git.objects import blob_id
from gittrack.ids import ConfigId, short
from gittrack.model import MetaRecord
from gittrack.store.layout import SHARDS, parse_path
from gittrack.store.snapshots import Entry

_OBJECT_PATH = len(OBJECTS) + len("/aa/") + 62 + len(".yaml")
_SHARD_PATHS = {f"{folder}/{shard}" for folder in (OBJECTS, RECORDS) for shard in SHARDS}


@dataclass(frozen=True, slots=True)
class Sound:
    """A config whose file is what its name promises."""

    id: ConfigId
    path: str
    data: bytes
    config: dict[str | int, Plain]


def check_objects(scope: Scope, entries: Sequence[Entry]) -> Iterator[Sound | Finding]:
    """Each entry as a sound config or as what is wrong with it; other people's files are
    nobody's business."""
    ours: list[tuple[ConfigId, Entry]] = []
    strange: dict[str, Finding] = {}
    for entry in entries:
        stored = parse_path(entry.path)
        if stored is not None and stored.record is None:
            ours.append((stored.id, entry))
        elif (disguised := _disguised(entry)) is not None:
            strange[disguised.path] = disguised
    yield from strange.values()
    blobs = scope.snapshot.read_many([entry for _, entry in ours])
    hash_name = scope.session.repository.hash_name
    for (config_id, entry), data in zip(ours, blobs, strict=True):
        found = _checked(config_id, entry.path, data) if data is not None else _unread(scope, entry)
        yield found
        before = scope.differences.get(entry.path)
        if isinstance(found, Sound) or before is None or before.base is None:
            continue
        if data is None or blob_id(data, hash_name) != before.base:
            reason = "its bytes are not those that the base has"
            yield Finding("object-changed", entry.path, 1, reason)


def check_vanished(scope: Scope) -> Iterator[Finding]:
    """The base's configs that are no longer there."""
    for gone in scope.changed(OBJECTS):
        stored = parse_path(gone.path)
        if stored is not None and gone.base is not None and not gone.present:
            reason = f"the base has config {short(stored.id)}, here it is gone"
            yield Finding("object-vanished", gone.path, 1, reason)


def check_records(
    scope: Scope, entries: Sequence[Entry]
) -> Iterator[tuple[ConfigId, MetaRecord] | Finding]:
    """Each record with the config that it is about, or what is wrong with it."""
    ours = [
        (stored, entry)
        for entry in entries
        if (stored := parse_path(entry.path)) is not None and stored.record is not None
    ]
    blobs = scope.snapshot.read_many([entry for _, entry in ours])
    for (stored, entry), data in zip(ours, blobs, strict=True):
        if data is None:
            yield Finding("meta-form", entry.path, 1, _kind_text(entry))
        elif record_name(data) != stored.record:
            yield Finding("meta-form", entry.path, 1, "its bytes do not hash to its name")
        else:
            try:
                yield stored.id, decode_record(data)
            except DataError as error:
                yield Finding("meta-form", entry.path, 1, error.message)


def _checked(config_id: ConfigId, path: str, data: bytes) -> Sound | Finding:
    digest = hashlib.sha256(data).hexdigest()
    if digest != config_id:
        return Finding("object-hash", path, 1, f"its bytes hash to {digest[:12]}…, not to its name")
    try:
        config = read(data)
    except NotCanonicalError as error:
        reason = str(error).removeprefix(f"line {error.line}: ")
        return Finding("object-form", path, error.line or 1, f"not canonical: {reason}")
    if not isinstance(config, dict):
        return Finding("object-form", path, 1, "not a mapping of parameters")
    return Sound(config_id, path, data, config)


def _unread(scope: Scope, entry: Entry) -> Finding:
    if entry.kind == "file" and (scope.snapshot.size(entry) or 0) > MAX_BYTES:
        reason = f"it is over the limit of {MAX_BYTES >> 20} MiB"
        return Finding("object-size", entry.path, 1, reason)
    code = "object-form" if entry.kind == "unmerged" else "object-kind"
    return Finding(code, entry.path, 1, _kind_text(entry))


def _kind_text(entry: Entry) -> str:
    texts = {
        "link": "it is a symbolic link, not a file",
        "unmerged": "its merge is not finished",
        "file": "it cannot be read",
    }
    return texts.get(entry.kind, "it is no regular file")


def _disguised(entry: Entry) -> Finding | None:
    """What stands where a config or a folder of configs belongs, and is none."""
    inside = parse_path(entry.path[:_OBJECT_PATH])
    if inside is not None and entry.path[_OBJECT_PATH:].startswith("/"):
        return Finding("object-kind", entry.path[:_OBJECT_PATH], 1, "it is a folder, not a file")
    if entry.path in _SHARD_PATHS:
        return Finding("object-kind", entry.path, 1, f"{_kind_text(entry)}: a folder belongs there")
    return None
