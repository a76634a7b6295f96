"""Small disks that can be filled, and made read-only, by whoever may mount."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    options = ("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    if subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount here")
    try:
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


def remount(folder: Path, *options: str) -> None:
    subprocess.run(("mount", "-o", ",".join(("remount", *options)), str(folder)), check=True)


def fill(folder: Path) -> Path:
    """Take all the room, to the last block; removing this file makes room again."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                os.write(file.fileno(), b"x" * 65536)
        except OSError:
            pass
        try:
            while True:
                os.write(file.fileno(), b"x" * 512)
        except OSError:
            return filler
