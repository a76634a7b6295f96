"""Texts of other trackers: values out of them, and whether they can be stored; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from gittrack.errors import ValueRefusedError
from gittrack.runs.records import RunRecord


def digest(parts: Iterable[object]) -> str:
    """A short text that is another one when any of these is."""
    joined = "\0".join(map(str, parts))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_text(text: str) -> bool:
    """Whether it is Unicode; a file's name need not be."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def storable(record: RunRecord) -> None:
    """Do nothing where all texts of a run can be stored.

    Raises:
        ValueRefusedError: one is no Unicode.
    """
    tags = [*map(str, record.tags), *map(str, record.tags.values())]
    for text in (record.run_name or "", record.host, *tags, *record.notes):
        if not is_text(text):
            raise ValueRefusedError(f"a text of it is no Unicode: {text[:60]!a}")
