"""Who writes a journal, and whether that process still lives.

A writer holds a lock on its file for life. On one kernel that lock tells all. Another machine's
locks may not be seen here (a network file system without them), so that a foreign writer is taken
for dead only when its file has not been touched for a long time by the file system's own clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from gittrack.locking import try_lock

HEARTBEAT = 30.0
"""Seconds between the signs of life of a writer."""

SILENCE = 24 * 3600.0
"""Seconds without a sign of life after which a writer on another machine is taken for dead."""

_RESTART_SILENCE = 20 * HEARTBEAT

Life = Literal["alive", "dead", "unknown"]


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: host name, kernel's boot id, namespace of process ids, process id, and the
    kernel's tick it started at."""

    host: str
    boot: str
    space: int
    pid: int
    started: int

    def to_json(self) -> dict[str, Any]:
        """The owner as a journal's header says it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Owner:
        """Read a header's owner; what is missing is empty."""
        facts = data if isinstance(data, dict) else {}
        numbers = (facts.get(name) for name in ("space", "pid", "started"))
        space, pid, started = (n if isinstance(n, int) else 0 for n in numbers)
        return cls(str(facts.get("host", "")), str(facts.get("boot", "")), space, pid, started)


def this_process() -> Owner:
    """Who we are."""
    pid = os.getpid()
    return Owner(os.uname().nodename, _boot_id(), _pid_space(), pid, _start_tick(pid))


def life_of(path: Path, owner: Owner, now: Callable[[], float]) -> Life:
    """Whether the process that writes a journal lives.

    `now` gives the present by the file system's clock, in seconds; it is asked only for writers
    that no lock and no kernel tells about.
    """
    locked = is_locked(path)
    if locked:
        return "alive"
    if owner.boot == _boot_id():
        if locked is False:
            return "dead"
        if owner.space == _pid_space():
            return "alive" if _runs(owner) else "dead"
    try:
        silence = now() - path.stat().st_mtime
    except OSError:
        return "unknown"
    # Our own machine, started anew since the last sign of life? Another one may have its name.
    patience = SILENCE
    if owner.host == os.uname().nodename:
        patience = min(patience, _seconds_up() + _RESTART_SILENCE)
    return "dead" if silence > patience else "unknown"


def is_of_this_kernel(owner: Owner) -> bool:
    """Whether the writer runs, or ran, on this machine as it was last started: then it is known,
    and not guessed, whether it lives."""
    return owner.boot != "" and owner.boot == _boot_id()


def is_locked(path: Path) -> bool | None:
    """Whether somebody holds the lock of a journal; `None` where locks do not work."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        ours = try_lock(descriptor)
    finally:
        os.close(descriptor)
    return None if ours is None else not ours


def clock_of(folder: Path) -> float:
    """The present by the clock of a folder's file system, in seconds since the epoch."""
    probe = folder / f".clock.{os.getpid()}"
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        probe.unlink(missing_ok=True)


def _runs(owner: Owner) -> bool:
    """Whether a process of this kernel still runs: the same one, not a later one with its id."""
    tick = _start_tick(owner.pid)
    return tick != 0 and tick == owner.started


def _start_tick(pid: int) -> int:
    """When a process started, in ticks since the kernel did; 0 where it does not run."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _seconds_up() -> float:
    """Seconds since this kernel started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@cache
def _pid_space() -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


@cache
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
