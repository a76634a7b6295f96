"""Setting up the drivers: a block in `.gitattributes`, and local git configuration."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.drivers.quoting import quoted
from gittrack.errors import RepositoryError, UsageError
from gittrack.files import replace_file
from gittrack.git.configuration import get_all, set_value
from gittrack.git.repository import Repository

DEFAULT_PATTERNS = ("*.yaml", "*.yml")
ATTRIBUTES = ".gitattributes"

_BEGIN = "# gittrack drivers: begin"
_END = "# gittrack drivers: end"
_DRIVERS = "diff=exptrack merge=exptrack"
# Two contents under a name that says what the content is: that is nothing to merge.
_NEVER_MERGED = ("/.exptrack/objects/**", "/.exptrack/meta/**")

# Where git-exp is not on PATH (an environment that is not active), or fails, git's own merge by
# lines does it. The driver says "conflicts" by 8: a Python that cannot start says 1, too. git puts
# %P in quotes; the other names are its own.
_MERGE = (
    "if command -v git-exp >/dev/null 2>&1; "
    "then git-exp merge-driver --conflicts=8 %O %A %B %L %P %S %X %Y; s=$?; else s=127; fi; "
    "case $s in 0) exit 0;; 8) exit 1;; "
    "*) git merge-file -L ours -L base -L theirs --marker-size=%L %A %O %B;; esac"
)

# git calls `COMMAND "$@"`. Without git-exp it is git's own patch between the two files, with a
# header for the path, where that has no special character.
_DIFF = (
    'f() { command -v git-exp >/dev/null 2>&1 && git-exp diff-driver "$@" && return 0; '
    "[ $# -ge 7 ] || { echo '* Unmerged path'; return 0; }; "
    "d='git diff --no-ext-diff --no-color --src-prefix=a/ --dst-prefix=b/ --no-index'; "
    'case "$#$1" in 9*|7*[!A-Za-z0-9._/+=@-]*) $d -- "$2" "$5"; return 0;; esac; '
    r'printf "diff --git a/$1 b/$1\n"; '
    r'case "$4.$7" in "$7.$4"|.*|*.) ;; *) printf "old mode $4\nnew mode $7\n";; esac; '
    '$d -- "$2" "$5" | sed -e "1,/^@@/{/^diff --git /d;/^old mode /d;/^new mode /d;'
    's|^--- a.*|--- a/$1|;s|^+++ b.*|+++ b/$1|;}"; return 0; }; f'
)

# `git log -p` and `git show` run no diff command: they name the nearest key that opens a mapping.
_NEAREST_KEY = "^( *(- +)*[^][ #{}'\"-][^#]*:)( +[&!][^ ]+)*( +#.*)?$"

_SETTINGS = (
    ("diff.exptrack.command", _DIFF),
    ("diff.exptrack.xfuncname", _NEAREST_KEY),
    ("merge.exptrack.name", "gittrack: three-way merge by key"),
    ("merge.exptrack.driver", _MERGE),
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was changed: whether the attributes were, and the names of git settings."""

    attributes: bool
    settings: tuple[str, ...]


def set_up_drivers(repository: Repository, patterns: Sequence[str] = ()) -> SetUp:
    """Have git merge and compare the files that match `patterns` by key.

    Without patterns, those that the block in `.gitattributes` has stay; where it is new, they are
    all YAML files. What is set up already is left alone.

    Raises:
        RepositoryError: there is no work tree, or a file cannot be written.
        UsageError: a pattern that git does not take.
    """
    if repository.work_tree is None:
        raise RepositoryError("there is no work tree here: drivers work in a clone")
    attributes = _write_attributes(repository.work_tree / ATTRIBUTES, patterns)
    changed = []
    for key, value in _SETTINGS:
        if get_all(repository, key) != (value,):
            set_value(repository, key, value)
            changed.append(key)
    return SetUp(attributes, tuple(changed))


def _write_attributes(path: Path, patterns: Sequence[str]) -> bool:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise RepositoryError(f"{path} must be a regular file: git reads no other")
    before = path.read_bytes() if path.exists() else b""
    after = with_block(before, patterns)
    if after == before:
        return False
    try:
        replace_file(path, after)
    except OSError as error:
        raise RepositoryError(f"cannot write {path}: {error.strerror}") from error
    return True


def with_block(attributes: bytes, patterns: Sequence[str]) -> bytes:
    """The content of `.gitattributes` with our block, the rest as it was.

    Raises:
        UsageError: a pattern that git does not take.
        RepositoryError: the block has a beginning but no end.
    """
    newline = b"\r\n" if b"\r\n" in attributes else b"\n"
    lines = attributes.splitlines(keepends=True)
    marks = [line.strip() for line in lines]
    begin, end = _BEGIN.encode(), _END.encode()
    if begin not in marks:
        block = _block(patterns or DEFAULT_PATTERNS, newline)
        gap = b"" if not attributes or attributes.endswith(b"\n") else newline
        return attributes + gap + block
    first = marks.index(begin)
    if end not in marks[first:]:
        raise RepositoryError(
            f"{ATTRIBUTES}: the block that begins in line {first + 1} has no line '{_END}'",
            hint="add that line after the block, or remove the block",
        )
    if not patterns:
        return attributes
    last = marks.index(end, first)
    return b"".join([*lines[:first], _block(patterns, newline), *lines[last + 1 :]])


def _block(patterns: Sequence[str], newline: bytes) -> bytes:
    lines = [_BEGIN, *(f"{_pattern(pattern)} {_DRIVERS}" for pattern in patterns)]
    lines += [*(f"{path} -merge" for path in _NEVER_MERGED), _END]
    return b"".join(os.fsencode(line) + newline for line in lines)


def _pattern(pattern: str) -> str:
    if not pattern.strip() or pattern.startswith("!"):
        raise UsageError(
            f"not a pattern of git attributes: {pattern!r}",
            hint="write one such as 'configs/*.yaml'",
        )
    text = os.fsdecode(quoted(os.fsencode(pattern), ascii_only=False))
    special = " " in pattern or pattern.startswith(("#", "["))
    return f'"{text}"' if special and not text.startswith('"') else text
