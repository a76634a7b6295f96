"""A pytest plugin that points Optuna's own study and trial tests at `GitStorage`."""

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

import optuna.testing.storages as supplied

from gittrack.integrations.optuna import GitStorage

supplied.STORAGE_MODES[:] = ["inmemory"]  # the name that tests know; what they get is ours
supplied.STORAGE_MODES_HEARTBEAT[:] = []


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
