"""`--format` for configs: which fields there are, and the values of a config by path."""

from __future__ import annotations

from gittrack.canonical import Plain
from gittrack.errors import QueryError, UsageError
from gittrack.model import ConfigRecord
from gittrack.query import AnyElement, Key, Segment, parse
from gittrack.query.tree import IsNull
from gittrack.shown import value_text
from gittrack.tables.template import SIZED, Getter
from gittrack.tables.template import Template as AnyTemplate
from gittrack.terminal import one_line

_FIELDS = ("id", "short_id", "description", "tags", "created_at", "author", "parents", "source")


class Template(AnyTemplate[ConfigRecord]):
    """A line for each config; `needs_config` says whether a field is of the config itself."""

    def __init__(self, text: str) -> None:
        self.needs_config = False
        super().__init__(text, self._getter, (*_FIELDS, "config.KEY"))

    def _getter(self, field: str) -> Getter[ConfigRecord] | None:
        if field in _FIELDS:
            return lambda record: _attribute(record, field)
        if SIZED.fullmatch(field) or not (field == "config" or field.startswith("config.")):
            return None
        self.needs_config = True
        path = _path(field)
        return lambda record: one_line(value_text(_look_up(record.config, path)))


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
