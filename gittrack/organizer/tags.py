"""Flat tags made of an experiment's metadata, its config, its code and its environment.

From the config come the scalars that at most two keys lead to, those at the top first; 30 at the
most, and no text over 100 characters. What looks like a secret, by name or by shape, is left out
everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain, config_id, emit, scalar_text
from gittrack.capture.redaction import looks_secret, redact_mapping, redact_url
from gittrack.diff import Key, flatten, path_text
from gittrack.errors import ValueRefusedError
from gittrack.organizer.metadata import FIELDS, ExperimentMetadata

MAX_CONFIG_TAGS = 30
MAX_TEXT = 100
"""Characters of a value from a config; a longer text is no label."""

GIT_FACTS = ("commit", "branch", "dirty", "remote")
ENVIRONMENT_FACTS = (
    *("python", "implementation", "platform", "system", "machine", "host", "hostname"),
    *("cpu", "cpu_count", "memory", "gpu", "gpu_count", "cuda", "container"),
)


def create_comprehensive_tags(
    metadata: ExperimentMetadata,
    config: Mapping[Any, Any] | None = None,
    *,
    git: Mapping[str, object] | None = None,
    environment: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """All tags of an experiment: fields by their names, then its other tags, then facts.

    A config gives `config_id` and `config.<path>`; `git` gives `git.commit`, `git.branch`,
    `git.dirty` and `git.remote` (without user and password); `environment` gives `env.python`,
    `env.platform` and others of that kind. What is empty, unknown or looks secret is left out.

    Raises:
        ValueRefusedError: the config holds what no config can.
    """
    tags = metadata_tags(metadata)
    if config is not None:
        tags |= _config_tags(config)
    tags |= _facts("git", git or {}, GIT_FACTS)
    tags |= _facts("env", environment or {}, ENVIRONMENT_FACTS)
    # The user's own word counts where two say something.
    return tags | {key: text for key, text in metadata.tags.items() if not _is_secret(key, text)}


def metadata_tags(metadata: ExperimentMetadata) -> dict[str, str]:
    """The fields that say something, as texts."""
    values = ((name, getattr(metadata, name)) for name in FIELDS)
    return {name: _field_text(value) for name, value in values if value not in ("", None)}


def metadata_from_tags(tags: Mapping[str, str]) -> ExperimentMetadata:
    """The metadata in tags: the inverse of `create_comprehensive_tags`, for its fields.

    Tags that are no fields are kept, but for those that come from config, git and environment.

    Raises:
        UsageError: a field has a value that it cannot have, or there is no project.
    """
    known = {field.name for field in fields(ExperimentMetadata)} - {"tags"}
    given: dict[str, Any] = {key: text for key, text in tags.items() if key in known}
    others = {
        key: text
        for key, text in tags.items()
        if key not in known and key != "config_id" and not key.startswith(("config.", *_PREFIXES))
    }
    return ExperimentMetadata(**({"project": ""} | given), tags=others)


_PREFIXES = ("git.", "env.")


def _field_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _config_tags(config: Mapping[Any, Any]) -> dict[str, str]:
    plain = to_plain(config)
    if not isinstance(plain, dict):
        raise ValueRefusedError(f"a config is a mapping, not {type(config).__name__}")
    shown = sorted(_shown_leaves(plain), key=lambda leaf: leaf[0])[:MAX_CONFIG_TAGS]
    return {"config_id": config_id(emit(plain))} | {key: text for _, key, text in shown}


def _shown_leaves(config: Plain) -> Iterator[tuple[int, str, str]]:
    """How deep each leaf that may be a tag lies, its tag's name, and its text."""
    for path, leaf in flatten(config):
        keys = [segment.name for segment in path if isinstance(segment, Key)]
        if len(path) > 2 or len(keys) != len(path) or isinstance(leaf, dict | list) or leaf is None:
            continue
        text = leaf if isinstance(leaf, str) else scalar_text(leaf)
        secret = any(_is_secret(str(key), text) for key in keys)
        if text and len(text) <= MAX_TEXT and not secret:
            yield len(path), f"config.{path_text(path)}", text


def _facts(prefix: str, facts: Mapping[str, object], known: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in known:
        value = to_plain(facts.get(name))
        if value is None or value == "" or isinstance(value, dict | list):
            continue
        text = value if isinstance(value, str) else scalar_text(value)
        text = redact_url(text) if name == "remote" else text
        if not _is_secret(name, text):
            found[f"{prefix}.{name}"] = text
    return found


def _is_secret(key: str, text: str) -> bool:
    return looks_secret(key) or redact_mapping({key: text})[key] != text
