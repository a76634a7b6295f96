"""The machine and the Python that a run is made with; found once, for they do not change."""

from __future__ import annotations

import functools
import os
import platform
import pwd
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from gittrack.canonical.plain import Plain

_CGROUPS = Path("/sys/fs/cgroup")
_ENOUGH = 8192  # bytes; the kernel writes as much of /proc/cpuinfo as is asked for, CPU by CPU
_MODEL = re.compile(r"^(?:model name|Model|cpu model|cpu)\s*:\s*(.+)$", re.MULTILINE)
_UNLIMITED = 1 << 60  # bytes; the first version of control groups writes a huge number for "none"


@functools.cache
def python_facts() -> Mapping[str, Plain]:
    """Python's version and implementation, and what kind of installation it is."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable or None,
        "installation": _installation(),
    }


def _installation() -> str:
    if sys.prefix != sys.base_prefix:
        return "virtual environment"
    return "conda" if (Path(sys.prefix) / "conda-meta").is_dir() else "system"


@functools.cache
def platform_facts() -> Mapping[str, Plain]:
    """The operating system: its name and version, the kernel, the kind of processor."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "distribution": _distribution(),
    }


def _distribution() -> str | None:
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    return None


@functools.cache
def cpu_facts() -> Mapping[str, Plain]:
    """The processor's model; how many there are, how many this process may run on, and how many
    a container lets it use (a fraction, `None`: all)."""
    return {
        "model": _cpu_model(),
        "count": os.cpu_count(),
        "usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "limit": _cpu_limit(),
    }


def _cpu_model() -> str | None:
    try:
        with open("/proc/cpuinfo", "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered
            found = _MODEL.search(file.read(_ENOUGH).decode("utf-8", "replace"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or None


def _cpu_limit() -> float | None:
    limits = []
    for text in _group_settings("cpu.max"):
        quota, _, period = text.partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            limits.append(int(quota) / int(period))
    old_quota = _number(_CGROUPS / "cpu/cpu.cfs_quota_us")
    old_period = _number(_CGROUPS / "cpu/cpu.cfs_period_us")
    if old_quota and old_period and old_quota > 0:
        limits.append(old_quota / old_period)
    return min(limits, default=None)


@functools.cache
def memory_facts() -> Mapping[str, Plain]:
    """The machine's memory in bytes, and how much of it a container may use (`None`: all)."""
    limits = [int(text) for text in _group_settings("memory.max") if text.isdigit()]
    old = _number(_CGROUPS / "memory/memory.limit_in_bytes")
    limits += [old] if old is not None and old < _UNLIMITED else []
    total: int | None = None
    with suppress(OSError, ValueError):
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"total_bytes": total, "limit_bytes": min(limits, default=None)}


def _group_settings(name: str) -> Iterator[str]:
    """A setting of this process's control group (version 2) and of those that it lies in."""
    for line in _lines(Path("/proc/self/cgroup")):
        if line.startswith("0::/") and ".." not in line:
            group = _CGROUPS / line.removeprefix("0::/")
            for folder in (group, *group.parents):
                if folder.is_relative_to(_CGROUPS):
                    yield from _lines(folder / name)[:1]


def _number(path: Path) -> int | None:
    lines = _lines(path)
    return int(lines[0]) if lines and re.fullmatch(r"-?\d{1,30}", lines[0]) else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def host_name() -> str:
    """The name of this machine, as the machine itself says."""
    return os.uname().nodename


def user_name(variables: Mapping[str, str]) -> str:
    """Who runs this: the name of the process's user id."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's made-up user
        return variables.get("USER") or f"uid{os.getuid()}"
