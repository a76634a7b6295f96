"""The registry: configs of a repository, registered, found, compared, tagged."""

from __future__ import annotations

from gittrack.registry.registry import ExperimentRegistry

__all__ = ["ExperimentRegistry"]
