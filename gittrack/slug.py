"""Names of tags, experiments and models turned into the last part of a ref's name."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from gittrack.errors import UsageError

MAX_NAME = 255
"""Characters of a name; more is refused."""

MAX_SLUG = 100
"""Bytes of a slug; a longer one is cut and marked."""

_FOREIGN = re.compile(r"[^a-z0-9._=+-]+")
_DOTS = re.compile(r"\.{2,}")
_HEX_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def check_name(name: str, what: str = "tag") -> str:
    """The name without surrounding space, if it can be one.

    Raises:
        UsageError: it is empty, too long, or holds control characters.
    """
    stripped = name.strip()
    if not stripped:
        raise UsageError(f"a {what} needs a name that is not empty")
    if len(stripped) > MAX_NAME:
        raise UsageError(
            f"a {what}'s name may have {MAX_NAME} characters, this one has {len(stripped)}",
            hint="shorten it; a description can hold the long text",
        )
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in stripped):
        raise UsageError(f"a {what}'s name cannot hold control characters: {stripped!r}")
    return stripped


def slug(name: str) -> str:
    """The ref-safe form of a name: itself where it is safe already, else marked with its hash.

    Lower case `[a-z0-9._=+-]`, at most 100 bytes, valid for `git check-ref-format`, never an
    object id. Where anything of the name is lost, a hyphen and the first eight hex digits of the
    SHA-256 of the name (UTF-8) follow.
    """
    safe = _DOTS.sub(".", _FOREIGN.sub("-", name.lower())).strip("-.") or "x"
    if safe == name and len(safe) <= MAX_SLUG and not _is_special(safe):
        return safe
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    kept = safe[: MAX_SLUG - len(digest) - 1].rstrip("-.")
    return f"{kept}-{digest}"


def _is_special(text: str) -> bool:
    return text.endswith(".lock") or _HEX_ID.fullmatch(text) is not None
