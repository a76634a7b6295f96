"""`--format`: a line for each config in the manner of `git for-each-ref`."""

from __future__ import annotations

import re
from collections.abc import Callable

from gittrack.canonical import Plain
from gittrack.errors import QueryError, UsageError
from gittrack.model import ConfigRecord
from gittrack.query import AnyElement, Key, Segment, parse
from gittrack.query.tree import IsNull
from gittrack.shown import value_text
from gittrack.terminal import one_line

Part = str | Callable[[ConfigRecord], str]


class Template:
    """A line with `%(field)`, `%%` and `%xx` (a character by its hex code)."""

    _PART = re.compile(r"%(?:\(([^)]*)\)|([0-9a-fA-F]{2})|(%))|%")
    _FIELDS = ("id", "short_id", "description", "tags", "created_at", "author", "parents", "source")

    def __init__(self, text: str) -> None:
        self.needs_config = False
        self._parts: list[Part] = []
        position = 0
        for match in self._PART.finditer(text):
            self._parts += [text[position : match.start()], self._part(match)]
            position = match.end()
        self._parts.append(text[position:])

    def fill(self, record: ConfigRecord) -> str:
        """The line for one config."""
        return "".join(part if isinstance(part, str) else part(record) for part in self._parts)

    def _part(self, match: re.Match[str]) -> Part:
        if match[2]:
            return chr(int(match[2], 16))
        if match[3]:
            return "%"
        field = match[1]
        if field is None:
            raise UsageError(
                f"cannot read the format at {match.string[match.start() :]!r}",
                hint="write %(field), or %% for a percent sign",
            )
        if field in self._FIELDS:
            return lambda record: _attribute(record, field)
        if field == "config" or field.startswith("config."):
            self.needs_config = True
            path = _path(field)
            return lambda record: one_line(value_text(_look_up(record.config, path)))
        known = " ".join(f"%({name})" for name in (*self._FIELDS, "config.KEY"))
        raise UsageError(f"there is no field %({field})", hint=f"known are {known}")


def _attribute(record: ConfigRecord, name: str) -> str:
    value = getattr(record, name)
    return one_line(",".join(value) if isinstance(value, tuple) else value or "")


def _path(field: str) -> list[str | int]:
    """The keys and positions that lead to a value, from `config.layers[0].units`."""
    if field == "config":
        return []
    try:
        condition = parse(f"{field} IS NULL")
    except QueryError:
        condition = None
    if not isinstance(condition, IsNull):
        raise UsageError(
            f"cannot read the path in %({field})",
            hint="as in %(config.model.depth), %(config.layers[0]), %(config.`learning rate`)",
        )
    return [_step(segment, field) for segment in condition.field.segments[1:]]


def _step(segment: Segment, field: str) -> str | int:
    if isinstance(segment, AnyElement):
        raise UsageError(f"which element? %({field})", hint="give its position, from 0: [0]")
    return segment.name if isinstance(segment, Key) else segment.index


def _look_up(config: Plain | dict[str | int, Plain], path: list[str | int]) -> Plain:
    value: Plain = config
    for step in path:
        try:
            value = value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return value
