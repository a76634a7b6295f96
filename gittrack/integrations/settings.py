"""What a framework says of its settings, as parameters that can be recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.capture.redaction import looks_secret, redact_text
from gittrack.errors import ValueRefusedError

_MAX_TEXT = 1000
_MAX_LEVELS = 20


def storable(settings: Mapping[Any, Any]) -> dict[Any, Plain]:
    """Settings as plain data, whatever is among them.

    What is no data (an estimator, a function, a class) stands there by its name or its `repr`;
    what has the name of a secret is left out, and what looks like one is blotted out.
    """
    return _mapping(settings, 0)


def _mapping(values: Mapping[Any, Any], level: int) -> dict[str | int, Plain]:
    return {
        _key(key): _value(value, level + 1)
        for key, value in values.items()
        if not (isinstance(key, str) and value is not None and looks_secret(key))
    }


def _key(key: Any) -> str | int:
    if type(key) is int:
        return key
    text = str(key)
    return text if _is_plain(text) else ascii(text)


def _value(value: Any, level: int) -> Plain:
    if level > _MAX_LEVELS:
        return "…"
    if isinstance(value, dict):
        return _mapping(value, level)
    if isinstance(value, list | tuple):
        return [_value(one, level + 1) for one in value]
    try:
        plain = to_plain(value)
    except ValueRefusedError:
        plain = _name(value)
    if isinstance(plain, dict):
        return _mapping(plain, level)
    return redact_text(plain) if isinstance(plain, str) else plain


def _is_plain(value: object) -> bool:
    try:
        to_plain(value)
    except ValueRefusedError:
        return False
    return True


def _name(value: object) -> str:
    """What to call a thing: the same in every process, so no address in memory is in it."""
    own = getattr(value, "__qualname__", None)
    if isinstance(own, str):
        return f"{value.__module__}.{own}"
    kind = type(value)
    text = " ".join(repr(value).split())
    if " at 0x" in text or len(text) > _MAX_TEXT or not _is_plain(text):
        return f"{kind.__module__}.{kind.__qualname__}"
    return text
