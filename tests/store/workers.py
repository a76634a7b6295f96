"""Programs that the tests of races and crashes start, many at once, and kill; what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gittrack.fsck import fsck
from gittrack.git.repository import discover
from gittrack.store.session import Session


def start(
    folder: Path, code: str, *arguments: object, own_group: bool = False
) -> subprocess.Popen[bytes]:
    """Start Python with the code; `sys.argv[1]` is the folder, the arguments follow."""
    head = "import sys\nfrom gittrack.registry import ExperimentRegistry\n"
    return _start(folder, head + textwrap.dedent(code), *arguments, own_group=own_group)


def start_tracking(
    folder: Path, code: str, *arguments: object, own_group: bool = False
) -> subprocess.Popen[bytes]:
    """The same with a tracker `t` on the folder, which raises errors."""
    head = (
        "import os, sys, threading, time\n"
        "from gittrack.tracking.tracker import ExperimentTracker\n"
        "t = ExperimentTracker(sys.argv[1], on_error='raise')\n"
    )
    return _start(folder, head + textwrap.dedent(code), *arguments, own_group=own_group)


def _start(
    folder: Path, program: str, *arguments: object, own_group: bool
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-c", program, str(folder), *map(str, arguments)),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=own_group,
    )


def finish(process: subprocess.Popen[bytes], timeout: float = 120) -> str:
    """Wait for a program that must succeed and complain of nothing; returns what it printed."""
    out, err = process.communicate(timeout=timeout)
    if process.returncode or err:
        pytest.fail(f"exit status {process.returncode}: {err.decode()}", pytrace=False)
    return out.decode()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def problems(folder: Path) -> list[str]:
    """What `git exp fsck` finds: nothing, where all is whole."""
    session = Session(discover(folder))
    try:
        return [f"{one.place}: {one.reason}" for one in fsck(session).problems]
    finally:
        session.close()
