"""Which store takes a file, by its size and the user's choice; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gittrack.errors import UsageError

MIB = 1024 * 1024
DEFAULT_GIT_LIMIT = MIB

Kind = Literal["git", "lfs", "folder", "url"]

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([kmgtp]?)(i?b)?", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*::?(//|[a-z])", re.IGNORECASE)
_POWERS = "kmgtp"
_MAX_BYTES = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of store; `where` is the folder or the URL, empty for `git` and `lfs`."""

    kind: Kind
    where: str = ""

    def __str__(self) -> str:
        return self.where or self.kind


GIT = Place("git")
LFS = Place("lfs")


def choose(size: int, *, git_limit: int = DEFAULT_GIT_LIMIT, large: Place = LFS) -> Place:
    """The place for a file of that many bytes: git up to the limit, above it the large one."""
    return GIT if size <= git_limit else large


def parse_place(text: str) -> Place:
    """The place that a setting names: `git`, `lfs`, a folder's path or an fsspec URL.

    A folder's path has a slash in it. `~` and relative paths are left as they are.

    Raises:
        UsageError: it is none of these.
    """
    if text == "git":
        return GIT
    if text == "lfs":
        return LFS
    if _URL.match(text):
        return Place("url", text)
    if "/" in text and "\0" not in text:
        return Place("folder", text)
    raise UsageError(
        f"no store for artifacts is called {text!r}",
        hint="give git, lfs, a folder such as /data/artifacts, or a URL such as s3://bucket/runs",
    )


def parse_size(text: str | int) -> int:
    """The bytes that a text such as `1 MiB`, `500kB`, `1.5g` or `4096` stands for.

    `kB`, `MB` and so on are powers of 1,000. `KiB`, `MiB` and so on are powers of 1,024, and so
    are `k`, `m` alone, as in git's own settings. Case is free; a part of a byte is dropped.

    Raises:
        UsageError: it is no size, or too large for any file.
    """
    match = _SIZE.fullmatch(str(text).strip())
    if match is None or len(match[1]) > 40:
        raise _no_size(text)
    unit, suffix = match[2].lower(), (match[3] or "").lower()
    if not unit and suffix == "ib":
        raise _no_size(text)
    base = 1000 if suffix == "b" else 1024
    whole, _, fraction = match[1].partition(".")
    factor = base ** (_POWERS.index(unit) + 1) if unit else 1
    size = int(int(whole + fraction) * factor // 10 ** len(fraction))
    if size > _MAX_BYTES:
        raise _no_size(text)
    return size


def _no_size(text: str | int) -> UsageError:
    return UsageError(f"no size: {str(text)[:40]!r}", hint="write it as 1 MiB, 500 kB or 4096")
