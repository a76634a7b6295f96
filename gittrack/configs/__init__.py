"""Config files: layers, overrides, schemas and history; their text edited, merged and patched."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gittrack.configs.faults import ConfigError, InvalidConfigError
    from gittrack.configs.history import FileVersion
    from gittrack.configs.loaded import LoadedConfig, Origin
    from gittrack.configs.manager import ConfigurationManager
    from gittrack.configs.overrides import OverrideError

_HOMES = {
    "ConfigError": "gittrack.configs.faults",
    "ConfigurationManager": "gittrack.configs.manager",
    "FileVersion": "gittrack.configs.history",
    "InvalidConfigError": "gittrack.configs.faults",
    "LoadedConfig": "gittrack.configs.loaded",
    "Origin": "gittrack.configs.loaded",
    "OverrideError": "gittrack.configs.overrides",
}

__all__ = [
    "ConfigError",
    "ConfigurationManager",
    "FileVersion",
    "InvalidConfigError",
    "LoadedConfig",
    "Origin",
    "OverrideError",
]


def __getattr__(name: str) -> Any:
    # On use: git starts the merge driver for every file, and it needs none of these.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gittrack.configs' has no attribute {name!r}")
    return getattr(import_module(home), name)
