"""Parameters and metrics between MLflow, where parameters are texts, and runs; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


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
