"""What a program left: files kept as artifacts, and files that hold metrics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gittrack.errors import GittrackError, UsageError
from gittrack.globs import matcher
from gittrack.tracking.active import ActiveRun
from gittrack.tracking.metric_files import read_metrics
from gittrack.tracking.tracker import ExperimentTracker

Warn = Callable[[str], None]
"""Takes a one-line notice."""

_WILD = ("*", "?", "[")


@contextmanager
def told(what: str, warn: Warn) -> Iterator[None]:
    """What cannot be taken in is said, and stops nothing."""
    try:
        yield
    except GittrackError as error:
        hint = f" ({error.hint})" if error.hint else ""
        warn(f"{what}: {error.message}{hint}")
    except OSError as error:
        warn(f"{what}: {(error.strerror or str(error)).lower()}")


def log_files(
    tracker: ExperimentTracker, run: ActiveRun, folder: Path, pattern: str, warn: Warn
) -> None:
    """Keep the files below a folder that a pattern means as artifacts of a run.

    Raises:
        UsageError: the pattern leads out of the folder.
    """
    found = False
    for path in _matching(folder, pattern):
        found = True
        with told(f"artifact {path}", warn):
            tracker.log_artifact(folder / path, path, run=run)
    if not found:
        warn(f"artifact {pattern}: there is no such file")


def log_metric_file(run: ActiveRun, folder: Path, file: str, warn: Warn) -> None:
    """Log the metrics that a file holds; its name is relative to the folder.

    Raises:
        GittrackError: it cannot be understood.
    """
    try:
        read = read_metrics(folder / file)
    except FileNotFoundError:
        warn(f"metrics {file}: there is no such file")
        return
    for step, values in read.rows:
        run.log_metrics(values, step)
    if read.left_out:
        some = ", ".join(read.left_out[:5]) + (", …" if len(read.left_out) > 5 else "")
        warn(f"metrics {file}: left out, as they are no numbers: {some}")


def _matching(folder: Path, pattern: str) -> Iterator[str]:
    """The files below a folder that a pattern means, sorted; a folder means all in it."""
    parts = [part for part in pattern.split("/") if part != "."]
    if pattern.startswith("/") or ".." in parts:
        raise UsageError("a pattern stays below the current folder")
    pattern = "/".join(parts)
    if (folder / pattern).is_dir():
        pattern = pattern.rstrip("/") + "/**"
    elif (folder / pattern).is_file():
        yield pattern
        return
    fixed = []
    for part in pattern.split("/")[:-1]:
        if any(sign in part for sign in _WILD):
            break
        fixed.append(part)
    matches = matcher([pattern])
    for top, folders, files in os.walk(folder / "/".join(fixed)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = os.path.relpath(top, folder)
        for name in sorted(files):
            path = os.path.normpath(os.path.join(below, name))  # noqa: PTH118 - many of them
            if matches(path) and _stays_below(folder, path):
                yield path


def _stays_below(folder: Path, path: str) -> bool:
    """Whether a file is one of the folder's, and no link out of it."""
    link = folder / path
    return not link.is_symlink() or link.resolve().is_relative_to(folder.resolve())
