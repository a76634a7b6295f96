"""The repositories that this process has open for MLflow, each once."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from pathlib import Path

from gittrack.errors import RepositoryError
from gittrack.git.creation import create
from gittrack.git.repository import Repository, discover
from gittrack.tracking.sharing import SharedTracker

_logger = logging.getLogger(__name__)
_lock = threading.Lock()
_trackers: dict[tuple[int, Path], SharedTracker] = {}


def tracker_of(path: Path) -> SharedTracker:
    """The tracker of the repository at or above a path; where there is none, one is made there.

    Raises:
        RepositoryError: it cannot be used, or made.
    """
    process = os.getpid()  # a forked child has trackers of its own
    found = _trackers.get((process, path))
    if found is not None:
        return found
    with _lock:
        place = _found_or_made(path).git_dir
        known = _trackers.get((process, place))
        if known is None:
            known = _trackers[process, place] = SharedTracker(path, warn=_logger.warning)
        _trackers[process, path] = known
        return known


def _found_or_made(path: Path) -> Repository:
    try:
        return discover(path)
    except RepositoryError as error:
        if path.exists() and not error.message.startswith("not a git repository"):
            raise
        create(path)
        return discover(path)


@atexit.register
def _close_all() -> None:
    mine = {id(one): one for (owner, _), one in _trackers.items() if owner == os.getpid()}
    for tracker in mine.values():
        try:
            tracker.close()
        except RepositoryError as error:
            _logger.warning("%s", error.message)


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - a thread of the parent may have held it
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
