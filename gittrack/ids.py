"""The types of identifiers, and how they are recognised."""

from __future__ import annotations

import re
from typing import NewType

ConfigId = NewType("ConfigId", str)
"""A config's identity: 64 lower-case hex digits, the SHA-256 of its canonical YAML bytes."""

ObjectId = NewType("ObjectId", str)
"""A git object's name: 40 hex digits (SHA-1 repository) or 64 (SHA-256 repository)."""

SHORT_LENGTH = 12
"""Digits of a config id that are shown to people."""

MINIMUM_PREFIX = 4
"""Digits of a config id that a person must give at the least."""

_CONFIG_ID = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(rf"[0-9a-f]{{{MINIMUM_PREFIX},64}}")


def is_config_id(text: str) -> bool:
    """Whether `text` is a whole config id."""
    return _CONFIG_ID.fullmatch(text) is not None


def is_prefix(text: str) -> bool:
    """Whether `text` could be the start of a config id: four or more hex digits."""
    return _PREFIX.fullmatch(text) is not None


def short(config_id: ConfigId) -> str:
    """The first twelve digits: what tables show."""
    return config_id[:SHORT_LENGTH]
