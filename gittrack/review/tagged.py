"""The tags of configs, where this clone has tag refs."""

from __future__ import annotations

from collections.abc import Iterable

from gittrack.codec import decode_tag
from gittrack.errors import DataError
from gittrack.ids import ConfigId
from gittrack.store.layout import TAG_PATH, object_path
from gittrack.store.session import Session


def tags_of(session: Session, configs: Iterable[ConfigId]) -> dict[ConfigId, tuple[str, ...]]:
    """The tags that each config bears, by name; asks git directly, so that no index is built."""
    refs = list(session.tag_refs())
    wanted = list(configs)
    if not refs or not wanted:
        return {}
    files = session.reader.find_many(f"{ref}:{TAG_PATH}" for ref in refs)
    names = {ref: _name(None if f is None else f.data) for ref, f in zip(refs, files, strict=True)}
    asked = [(ref, one) for ref in refs if names[ref] for one in wanted]
    found = session.reader.find_many(f"{ref}:{object_path(one)}" for ref, one in asked)
    tags: dict[ConfigId, list[str]] = {}
    for (ref, one), blob in zip(asked, found, strict=True):
        if blob is not None:
            tags.setdefault(one, []).append(names[ref])
    return {one: tuple(sorted(borne)) for one, borne in tags.items()}


def _name(data: bytes | None) -> str:
    try:
        return "" if data is None else decode_tag(data)
    except DataError:
        return ""
