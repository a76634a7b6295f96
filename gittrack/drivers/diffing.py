"""The diff driver: git's patch, with the changed keys in each hunk's head."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gittrack.drivers.hunks import NOTHING, Side, label_hunks, read_side
from gittrack.drivers.outcome import Outcome
from gittrack.drivers.quoting import quoted
from gittrack.errors import GitError, SourceError, UsageError
from gittrack.git.configuration import effective
from gittrack.git.environment import DISCOVERY_VARIABLES, child_environment
from gittrack.git.process import Runner
from gittrack.git.text import diff_blobs, diff_files, diff_with_file

_NO_FILE = "/dev/null"
_OFF = ("false", "no", "off", "0", "")
_LARGEST_LABELLED = 256 * 1024  # bytes; reading YAML with its places takes a second for 100 kB

_BOLD, _CYAN, _RED, _GREEN, _RESET = b"\x1b[1m", b"\x1b[36m", b"\x1b[31m", b"\x1b[32m", b"\x1b[m"


@dataclass(frozen=True, slots=True)
class Version:
    """One side: a file that has its content, the blob's id (zeros: not stored), its mode."""

    file: str
    blob: str
    mode: str

    @property
    def exists(self) -> bool:
        """Whether there is a file on this side."""
        return self.file != _NO_FILE

    @property
    def is_stored(self) -> bool:
        """Whether the repository has the content."""
        return self.exists and bool(self.blob.strip("0."))


@dataclass(frozen=True, slots=True)
class Pair:
    """What git asks for: two versions of a file, its path before and after, and what git says
    of a rename."""

    path: str
    old: Version
    new: Version
    new_path: str
    rename: str = ""


def diff_driver(
    arguments: Sequence[str], environment: Mapping[str, str], *, color: bool
) -> Outcome:
    """Answer git with a patch that `git apply` takes."""
    if len(arguments) == 1:
        return Outcome(0, b"* Unmerged path " + os.fsencode(arguments[0]) + b"\n")
    pair = _pair(arguments)
    found = {name: environment[name] for name in DISCOVERY_VARIABLES if name in environment}
    runner = Runner(Path.cwd(), child_environment(environment) | found)
    header, hunks = _split(_patch(runner, pair))
    names = _names(runner, pair)
    lines = [*_header(pair, names, header, has_hunks=bool(hunks)), *_labelled(pair, hunks)]
    if color:
        lines = [
            _colored(line, index < len(lines) - len(hunks)) for index, line in enumerate(lines)
        ]
    return Outcome(0, b"".join(line + b"\n" for line in lines))


def _pair(arguments: Sequence[str]) -> Pair:
    if len(arguments) not in (7, 9):
        raise UsageError(
            "diff-driver is for git: it takes seven arguments, or nine",
            hint="set it up with: git exp init --drivers",
        )
    path, *rest = arguments
    old, new = Version(*rest[:3]), Version(*rest[3:6])
    return Pair(path, old, new, *(rest[6:] or (path,)))


def _patch(runner: Runner, pair: Pair) -> bytes:
    """git's own patch: from the blobs, because files may be smudged."""
    old, new = pair.old, pair.new
    try:
        if old.is_stored and new.is_stored:
            return diff_blobs(runner, old.blob, new.blob)
        if old.is_stored and new.file == pair.new_path:
            return diff_with_file(runner, old.blob, new.file)
        if new.is_stored and old.file == pair.path:
            return diff_with_file(runner, new.blob, old.file, reverse=True)
    except GitError:  # a blob or a path that is not there, outside of a repository
        pass
    return diff_files(runner, old.file, new.file)


def _split(patch: bytes) -> tuple[list[bytes], list[bytes]]:
    lines = patch.split(b"\n")[:-1]
    for index, line in enumerate(lines):
        if line.startswith(b"@@ "):
            return lines[:index], lines[index:]
    return lines, []


def _names(runner: Runner, pair: Pair) -> tuple[bytes, bytes]:
    old, new = os.fsencode(f"a/{pair.path}"), os.fsencode(f"b/{pair.new_path}")
    ascii_only = True
    if not (old + new).isascii():
        ascii_only = (effective(runner, "core.quotePath") or "true").lower() not in _OFF
    return quoted(old, ascii_only=ascii_only), quoted(new, ascii_only=ascii_only)


def _header(
    pair: Pair, names: tuple[bytes, bytes], git_header: Sequence[bytes], *, has_hunks: bool
) -> list[bytes]:
    old, new = pair.old, pair.new
    lines = [b"diff --git %b %b" % names]
    if not old.exists:
        lines.append(b"new file mode " + new.mode.encode())
    elif not new.exists:
        lines.append(b"deleted file mode " + old.mode.encode())
    elif old.mode != new.mode:
        lines += [b"old mode " + old.mode.encode(), b"new mode " + new.mode.encode()]
    if pair.rename:
        lines += os.fsencode(pair.rename).removesuffix(b"\n").split(b"\n")
    else:
        lines += _index_line(pair, git_header)
    if any(line.startswith(b"Binary files ") for line in git_header):
        lines.append(b"Binary files %b and %b differ" % _ends(pair, names))
    if has_hunks:
        before, after = _ends(pair, names)
        lines += [b"--- " + _tabbed(before), b"+++ " + _tabbed(after)]
    return lines


def _index_line(pair: Pair, git_header: Sequence[bytes]) -> list[bytes]:
    for line in git_header:
        if line.startswith(b"index "):
            ids = line.split(b" ")[1]
            mode = b" " + pair.old.mode.encode() if pair.old.mode == pair.new.mode else b""
            return [b"index " + ids + mode]
    return []


def _ends(pair: Pair, names: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    none = _NO_FILE.encode()
    return names[0] if pair.old.exists else none, names[1] if pair.new.exists else none


def _tabbed(name: bytes) -> bytes:
    # As git does: GNU patch would take what follows a space for a date.
    return name + b"\t" if b" " in name and not name.startswith(b'"') else name


def _labelled(pair: Pair, hunks: list[bytes]) -> list[bytes]:
    try:
        old, new = _side(pair.old, pair.path), _side(pair.new, pair.new_path)
    except (SourceError, OSError):  # no config: git names what it finds
        return hunks
    if old is None or new is None:
        return hunks
    return list(label_hunks(hunks, old, new))


def _side(version: Version, name: str) -> Side | None:
    if not version.exists:
        return NOTHING
    with Path(version.file).open("rb") as file:
        data = file.read(_LARGEST_LABELLED + 1)
    return read_side(data, name) if len(data) <= _LARGEST_LABELLED else None


def _colored(line: bytes, in_header: bool) -> bytes:
    """A line in git's default colours."""
    if in_header:
        return _BOLD + line + _RESET
    if line.startswith(b"@@ "):
        end = line.index(b" @@") + 3
        return _CYAN + line[:end] + _RESET + line[end:]
    color = {b"-": _RED, b"+": _GREEN}.get(line[:1])
    return line if color is None else color + line + _RESET
