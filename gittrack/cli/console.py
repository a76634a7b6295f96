"""What commands write: data to standard output, messages to standard error, colour on terminals."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from gittrack.errors import GittrackError
from gittrack.terminal import inline, json_text

if TYPE_CHECKING:
    from gittrack.registry import ExperimentRegistry
    from gittrack.tracking.tracker import ExperimentTracker


_COLORS = {"id": "33", "tag": "36", "old": "31", "new": "32", "dim": "2", "bold": "1"}


class ReaderGoneError(Exception):
    """Whoever read our output (a pager, `head`) has seen enough."""


class Console:
    """Where a command writes, whether in colour, and the registry that it works on."""

    def __init__(self, path: Path | None, *, color: bool | None = None) -> None:
        self.path = path
        self._color = color
        self._progress = Progress(sys.stderr)

    def registry(self) -> ExperimentRegistry:
        """The registry of the repository that the options or the current folder name."""
        from gittrack.registry import ExperimentRegistry  # help and version do without

        return ExperimentRegistry(self.path, warn=self.note, progress=self._progress.show)

    def tracker(self) -> ExperimentTracker:
        """The tracker of the repository that the options or the current folder name."""
        from gittrack.tracking.tracker import ExperimentTracker  # help and version do without

        return ExperimentTracker(
            self.path, capture=False, warn=self.note, progress=self._progress.show
        )

    def write(self, text: str) -> None:
        """Write data as it is; whatever came from outside must be clean already.

        Raises:
            ReaderGoneError: nobody reads any more.
            GittrackError: it cannot be written (a full disk).
        """
        self._progress.clear()
        try:
            sys.stdout.write(text)
        except OSError as error:
            raise output_error(error) from error

    def clear_progress(self) -> None:
        """Take a line that tells of progress away: the work is done, or something else follows."""
        self._progress.clear()

    def line(self, text: str = "") -> None:
        """Write a line of data."""
        self.write(f"{text}\n")

    def write_bytes(self, data: bytes) -> None:
        """Write UTF-8 exactly as it is, whatever encoding the user's terminal has."""
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
        except OSError as error:
            raise output_error(error) from error

    def note(self, text: str) -> None:
        """Tell the user something that is not data."""
        self.message(f"note: {inline(text)}")

    def message(self, text: str) -> None:
        """Write a line to standard error; whatever came from outside must be clean already."""
        self._progress.clear()
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")

    def json(self, value: Any) -> None:
        """Write one JSON document."""
        self.write(json_text(value, indent=2) + "\n")

    def json_list(self, values: Iterable[Mapping[str, Any]]) -> None:
        """Write one JSON array, a line for each value."""
        start = "[\n"
        for value in values:
            self.write(start + json_text(value))
            start = ",\n"
        self.write("[]\n" if start == "[\n" else "\n]\n")

    def paint(self, text: str, color: str) -> str:
        """The text in a colour, where colours are wanted."""
        if not self.colorful:
            return text
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m"

    @property
    def cells(self) -> int | None:
        """The terminal's width; `None` where output goes to a pipe or a file."""
        # With `git -p` or pager.exp, git's pager stands between us and the terminal.
        if sys.stdout.isatty() or os.environ.get("GIT_PAGER_IN_USE") == "true":
            return shutil.get_terminal_size().columns
        return None

    @property
    def colorful(self) -> bool:
        """Whether output goes to a terminal and nobody asked for no colours."""
        if self._color is None:
            # With `git -p` or pager.exp, git's pager stands between us and the terminal.
            shown = sys.stdout.isatty() or os.environ.get("GIT_PAGER_IN_USE") == "true"
            self._color = (
                shown and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
            )
        return self._color


class Progress:
    """One line on a terminal that says how far long work is; silent for the first second."""

    def __init__(self, stream: TextIO, work: str = "indexing") -> None:
        self._stream = stream
        self._work = work
        self._started: float | None = None
        self._shown = False

    def show(self, done: int, total: int) -> None:
        """Work is that far."""
        if self._started is None:
            self._started = time.monotonic()
        if not self._stream.isatty() or time.monotonic() - self._started < 1:
            return
        self._shown = True
        filled = 30 * done // max(total, 1)
        bar = "#" * filled + "." * (30 - filled)
        self._stream.write(f"\r{self._work} [{bar}] {done:,} of {total:,}\x1b[K")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False
        self._started = None


def output_error(error: OSError) -> Exception:
    """What a failed write to standard output means."""
    if isinstance(error, BrokenPipeError):
        return ReaderGoneError()
    return GittrackError(f"cannot write to standard output: {(error.strerror or '').lower()}")
