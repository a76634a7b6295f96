"""What a host's words mean: try again, send less, use another place, or ask for rights; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from gittrack.capture.redaction import redact_text
from gittrack.errors import RepositoryError
from gittrack.terminal import inline

_LONGEST = 300  # characters of a host's own words in a message
_CHATTER = re.compile(
    r"(?:Enumerating|Counting|Compressing|Writing|Receiving|Resolving|Checking|Total|Processing)\b"
)

_GENERAL = re.compile(
    r"Could not read from remote repository|failed to push some refs|correct access rights"
    r"|^and the repository exists|failed to fetch some objects"
)


class Fault(StrEnum):
    """Why something could not be exchanged, by what helps."""

    RACE = "race"
    """Somebody else was faster: fetch, merge, and push again."""
    AWAY = "away"
    """The connection broke, or the host is busy: try again as it is."""
    UNREACHABLE = "unreachable"
    RIGHTS = "rights"
    SIZE = "size"
    REFUSED = "refused"
    """The host does not want it, for a reason of its own."""
    SHALLOW = "shallow"
    ALGORITHM = "algorithm"
    """One of the two repositories is a SHA-1 one, the other a SHA-256 one."""
    DAMAGED = "damaged"
    OTHER = "other"


class TransferError(RepositoryError):
    """A remote could not be fetched from or pushed to; nothing here is lost by it."""

    def __init__(self, message: str, fault: Fault, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.fault = fault


# The first that fits counts: what comes later is said besides it.
_MESSAGES: tuple[tuple[Fault, re.Pattern[str]], ...] = tuple(
    (fault, re.compile(pattern, re.IGNORECASE))
    for fault, pattern in (
        (Fault.SHALLOW, r"shallow update not allowed"),
        (Fault.ALGORITHM, r"repository's hash algorithm|mismatched algorithms"),
        (
            Fault.SIZE,
            r"(?:HTTP|returned error:) 413|exceeds maximum allowed size|too large|too big"
            r"|size limit|limit of \d|maximum (?:push|pack|file) size",
        ),
        (
            Fault.AWAY,
            r"(?:HTTP|returned error:) (?:429|500|502|503|504)|too many requests|rate limit",
        ),
        (
            Fault.RIGHTS,
            r"permission .*denied|permission denied|HTTP 40[13]\b|error: 40[13]\b|access denied"
            r"|authentication failed|could not read (?:username|password)|terminal prompts disabled"
            r"|not allowed to push|read.?only (?:repository|access)|write access"
            r"|insufficient permission|unable to write|read-only file system",
        ),
        (
            Fault.DAMAGED,
            r"not our ref|missing (?:blob|tree|commit|object|necessary)|did not send all necessary"
            r"|bad object|unable to read [0-9a-f]{40}|could not read [0-9a-f]{40}|bad tree object"
            r"|unable to parse object|is corrupt|inflate: data stream error|hash mismatch",
        ),
        (
            Fault.UNREACHABLE,
            r"could not resolve host|connection refused|network is unreachable|no route to host"
            r"|does not appear to be a git repository|repository .*not found|does not exist"
            r"|HTTP 404|error: 404|couldn't connect|failed to connect|no such device or address"
            r"|host key verification failed|not a git repository|ssl certificate",
        ),
        (
            Fault.AWAY,
            r"hung up|early eof|connection (?:reset|timed out|closed|abort)|unexpected disconnect"
            r"|RPC failed|broken pipe|operation timed out|unexpected end|disconnected"
            r"|pack has bad object|index-pack (?:failed|died)|invalid index-pack output",
        ),
        (Fault.RACE, r"cannot lock ref|unable to create '.*\.lock'"),
        (Fault.AWAY, r"could not read from remote repository"),
    )
)
_REASONS: tuple[tuple[Fault, re.Pattern[str]], ...] = tuple(
    (fault, re.compile(pattern, re.IGNORECASE))
    for fault, pattern in (
        (
            Fault.RACE,
            r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref"
            r"|failed to lock|reference already exists|incorrect old value|atomic|needs force"
            r"|already exists|unable to resolve reference",
        ),
        (Fault.SHALLOW, r"shallow update"),
        (Fault.AWAY, r"remote failed to report|remote failure|missing necessary objects"),
        (Fault.SIZE, r"too large|exceeds"),
        (Fault.OTHER, r"unpacker error|unpack failed|index-pack"),
    )
)


def fault_of(stderr: str) -> Fault:
    """Why git could not fetch or push, by all that it and the host said."""
    if not stderr.strip():  # git ends without a word where its pipe breaks
        return Fault.AWAY
    return _first(_MESSAGES, stderr, Fault.OTHER)


def fault_of_ref(reason: str, stderr: str) -> Fault:
    """Why one ref did not move, by git's reason for it and all that was said."""
    found = _first(_REASONS, reason, Fault.REFUSED)
    said = fault_of(host_words(stderr))
    if found is Fault.OTHER:  # the host could not unpack what came: was it cut short, or too much?
        return said if said in (Fault.SIZE, Fault.RIGHTS) else Fault.AWAY
    if found is Fault.REFUSED and said in (Fault.SIZE, Fault.RIGHTS):
        return said
    return found


def is_about_others(reason: str) -> bool:
    """Whether a ref did not move only because another one of the same push did not."""
    return reason.startswith("atomic ") or "transaction" in reason


def host_words(stderr: str) -> str:
    """What the host itself said (`remote: …`), on one line; empty where it said nothing."""
    said = (line for line in re.split(r"[\r\n]", stderr) if line.startswith("remote:"))
    lines = (line.removeprefix("remote:").strip() for line in said)
    told = [line for line in dict.fromkeys(lines) if line and not _CHATTER.match(line)]
    text = inline(redact_text("; ".join(told)))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def failure_of(label: str, verb: str, stderr: str) -> TransferError:
    """The error for a fetch or push that failed as a whole."""
    fault = fault_of(stderr)
    said = host_words(stderr) or _gits_words(stderr)
    doing = "push to" if verb == "push" else "fetch from"
    text = f"cannot {doing} {label}: {said}"
    if fault is Fault.RIGHTS and verb == "push":
        text = f"{label} does not let you push: {said}"
    return TransferError(text, fault, hint=_hint(fault, label, verb))


def refusal_of(
    label: str, refs: Sequence[str], reason: str, stderr: str, *, own_place: bool
) -> TransferError:
    """The error for refs that a host does not take.

    `own_place` says that they were sent to `refs/exptrack/`, which some hosts do not have.
    """
    fault = fault_of_ref(reason, stderr)
    said = host_words(stderr) or reason
    what = refs[0] if len(refs) == 1 else f"{refs[0]} and {len(refs) - 1} more refs"
    hint = _hint(fault, label, "push")
    if fault is Fault.REFUSED and own_place:
        hint = (
            "if it takes branches only: git config exptrack.refPrefix refs/heads/exptrack, "
            "and sync again"
        )
    return TransferError(f"{label} refused {what}: {said}", fault, hint=hint)


def said_last(stderr: str) -> str:
    """The last line of what a program said that may tell the cause, without secrets."""
    lines = [line.strip() for line in re.split(r"[\r\n]", stderr) if line.strip()]
    told = [line for line in lines if not _GENERAL.search(line)] or lines
    text = inline(redact_text(told[-1] if told else "it said nothing"))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _hint(fault: Fault, label: str, verb: str) -> str | None:
    hints = {
        Fault.AWAY: "nothing is lost: run the command again later",
        Fault.UNREACHABLE: "check its address: git remote -v; for machines with no network: "
        "git exp bundle FILE",
        Fault.SIZE: "the host's limit is smaller than one commit of ours: ask who runs it to raise "
        "it, or take the records there with: git exp bundle FILE",
        Fault.SHALLOW: "this clone lacks the beginning of its history: git fetch --unshallow, and "
        "try again",
        Fault.ALGORITHM: "git exchanges nothing between SHA-1 and SHA-256 repositories: clone the "
        "remote anew, or use one of this repository's kind",
        Fault.DAMAGED: "objects are missing or damaged there: run git fsck on that repository; "
        "nothing here was changed by it",
        Fault.REFUSED: "the host's own rules are in the way: ask who runs it",
    }
    if fault is Fault.RIGHTS:
        if verb == "push":
            return (
                "push to a repository of your own: git remote add mine URL, and git exp push mine"
            )
        return f"check that git itself gets in: git ls-remote {label}"
    return hints.get(fault)


def _gits_words(stderr: str) -> str:
    """What git says, or what it started, such as ssh; without what says nothing of the cause."""
    lines = [line.strip() for line in stderr.splitlines() if not _GENERAL.search(line)]
    named = [line for line in lines if line.startswith(("fatal:", "error:"))]
    told = named or [line for line in lines if line][-1:]
    words = [line.removeprefix("fatal: ").removeprefix("error: ").rstrip(".") for line in told]
    text = inline(redact_text("; ".join(dict.fromkeys(words)))) or "the connection broke"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _first(table: Sequence[tuple[Fault, re.Pattern[str]]], text: str, otherwise: Fault) -> Fault:
    return next((fault for fault, pattern in table if pattern.search(text)), otherwise)
