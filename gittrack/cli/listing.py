"""Lists of configs: one line each, a format of the user's, or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gittrack.canonical import Plain, Scalar, emit, scalar_text
from gittrack.cli.console import Console, one_line
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.index.select import Filter
from gittrack.model import ConfigRecord
from gittrack.query import AnyElement, Key, parse, path_text
from gittrack.query.tree import IsNull
from gittrack.registry import ExperimentRegistry
from gittrack.registry.portable import to_json_value

_BATCH = 500


def show_list(
    console: Console,
    registry: ExperimentRegistry,
    wanted: Filter,
    *,
    json: bool,
    full: bool,
    line_format: str | None,
) -> int:
    """Print the configs that the filter lets through; returns how many."""
    if full and not json:
        raise UsageError("--full goes with --json")
    needs_data = full or (line_format is not None and "%(config" in line_format)
    records = Counted(_records(registry, wanted, with_data=needs_data))
    if json:
        console.json_list(to_json_value(record) for record in records)
    elif line_format is not None:
        template = Template(line_format)
        for record in records:
            console.line(template.fill(record))
    else:
        with paged(console):
            for record in records:
                console.line(summary_line(console, record))
    _tell_damage(console, registry)
    return records.count


class Counted:
    """Passes records on and counts them."""

    def __init__(self, records: Iterable[ConfigRecord]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[ConfigRecord]:
        for record in self._records:
            self.count += 1
            yield record


def _records(
    registry: ExperimentRegistry, wanted: Filter, *, with_data: bool
) -> Iterator[ConfigRecord]:
    found = registry.iterate(wanted)
    return registry.with_configs(found) if with_data else found


def _tell_damage(console: Console, registry: ExperimentRegistry) -> None:
    damaged = registry.damaged()
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        console.note(f"left out as damaged: {damaged[0].place}{more}; see git exp verify")


def summary_line(console: Console, record: ConfigRecord) -> str:
    """`1a2b3c4d5e6f  2026-11-21 03:15  (tags) description`, or the source where there is none."""
    tags = ", ".join(map(one_line, record.tags))
    text = one_line(record.description) or one_line(record.source or "")
    shown = f"({console.paint(tags, 'tag')}) {text}" if tags else text
    date = record.created_at[:16].replace("T", " ") or "-" * 16
    return f"{console.paint(record.short_id, 'id')}  {date}  {shown}".rstrip()


class Template:
    """A line in the manner of `git for-each-ref --format`: `%(field)`, `%%`, `%xx` (hex)."""

    _PART = re.compile(r"%(?:\(([^)]*)\)|([0-9a-fA-F]{2})|(%))|%")
    _FIELDS = ("id", "short_id", "description", "tags", "created_at", "author", "parents", "source")

    def __init__(self, text: str) -> None:
        self._parts: list[str | tuple[str, str]] = []
        position = 0
        for match in self._PART.finditer(text):
            self._parts.append(text[position : match.start()])
            self._parts.append(self._part(match))
            position = match.end()
        self._parts.append(text[position:])

    def fill(self, record: ConfigRecord) -> str:
        """The line for one config."""
        return "".join(
            part if isinstance(part, str) else self._value(record, *part) for part in self._parts
        )

    def _part(self, match: re.Match[str]) -> str | tuple[str, str]:
        if match[2]:
            return chr(int(match[2], 16))
        if match[3]:
            return "%"
        field = match[1]
        if field is None:
            raise UsageError(f"cannot read the format at {match.string[match.start() :]!r}")
        if field in self._FIELDS:
            return ("attribute", field)
        if field == "config" or field.startswith("config."):
            return ("config", field.removeprefix("config").removeprefix("."))
        known = " ".join(f"%({name})" for name in (*self._FIELDS, "config.KEY"))
        raise UsageError(f"there is no field %({field})", hint=f"known are {known}")

    @staticmethod
    def _value(record: ConfigRecord, kind: str, name: str) -> str:
        if kind == "config":
            return one_line(value_text(lookup(record.config, name)))
        value = getattr(record, name)
        return one_line(",".join(value) if isinstance(value, tuple) else value or "")


def lookup(config: Plain | dict[str | int, Plain], path: str) -> Plain:
    """The value at a path, `None` where there is none."""
    if not path:
        return config
    condition = parse(f"config.{path} IS NULL")
    assert isinstance(condition, IsNull)
    value: Plain = config
    for segment in condition.field.segments[1:]:
        if isinstance(segment, AnyElement):
            raise UsageError(f"which element? {path_text(condition.field.segments[1:])}")
        step = segment.name if isinstance(segment, Key) else segment.index
        try:
            value = value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def value_text(value: Plain) -> str:
    """A value as people read it: texts without quotes, lists on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    return "" if value is None else typed_text(value)


def typed_text(value: Plain) -> str:
    """A value as the config spells it, so that 1, 1.0, "1" and true look different."""
    if isinstance(value, dict | list):
        if not value:
            return emit(value).decode().strip()
        if isinstance(value, list):
            return "[" + ", ".join(map(typed_text, value)) + "]"
        return "{" + ", ".join(f"{key}: {typed_text(item)}" for key, item in value.items()) + "}"
    scalar: Scalar = value
    return scalar_text(scalar)
