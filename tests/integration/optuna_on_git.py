"""A pytest plugin that points Optuna's own study and trial tests at `GitStorage`.

Both those that ask for a storage, and those that name none and would get one in memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import suppress
from types import ModuleType
from typing import Any

with suppress(ImportError):
    import fakeredis  # noqa: F401
if "fakeredis" not in sys.modules:  # what Optuna tests storages with that are not ours
    sys.modules["fakeredis"] = ModuleType("fakeredis")

import optuna
import optuna.testing.storages as supplied

from gittrack.integrations.optuna import GitStorage

supplied.STORAGE_MODES[:] = ["inmemory"]  # the name that tests know; what they get is ours
supplied.STORAGE_MODES_HEARTBEAT[:] = []


_given = optuna.storages.get_storage
_folders: list[tempfile.TemporaryDirectory[str]] = []


def get_storage(storage: Any) -> Any:
    """Where none is named, one of ours in a repository of its own."""
    if storage is not None:
        return _given(storage)
    _folders.append(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    subprocess.run(["git", "init", "-q", _folders[-1].name], check=True)
    return GitStorage(_folders[-1].name)


optuna.storages.get_storage = get_storage


def enter(self: Any) -> GitStorage:
    self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    subprocess.run(["git", "init", "-q", self.folder.name], check=True)
    self.storage = GitStorage(self.folder.name)
    return self.storage


def leave(self: Any, *_: object) -> None:
    self.storage.close()
    self.folder.cleanup()


supplied.StorageSupplier.__enter__ = enter
supplied.StorageSupplier.__exit__ = leave
