"""The GPUs of this machine, as NVIDIA's driver tells; asked once in a process.

This is the one program beside git that gittrack starts by itself: no file says how much memory a
GPU has. PyTorch is not asked: that could start CUDA, and a process with CUDA must not fork.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from gittrack.canonical.plain import Plain

_TIME_OUT = 2.0  # seconds; a driver that sleeps may need longer, one that hangs never answers
_QUESTION = (
    "--query-gpu=name,memory.total,driver_version,uuid",
    "--format=csv,noheader,nounits",
)
_DRIVER_FILES = Path("/proc/driver/nvidia/gpus")
_found: list[Mapping[str, Plain]] | None = None
_lock = threading.Lock()


def gpus(variables: Mapping[str, str]) -> list[Mapping[str, Plain]]:
    """Each GPU's name, memory in bytes, driver and UUID, as far as they are known; mostly none.

    `variables` are the environment for `nvidia-smi`, which is looked for on its `PATH`.
    """
    global _found  # noqa: PLW0603 - a cache for the life of the process
    with _lock:
        if _found is None:
            _found = list(_ask(variables)) or list(_by_driver_files())
        return _found


def cuda_version() -> str | None:
    """The CUDA version that PyTorch was built for; `None` where PyTorch is not imported."""
    version = getattr(getattr(sys.modules.get("torch"), "version", None), "cuda", None)
    return version if isinstance(version, str) else None


def parse_answer(answer: str) -> Iterator[Mapping[str, Plain]]:
    """The GPUs in an answer of `nvidia-smi` (fields between commas; memory in MiB)."""
    for line in answer.splitlines():
        row = [field.strip() for field in line.split(",")]
        if len(row) == 4:
            name, memory, driver, uuid = row
            size = int(memory) << 20 if memory.isdecimal() and len(memory) < 12 else None
            yield {"name": name, "memory_bytes": size, "driver": driver, "uuid": uuid}


def _ask(variables: Mapping[str, str]) -> Iterator[Mapping[str, Plain]]:
    program = shutil.which("nvidia-smi", path=variables.get("PATH", ""))
    if program is None:
        return
    import subprocess  # most machines have no such program, and need not load this

    try:
        done = subprocess.run(
            (program, *_QUESTION),
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIME_OUT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return
    if done.returncode == 0:
        yield from parse_answer(done.stdout.decode("utf-8", "replace"))


def _by_driver_files() -> Iterator[Mapping[str, Plain]]:
    for file in sorted(_DRIVER_FILES.glob("*/information")):
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        facts = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
        yield {"name": facts.get("Model"), "uuid": facts.get("GPU UUID")}
