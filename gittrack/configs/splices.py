"""Characters of a text that give way to others; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Splice:
    """The characters from `start` to `end` give way to `text`."""

    start: int
    end: int
    text: str


Operation = tuple[Splice, ...]
"""Splices of which all or none are made."""


class CannotError(Exception):
    """A place in the text is written in a way that is not edited."""


def compatible(operations: Sequence[Operation]) -> list[Splice]:
    """The splices of these operations in the text's order; an operation that overlaps an earlier
    one is left out."""
    chosen: list[Splice] = []
    for operation in operations:
        if all(_is_free(splice, chosen) for splice in operation):
            chosen += operation
    return sorted(chosen, key=lambda splice: (splice.start, splice.end))


def applied(text: str, splices: Sequence[Splice]) -> str:
    """The text after splices that are in its order."""
    pieces: list[str] = []
    position = 0
    for splice in splices:
        pieces += [text[position : splice.start], splice.text]
        position = splice.end
    return "".join([*pieces, text[position:]])


def _is_free(splice: Splice, chosen: Sequence[Splice]) -> bool:
    return all(splice.end <= other.start or splice.start >= other.end for other in chosen)
