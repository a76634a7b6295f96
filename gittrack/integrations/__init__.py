"""Tracking added to somebody's script in one line, and to the frameworks that people train with."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gittrack.integrations.core import merge_summary, record_experiment
    from gittrack.integrations.script import add_tracking_options, track_script

_HOMES = {
    "add_tracking_options": "gittrack.integrations.script",
    "merge_summary": "gittrack.integrations.core",
    "record_experiment": "gittrack.integrations.core",
    "track_script": "gittrack.integrations.script",
}

__all__ = ["add_tracking_options", "merge_summary", "record_experiment", "track_script"]


def __getattr__(name: str) -> Any:
    # On use: pytest loads its plug-in, which is in this package, in every project's tests.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack.integrations' has no attribute {name!r}")
    return getattr(import_module(home), name)
