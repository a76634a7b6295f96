"""The canonical form of a config: the same data gives the same bytes on every machine.

`docs/format.md` has the rules, exact enough for another implementer. Everything here is pure.
"""

from __future__ import annotations

import hashlib

from gittrack.canonical.emit import emit
from gittrack.canonical.limits import MAX_BYTES, MAX_DIGITS, MAX_KEY_TEXT, MAX_LEVELS
from gittrack.canonical.plain import Plain, Scalar, path_text
from gittrack.canonical.read import read
from gittrack.canonical.scalars import scalar_text
from gittrack.ids import ConfigId

__all__ = [
    "MAX_BYTES",
    "MAX_DIGITS",
    "MAX_KEY_TEXT",
    "MAX_LEVELS",
    "Plain",
    "Scalar",
    "config_id",
    "emit",
    "path_text",
    "read",
    "scalar_text",
]


def config_id(data: bytes) -> ConfigId:
    """The id of a config with these canonical bytes: their SHA-256 in lower-case hex."""
    return ConfigId(hashlib.sha256(data).hexdigest())
