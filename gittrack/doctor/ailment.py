"""Something that is in the way, or may come to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import time

HOUR = 3600.0
"""Seconds after which what a finished process would have removed is left over."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """One finding: its code, what is wrong, where, the command or step that mends it, whether
    `cure` can, and whether it is `advice` only: nothing is wrong yet."""

    code: str
    text: str
    place: str
    mend: str
    fixable: bool = False
    advice: bool = False


def age_of(path: Path) -> float:
    """Seconds since a file was last written; 0 where it is not there."""
    try:
        return time() - path.lstat().st_mtime
    except OSError:
        return 0.0


def span(seconds: float) -> str:
    """A time in words: `3 hours`."""
    for unit, length in (("day", 24 * HOUR), ("hour", HOUR), ("minute", 60.0)):
        count = int(seconds // length)
        if count:
            return f"{count:,} {unit}" + ("" if count == 1 else "s")
    return "less than a minute"


def size(count: int) -> str:
    """A number of bytes in words: `1.5 MiB`."""
    for power, unit in enumerate(("bytes", "KiB", "MiB")):
        if count < 1024 ** (power + 1):
            return f"{count / 1024**power:,.{min(power, 1)}f} {unit}"
    return f"{count / 1024**3:,.1f} GiB"
