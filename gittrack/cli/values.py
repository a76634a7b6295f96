"""Values of configs as people read them."""

from __future__ import annotations

from gittrack.canonical import Plain, Scalar, emit, scalar_text


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
