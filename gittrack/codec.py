"""Meta records and tag files: values to canonical bytes and back, and how records fold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gittrack.canonical import Plain, emit, read
from gittrack.errors import DataError, NotCanonicalError
from gittrack.ids import ConfigId, is_config_id
from gittrack.model import MetaRecord

RECORD_DIGITS = 12
"""Hex digits of the SHA-256 of a record's bytes that name it."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_FIELDS = {"created_at", "author", "description", "parents", "source"}


def is_time(text: str) -> bool:
    """Whether a text is a time as records hold it: ISO 8601, UTC, at most microseconds."""
    return _TIME.fullmatch(text) is not None


def encode_record(record: MetaRecord) -> bytes:
    """The canonical bytes of a meta record; fields that say nothing are left out."""
    fields: dict[str | int, Plain] = {"author": record.author, "created_at": record.created_at}
    if record.description is not None:
        fields["description"] = record.description
    if record.parents:
        fields["parents"] = list(record.parents)
    if record.source is not None:
        fields["source"] = record.source
    return emit(fields)


def record_name(data: bytes) -> str:
    """The twelve hex digits that name a record's file."""
    return hashlib.sha256(data).hexdigest()[:RECORD_DIGITS]


def decode_record(data: bytes) -> MetaRecord:
    """Read a meta record.

    Raises:
        DataError: the bytes are not canonical, or not a meta record.
    """
    try:
        fields = read(data)
    except NotCanonicalError as error:
        raise DataError(f"not a meta record: {error}") from error
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        raise DataError("not a meta record: unknown fields")
    parents = fields.get("parents", [])
    if not isinstance(parents, list) or not all(
        isinstance(parent, str) and is_config_id(parent) for parent in parents
    ):
        raise DataError("not a meta record: parents are not config ids")
    created_at = _text(fields, "created_at")
    if created_at is None or not is_time(created_at):
        raise DataError("not a meta record: created_at is not a time in UTC")
    return MetaRecord(
        created_at=created_at,
        author=_text(fields, "author") or "",
        description=_text(fields, "description"),
        parents=tuple(ConfigId(str(parent)) for parent in parents),
        source=_text(fields, "source"),
    )


def _text(fields: Mapping[str | int, Plain], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise DataError(f"not a meta record: {name} is not a text")
    return value


@dataclass(frozen=True, slots=True)
class Folded:
    """What a config's records say together."""

    created_at: str
    author: str
    description: str
    parents: tuple[ConfigId, ...]
    source: str | None


UNRECORDED = Folded("", "", "", (), None)
"""What is known of a config without any record."""


def fold(records: Iterable[tuple[str, MetaRecord]]) -> Folded:
    """Fold named records: earliest registers, latest description counts, parents add up.

    Records of one time are ordered by name, so that every clone folds to the same.
    """
    ordered = [
        record for _, record in sorted(records, key=lambda item: (item[1].created_at, item[0]))
    ]
    if not ordered:
        return UNRECORDED
    parents: dict[ConfigId, None] = {}
    for record in ordered:
        parents.update(dict.fromkeys(record.parents))
    return Folded(
        created_at=ordered[0].created_at,
        author=ordered[0].author,
        description=next(
            (r.description for r in reversed(ordered) if r.description is not None), ""
        ),
        parents=tuple(parents),
        source=next((r.source for r in ordered if r.source is not None), None),
    )


def encode_tag(name: str) -> bytes:
    """The bytes of a tag's `.exptrack/tag.yaml`, which holds its true name."""
    return emit({"name": name})


def decode_tag(data: bytes) -> str:
    """The true name in a `tag.yaml`.

    Raises:
        DataError: the bytes are not a tag file.
    """
    try:
        fields = read(data)
    except NotCanonicalError as error:
        raise DataError(f"not a tag file: {error}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("name"), str):
        raise DataError("not a tag file: it has no name")
    return str(fields["name"])
