"""Entries of flow collections (`{a: 1}`, `[1, 2]`, JSON) that come and go; pure."""

from __future__ import annotations

from collections.abc import Sequence

from gittrack.configs.lines import begins_line, indentation, line_end, line_start, next_line
from gittrack.configs.nodes import Entry, Node, entry_end
from gittrack.configs.splices import CannotError, Operation, Splice


def removal(text: str, node: Node, entry: Entry) -> Operation:
    """What takes an entry away, while others of its collection stay.

    Raises:
        CannotError: it cannot be told which comma goes.
    """
    if entry.comma is None:
        return _last_removal(text, node, entry)
    end = entry.comma + 1
    while end < node.end and text[end] in " \t":
        end += 1
    if begins_line(text, entry.start) and end == line_end(text, end):
        return (Splice(line_start(text, entry.start), next_line(text, end), ""),)
    return (Splice(entry.start, end, ""),)


def _last_removal(text: str, node: Node, entry: Entry) -> Operation:
    """The entry goes with the comma before it, and with the blanks between if nothing else is."""
    comma = node.entries[node.entries.index(entry) - 1].comma
    if comma is None:
        raise CannotError
    start = entry.start
    if not text[comma + 1 : start].strip():
        start = comma + 1
    return Splice(comma, comma + 1, ""), Splice(start, entry_end(entry), "")


def insertion(text: str, after: Entry, pieces: Sequence[str], newline: str) -> Operation:
    """What puts entries behind another, each on a line of its own if that one is."""
    separator = ", "
    if begins_line(text, after.start):
        separator = f",{newline}{indentation(text, after.start)}"
    end = entry_end(after)
    return (Splice(end, end, "".join(separator + piece for piece in pieces)),)
