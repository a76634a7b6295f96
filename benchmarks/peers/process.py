"""Starting a worker in a fresh process and folder, and weighing what it left."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.catalogue import PEERS

_WORKER = Path(__file__).with_name("worker.py")
_DEADLINE = 900.0
_SETTINGS = {
    "AIM__TELEMETRY": "0",
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYTHONWARNINGS": "ignore",
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
}


class WorkerError(Exception):
    """A worker did not do its work; the message is the last line it wrote."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a folder holds: files, their bytes, and the bytes of the disk blocks they take."""

    files: int
    size: int
    blocks: int

    def __sub__(self, other: Weight) -> Weight:
        return Weight(self.files - other.files, self.size - other.size, self.blocks - other.blocks)


def weigh(folder: Path) -> Weight:
    """What is below a folder, without the HOME of the workers."""
    home = folder / "home"
    found = [
        path.lstat()
        for path in folder.rglob("*")
        if not path.is_dir() and not path.is_relative_to(home)
    ]
    return Weight(
        len(found), sum(one.st_size for one in found), sum(512 * one.st_blocks for one in found)
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A tracker, the Python that has it, and a folder of its own."""

    peer: str
    python: str
    folder: Path

    def work(
        self, action: str, count: int = 0, seconds: float = 60.0, *, killed: bool = False
    ) -> dict[str, Any]:
        """What the worker measured, and the seconds of its whole process: those that passed
        (`wall`), and those of the processors, its children's included (`busy`).

        Raises:
            WorkerError: it failed, or took longer than a quarter of an hour.
        """
        if action in ("prepare", "settle") and action not in PEERS[self.peer].extras:
            return {}
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as other:
            result = Path(other) / "result.json"
            command = [self.python, "-P", str(_WORKER), self.peer, action, str(self.folder)]
            command += [str(count), str(seconds), str(result)]
            started, before = time.perf_counter(), _children()
            done = self._run(command, home)
            spent = {"wall": time.perf_counter() - started, "busy": _children() - before}
            if not result.exists() or (done.returncode != 0 and not killed):
                raise WorkerError(_last_line(done.stderr) or f"ended with {done.returncode}")
            figures: dict[str, Any] = json.loads(result.read_text())
        return figures | spent

    def _run(self, command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
        kept = {k: os.environ[k] for k in ("PATH", "LANG", "TMPDIR") if k in os.environ}
        own = {"HOME": str(home), "TRACKIO_DIR": str(self.folder / "trackio")}
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env=kept | _SETTINGS | own,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=_DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkerError(f"took longer than {_DEADLINE:.0f} s") from error


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
