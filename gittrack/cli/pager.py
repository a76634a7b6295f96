"""Long output on a terminal goes through git's pager, as git's own does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gittrack.cli.console import Console

_SHELL_SIGNS = re.compile(r"[|&;<>()$`\\\"' \t\n*?\[#~=%]")


@contextmanager
def paged(console: Console) -> Iterator[None]:
    """Send standard output through the pager for a while, if it is a terminal."""
    console.clear_progress()
    watched = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    command = _pager() if watched else ""
    if command in ("", "cat") or not _can_start(command):
        yield
        return
    colorful = console.colorful  # asked while standard output still is the terminal
    del colorful
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    process = subprocess.Popen(  # noqa: S602 - the user's own setting, run as git runs it
        command,
        shell=True,
        stdin=subprocess.PIPE,
        env=environment,
        encoding=sys.stdout.encoding,
        errors="backslashreplace",
    )
    assert process.stdin is not None
    terminal, sys.stdout = sys.stdout, process.stdin
    try:
        yield
    finally:
        sys.stdout = terminal
        with suppress(BrokenPipeError):
            process.stdin.close()
        _wait(process)


def _wait(process: subprocess.Popen[str]) -> None:
    """Until the user has left the pager; Ctrl-C there is the pager's."""
    while True:
        try:
            process.wait()
            return
        except KeyboardInterrupt:
            continue


def _pager() -> str:
    if "GIT_PAGER" in os.environ:
        return os.environ["GIT_PAGER"]
    configured = _configured()
    if configured is not None:
        return configured
    return os.environ.get("PAGER", "less" if shutil.which("less") else "")


def _configured() -> str | None:
    """git's own setting `core.pager`; only asked for where a person is watching."""
    from gittrack.git.environment import DISCOVERY_VARIABLES, child_environment
    from gittrack.git.process import Runner

    discovery = {n: os.environ[n] for n in DISCOVERY_VARIABLES if n in os.environ}
    runner = Runner(Path.cwd(), child_environment(os.environ) | discovery)
    result = runner.run("config", "--get", "core.pager", accept=(0, 1, 2, 3, 128, 129))
    return None if result.status else result.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _can_start(command: str) -> bool:
    """A pager that is not installed must not swallow the output; a shell's line is not judged."""
    return bool(_SHELL_SIGNS.search(command)) or shutil.which(command) is not None
