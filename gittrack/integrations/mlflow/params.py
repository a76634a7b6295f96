"""Parameters and metrics between MLflow, where parameters are texts, and runs; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gittrack.canonical import Plain

_LONGEST_NUMBER = 40


def typed(text: str) -> Plain:
    """The value whose text that is: a number or truth value where Python writes it just so, so
    that it can be compared; else the text itself."""
    if text in ("True", "False"):
        return text == "True"
    if text == "None":
        return None
    if len(text) > _LONGEST_NUMBER:
        return text
    for kind in (int, float):
        try:
            value: int | float = kind(text)
        except ValueError:
            continue
        if str(value) == text:
            return value
    return text


def texts(params: Mapping[Any, Any]) -> dict[str, str]:
    """A run's parameters as MLflow has them; those of nested mappings by their path."""
    return {key: _text(value) for key, value in _leaves(params, "")}


def _leaves(values: Mapping[Any, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
