"""Packages that only some tables need: imported on use, and named where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gittrack.errors import UsageError


def needed(module: str, *, extra: str, purpose: str) -> Any:
    """The module of an optional package.

    Raises:
        UsageError: it is not installed; the hint names the extra of gittrack that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise UsageError(
            f"{purpose} needs the package {package}",
            hint=f"install it with: pip install 'gittrack[{extra}]'",
        ) from error
