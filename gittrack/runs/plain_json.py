"""Plain data in a form that JSON keeps: a mapping's keys stay integers where they were."""

from __future__ import annotations

from typing import Any


def kept(value: Any) -> Any:
    """The value with each mapping as its list of pairs."""
    if isinstance(value, dict):
        return {"": [[name, kept(inner)] for name, inner in value.items()]}
    return [kept(inner) for inner in value] if isinstance(value, list) else value


def restored(value: Any) -> Any:
    """What `kept` was given."""
    if isinstance(value, dict):
        return {name: restored(inner) for name, inner in value[""]}
    return [restored(inner) for inner in value] if isinstance(value, list) else value
