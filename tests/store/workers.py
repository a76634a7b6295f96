"""Programs that the tests of races and crashes start, many at once, and kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def start(
    folder: Path, code: str, *arguments: object, own_group: bool = False
) -> subprocess.Popen[bytes]:
    """Start Python with the code; `sys.argv[1]` is the folder, the arguments follow."""
    program = "import sys\nfrom gittrack.registry import ExperimentRegistry\n" + textwrap.dedent(
        code
    )
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
