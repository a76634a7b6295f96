"""Plain data to canonical bytes."""

from __future__ import annotations

from typing import Any

from gittrack.canonical.limits import MAX_BYTES, MAX_LEVELS
from gittrack.canonical.plain import Plain, RefusedError
from gittrack.canonical.scalars import float_text, key_text, spelling, string_text
from gittrack.errors import ValueRefusedError

_INDENTS = tuple("  " * level for level in range(MAX_LEVELS + 1))
_NO_STEP = object()


class _TooLargeError(Exception):
    pass


def emit(data: Plain) -> bytes:
    """The canonical bytes of `data`: equal for equal data, whatever the order of its keys.

    Raises:
        ValueRefusedError: not plain data, too deep, too large, or text that is not Unicode; its
            `path` leads to the culprit.
    """
    try:
        encoded = _document(data).encode()
        if len(encoded) > MAX_BYTES:
            raise _TooLargeError
    except RefusedError as refused:
        raise refused.located() from None
    except _TooLargeError:
        raise ValueRefusedError(
            "the config is over the limit of 16 MiB",
            hint="store large data in a file beside the config and keep its path",
        ) from None
    return encoded


def _document(data: Any) -> str:
    kind = type(data)
    if not data or (kind is not dict and kind is not list):
        return f"{_leaf(data, -1)}\n"
    out: list[str] = []
    nested = _mapping if kind is dict else _sequence
    nested(data, "", 0, out, 0)
    return "".join(out)


# In the two writers of collections, `lead` opens the first line: spaces, or the marks of the
# sequences that begin on it. `level` counts the collections around this one. `size` counts the
# characters so far, so that data that is shared many times stops early; it is returned, grown.


def _mapping(data: dict[Any, Any], lead: str, level: int, out: list[str], size: int) -> int:
    indent = _INDENTS[level]
    key: object = _NO_STEP
    try:
        _check_level(level)
        for key in _sorted_keys(data):
            value = data[key]
            kind = type(value)
            if kind is str:
                line = f"{lead}{key_text(key)}: {string_text(value)}\n"
            elif kind is float:
                line = f"{lead}{key_text(key)}: {float_text(value)}\n"
            elif value and (kind is dict or kind is list):
                line = f"{lead}{key_text(key)}:\n"
            else:
                line = f"{lead}{key_text(key)}: {_leaf(value, level)}\n"
            out.append(line)
            lead = indent
            size += len(line)
            if size > MAX_BYTES:
                raise _TooLargeError
            if value and (kind is dict or kind is list):
                nested = _mapping if kind is dict else _sequence
                size = nested(value, _INDENTS[level + 1], level + 1, out, size)
    except RefusedError as refused:
        if key is not _NO_STEP:
            refused.steps.append(key)
        raise
    return size


def _sequence(data: list[Any], lead: str, level: int, out: list[str], size: int) -> int:
    indent = _INDENTS[level]
    position = -1
    try:
        _check_level(level)
        for value in data:
            position += 1
            kind = type(value)
            if value and (kind is dict or kind is list):
                nested = _mapping if kind is dict else _sequence
                size = nested(value, lead + "- ", level + 1, out, size)
            else:
                line = f"{lead}- {_leaf(value, level)}\n"
                out.append(line)
                size += len(line)
                if size > MAX_BYTES:
                    raise _TooLargeError
            lead = indent
    except RefusedError as refused:
        if position >= 0:
            refused.steps.append(position)
        raise
    return size


def _leaf(value: object, level: int) -> str:
    kind = type(value)
    if kind is dict or kind is list:
        _check_level(level + 1)
        return "{}" if kind is dict else "[]"
    return spelling(value)


def _check_level(level: int) -> None:
    if level >= MAX_LEVELS:
        raise RefusedError(
            f"more than {MAX_LEVELS} levels of lists and mappings",
            hint="flatten the config",
        )


def _sorted_keys(data: dict[Any, Any]) -> list[Any]:
    kinds = set(map(type, data))
    if len(kinds) == 1 and (str in kinds or int in kinds):
        return sorted(data)
    others = [key for key in data if type(key) is not str and type(key) is not int]
    if others:
        key_text(others[0])
    numbers = sorted(key for key in data if type(key) is int)
    return [*numbers, *sorted(key for key in data if type(key) is str)]
