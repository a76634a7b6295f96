"""Values of configs and their changes as people and JSON readers see them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gittrack.canonical import MAX_DIGITS, Plain, Scalar, emit, scalar_text
from gittrack.diff import MISSING, Change, Missing

_UNWRITABLE = 10**MAX_DIGITS


def value_text(value: Plain) -> str:
    """A value as people read it: texts without quotes, lists on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    return "" if value is None else typed_text(value)


def typed_text(value: Plain) -> str:
    """A value as the config spells it, so that 1, 1.0, "1" and true look different."""
    if isinstance(value, dict | list):
        if not value:
            return emit(value).decode().strip()
        if isinstance(value, list):
            return "[" + ", ".join(map(typed_text, value)) + "]"
        return "{" + ", ".join(f"{key}: {typed_text(item)}" for key, item in value.items()) + "}"
    scalar: Scalar = value
    return scalar_text(scalar)


def number_text(number: float) -> str:
    """A signed number in six significant digits; integers in full."""
    return f"{number:+d}" if isinstance(number, int) else f"{number:+.6g}"


def cell_text(value: Plain | Missing) -> str:
    """A value as the config spells it; a hyphen where there is none."""
    return "-" if isinstance(value, Missing) else typed_text(value)


def size_text(change: Change) -> str:
    """The change of a number: `+0.1, +100%`; of its type: `integer → float`; else nothing."""
    absolute = _writable(change.absolute)
    if absolute is None:
        return ""
    if absolute == 0 and change.type_changed:
        return f"{_kind(change.old)} → {_kind(change.new)}"
    parts = [number_text(absolute)]
    if change.relative is not None and math.isfinite(change.relative):
        parts.append(f"{100 * change.relative:+.4g}%")
    return ", ".join(parts)


def json_data(data: Plain | Mapping[str | int, Plain]) -> Any:
    """Plain data with what JSON lacks as text: `.nan`, `.inf`, `-.inf`, integer keys."""
    if isinstance(data, dict):
        return {str(key): json_data(value) for key, value in data.items()}
    if isinstance(data, list):
        return [json_data(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return ".nan" if math.isnan(data) else (".inf" if data > 0 else "-.inf")
    return data


def json_change(change: Change) -> dict[str, Any]:
    """A change as JSON says it: `path`, `kind`, and where they exist `old_path`, `old`, `new`,
    `absolute`, `relative` and `type_changed`."""
    shown: dict[str, Any] = {"path": change.text_path, "kind": change.kind}
    if change.old_path is not None:
        shown["old_path"] = change.text_old_path
    if change.old is not MISSING:
        shown["old"] = json_data(change.old)
    if change.new is not MISSING:
        shown["new"] = json_data(change.new)
    absolute = _writable(change.absolute)
    if absolute is not None:
        shown["absolute"] = json_data(absolute)
        shown["relative"] = json_data(change.relative)
    if change.type_changed:
        shown["type_changed"] = True
    return shown


def _writable(number: int | float | None) -> int | float | None:
    """The number; infinity for the difference of two integers that Python refuses to write out."""
    if isinstance(number, int) and abs(number) >= _UNWRITABLE:
        return math.inf if number > 0 else -math.inf
    return number


def _kind(value: Plain | Missing) -> str:
    return "float" if isinstance(value, float) else "integer"
