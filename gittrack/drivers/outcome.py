"""What a driver leaves for git."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """An exit status, what goes to standard output, and lines of messages, clean for terminals."""

    status: int
    output: bytes = b""
    messages: tuple[str, ...] = ()
