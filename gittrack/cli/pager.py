"""Long output on a terminal goes through git's pager, as git's own does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gittrack.cli.console import Console


@contextmanager
def paged(console: Console) -> Iterator[None]:
    """Send standard output through the pager for a while, if it is a terminal."""
    command = _pager()
    if not sys.stdout.isatty() or command in ("", "cat"):
        yield
        return
    colorful = console.colorful  # asked while standard output still is the terminal
    del colorful
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    process = subprocess.Popen(  # noqa: S602 - the user's own setting, run as git runs it
        command, shell=True, stdin=subprocess.PIPE, env=environment, text=True
    )
    terminal, sys.stdout = sys.stdout, process.stdin
    try:
        yield
    finally:
        sys.stdout = terminal
        with suppress(BrokenPipeError):
            process.communicate()


def _pager() -> str:
    for name in ("GIT_PAGER", "PAGER"):
        if name in os.environ:
            return os.environ[name]
    return "less" if shutil.which("less") else ""
