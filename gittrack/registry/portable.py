"""Configs as single files that travel: YAML (the object's bytes) and JSON (with what is known)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gittrack.canonical import Plain, config_id, emit, read
from gittrack.codec import is_time
from gittrack.errors import (
    GittrackError,
    NotCanonicalError,
    RepositoryError,
    SourceError,
    UsageError,
)
from gittrack.files import replace_file
from gittrack.ids import ConfigId, is_config_id, short
from gittrack.model import ConfigRecord, MetaRecord
from gittrack.shown import json_data
from gittrack.slug import check_name
from gittrack.store.catalogue import Registration
from gittrack.terminal import json_text

_RECORD_KEYS = {"id", "config"}


def to_json_value(record: ConfigRecord) -> dict[str, Any]:
    """The record as strict JSON can say it.

    JSON has no NaN, no infinities and no integer keys; they become texts. Where that loses
    something, `canonical` holds the YAML itself, so that an import is exact.
    """
    shown = record.to_dict()
    if record.config is not None:
        shown["config"] = json_data(record.config)
        if not _is_faithful(record.config):
            shown["canonical"] = emit(record.config).decode()
    return shown


def _is_faithful(data: Plain | Mapping[str | int, Plain]) -> bool:
    if isinstance(data, dict):
        return all(isinstance(k, str) and _is_faithful(v) for k, v in data.items())
    if isinstance(data, list):
        return all(map(_is_faithful, data))
    return not isinstance(data, float) or math.isfinite(data)


def export_bytes(record: ConfigRecord, ending: str) -> bytes:
    """The bytes of an exported file; the ending decides.

    Raises:
        UsageError: no such format.
    """
    assert record.config is not None
    if ending in (".yaml", ".yml"):
        return emit(record.config)
    if ending == ".json":
        return (json_text(to_json_value(record), indent=2) + "\n").encode()
    raise UsageError(
        f"cannot export to {ending or 'a file without an ending'}", hint="use .yaml or .json"
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        RepositoryError: the folder cannot be written.
    """
    try:
        replace_file(path, data)
    except OSError as error:
        raise RepositoryError(f"cannot write {path}: {error.strerror}") from error


def find_exports(path: Path) -> list[dict[str | int, Any]]:
    """The exports in a JSON file (one, or a list of them); none where it is something else."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []  # reading it as a config will say what is wrong
    exports = content if isinstance(content, list) else [content]
    return exports if all(map(_is_export, exports)) else []


def _is_export(data: object) -> bool:
    return isinstance(data, dict) and data.keys() >= _RECORD_KEYS and is_config_id(str(data["id"]))


def read_export(data: Mapping[str | int, Any], file: str) -> Registration:
    """An exported config with all that was known about it, checked against its id.

    Raises:
        SourceError: the config is not the one that its id names, or a field is of a wrong type.
    """
    try:
        content = _canonical_bytes(data)
    except GittrackError as error:
        raise SourceError(error.message, file=file, hint=error.hint) from error
    if config_id(content) != data["id"]:
        raise SourceError(
            f"the config was changed: it is {short(config_id(content))} and the file says"
            f" {short(ConfigId(str(data['id'])))}",
            file=file,
            hint="to register it as a new config, add its config alone: git exp add",
        )
    if data.get("created_at") and not is_time(str(data["created_at"])):
        raise SourceError(
            "created_at must be a time such as 2026-11-01T12:30:00.000000Z", file=file
        )
    texts = {
        key: _text(data, key, file) for key in ("description", "created_at", "author", "source")
    }
    parents = tuple(ConfigId(p) for p in _texts(data, "parents", file) if is_config_id(p))
    records: tuple[MetaRecord, ...] = ()
    if texts["created_at"]:
        records = (
            MetaRecord(
                texts["created_at"],
                texts["author"] or "",
                texts["description"] or None,
                parents,
                texts["source"],
            ),
        )
    return Registration(
        config_id(content),
        content,
        description=None if records else texts["description"] or None,
        tags=tuple(check_name(tag) for tag in _texts(data, "tags", file)),
        parents=() if records else parents,
        records=records,
    )


def _canonical_bytes(data: Mapping[str | int, Any]) -> bytes:
    text = data.get("canonical")
    if isinstance(text, str):
        content = text.encode()
        if not isinstance(read(content), dict):
            raise NotCanonicalError("not a mapping")
        return content
    return emit(data["config"])


def _text(data: Mapping[str | int, Any], key: str, file: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise SourceError(f"{key} must be a text", file=file)
    return value


def _texts(data: Mapping[str | int, Any], key: str, file: str) -> list[str]:
    value = data.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SourceError(f"{key} must be a list of texts", file=file)
    return value
