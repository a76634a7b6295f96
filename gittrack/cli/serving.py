"""Serving the page from the command line: the link is printed, Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from gittrack.cli.console import Console, Progress
from gittrack.errors import UsageError
from gittrack.web.server import WebServer

TOKEN = "GITTRACK_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable that may hold the token."""


def parse_port(given: object) -> int:
    """A port: 0 to 65535.

    Raises:
        UsageError: it is none.
    """
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536):
        raise UsageError(f"--port takes a number from 0 to 65535, not {text!r}")
    return int(text)


def token_of(given: str | None) -> str | None:
    """The token that an option or the environment gives."""
    return given or os.environ.get(TOKEN) or None


def progress() -> Callable[[int, int], None]:
    """Tells on the terminal how far the index is, while the first page waits for it."""
    return Progress(sys.stderr).show


def serve(console: Console, server: WebServer, started: Callable[[], None]) -> None:
    """Serve until Ctrl-C, or until the process is asked to end."""
    worker = threading.Thread(target=server.serve, daemon=True)
    # Whoever reads what is told may ask for the end at once.
    with _asked_to_end():
        try:
            worker.start()
            started()
            with suppress(BrokenPipeError):
                sys.stdout.flush()
            worker.join()
        except KeyboardInterrupt:
            console.message("stopping")
        finally:
            server.stop()
            worker.join()


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
