"""An artifact's record, and the names and hashes that one may have; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gittrack.errors import UsageError

MAX_PATH_CHARACTERS = 1000
MAX_PART_BYTES = 255  # what ext4, XFS, APFS and NTFS have room for
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# HFS+ takes no notice of these in a name, so `.g<U+200C>it` is `.git` there.
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# NTFS: short names, streams (`.git::$INDEX_ALLOCATION`), and trailing dots and spaces.
_GITS_OWN = re.compile(
    r"(\.git|git~[0-9]+"
    r"|\.gitmodules|gitmod~[0-9]+|gi7eba~[0-9]+|gi7e[0-9a-f]*~[0-9]+"
    r"|\.gitattributes|gitatt~[0-9]+|gi7d[0-9a-f]*~[0-9]+)[ .]*(:.*)?",
    re.IGNORECASE | re.DOTALL,
)
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ ]*([.:].*)?", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """A file stored with a run: where it lies in the run, and where its bytes are.

    `path` is as `check_artifact_path` has it, `size` in bytes, `type` a media type. `store` names
    the store that took it; it is what a record says, so it is shown and compared, never opened
    unless the user's own configuration names the same store.
    """

    path: str
    size: int
    sha256: str
    store: str
    type: str | None = None


def check_sha256(text: str) -> str:
    """The text, if it is the lower-case hex SHA-256 of something.

    Raises:
        UsageError: it is not.
    """
    if not _SHA256.fullmatch(text):
        raise UsageError(f"no SHA-256: {text[:80]!r}", hint="it takes 64 lower-case hex digits")
    return text


def check_artifact_path(name: str) -> str:
    """The name, if an artifact can have it: relative, normal, and harmless on every system.

    Slashes separate folders. The files of such names can be checked out by git, and written below
    any folder without leaving it, on Linux, macOS and Windows.

    Raises:
        UsageError: it could leave the folder, pass for git's own files, or not be written at all.
    """
    if len(name) > MAX_PATH_CHARACTERS:
        raise _refused(name, f"it has over {MAX_PATH_CHARACTERS:,} characters")
    if _CONTROL.search(name):
        raise _refused(name, "it has control characters, or bytes that are no text")
    if "\\" in name:
        raise _refused(name, "it has a backslash", "separate folders with /")
    if name.startswith("/"):
        raise _refused(name, "it is absolute", "give a name within the run: plots/loss.png")
    for part in name.split("/"):
        fault = _fault(part)
        if fault:
            raise _refused(name, fault)
    return name


def _fault(part: str) -> str | None:
    """What is wrong with one part of a path."""
    if part in ("", ".", ".."):
        return f"{part!r} is no part of a path" if part else "a part of it is empty"
    if part[-1] in ". ":
        return "a part of it ends in a dot or a space, which Windows drops"
    if part[1:2] == ":" and part[0].isascii() and part[0].isalpha():
        return f"{part[:2]!r} is a drive"
    visible = _IGNORED_BY_HFS.sub("", part)
    if not visible.partition(":")[0].strip(". "):
        return f"{part!r} has no name, or is a stream of its folder on Windows"
    if _GITS_OWN.fullmatch(visible):
        return f"{part!r} is, or passes for, one of git's own files"
    if _DEVICE.fullmatch(part):
        return f"{part!r} is a device on Windows"
    if len(part.encode()) > MAX_PART_BYTES:
        return f"a part of it has over {MAX_PART_BYTES} bytes"
    return None


def _refused(name: str, reason: str, hint: str = "store it under another name") -> UsageError:
    shown = name if len(name) <= 100 else name[:97] + "..."
    return UsageError(f"an artifact cannot be called {shown!r}: {reason}", hint=hint)
