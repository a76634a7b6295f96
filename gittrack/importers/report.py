"""What an import did, and what it could not take, by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gittrack.errors import GittrackError, SourceError

_MOST = 1000
"""Refusals that are named; further ones are counted."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Something that was refused: its file or name in the source, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. The refused are those that could not be read or stored; `left` counts
    the kinds of things that have no place here, such as pictures."""

    source: str
    uri: str
    dry_run: bool
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    experiments: tuple[str, ...] = ()
    models: int = 0
    refused: tuple[NotTaken, ...] = ()
    refused_count: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """It as plain data, as `--json` prints it."""
        return {
            "source": self.source,
            "uri": self.uri,
            "dry_run": self.dry_run,
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "experiments": list(self.experiments),
            "models": self.models,
            "refused": [{"place": one.place, "reason": one.reason} for one in self.refused],
            "refused_count": self.refused_count,
            "left": dict(self.left),
        }


class Report:
    """Gathers what an import tells, in bounded memory."""

    def __init__(self) -> None:
        self.refused: list[NotTaken] = []
        self.refused_count = 0
        self.left: Counter[str] = Counter()
        self.new = self.updated = self.unchanged = self.models = 0
        self.experiments: dict[str, None] = {}

    def refuse(self, place: object, reason: object) -> None:
        """Say that something was not taken, and why."""
        self.refused_count += 1
        if len(self.refused) < _MOST:
            self.refused.append(_not_taken(str(place), reason))

    def leave(self, what: str, count: int = 1) -> None:
        """Say that things of a kind have no place here: `3 pictures`."""
        self.left[what] += count

    def result(self, source: str, uri: str, *, dry_run: bool) -> Imported:
        """All that was gathered."""
        return Imported(
            source,
            uri,
            dry_run,
            self.new,
            self.updated,
            self.unchanged,
            tuple(self.experiments),
            self.models,
            tuple(self.refused),
            self.refused_count,
            dict(sorted(self.left.items())),
        )


def _not_taken(place: str, reason: object) -> NotTaken:
    text = reason.message if isinstance(reason, GittrackError) else str(reason)
    if isinstance(reason, SourceError):  # its message begins with its own place
        own = reason.file if reason.line is None else f"{reason.file}:{reason.line}:{reason.column}"
        text = text.removeprefix(f"{own}: ")
        if own.startswith(place):
            place = own
    return NotTaken(place, text)
