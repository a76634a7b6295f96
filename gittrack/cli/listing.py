"""Lists of configs: one line each, a format of the user's, or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gittrack.cli.console import Console
from gittrack.cli.pager import paged
from gittrack.errors import UsageError
from gittrack.index.select import Filter
from gittrack.model import ConfigRecord
from gittrack.registry import ExperimentRegistry
from gittrack.terminal import one_line


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
    if json and line_format is not None:
        raise UsageError("--json and --format cannot go together: leave out one of the two")
    records = Counted(registry.iterate(wanted))
    if json:
        _show_json(console, registry, records, full=full)
    elif line_format is not None:
        _show_formatted(console, registry, records, line_format)
    else:
        with paged(console):
            for record in records:
                console.line(summary_line(console, record))
    _tell_damage(console, registry)
    if not records.count and wanted.tags:
        _tell_unknown_tags(console, registry, wanted)
    elif not records.count and wanted == Filter() and not json:
        console.note("no config is registered yet; to register one: git exp add FILE")
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


def summary_line(console: Console, record: ConfigRecord) -> str:
    """`1a2b3c4d5e6f  2026-11-21 03:15  (tags) description`, or the source where there is none."""
    tags = ", ".join(map(one_line, record.tags))
    text = one_line(record.description) or one_line(record.source or "")
    shown = f"({console.paint(tags, 'tag')}) {text}" if tags else text
    date = record.created_at[:16].replace("T", " ") or "-" * 16
    return f"{console.paint(record.short_id, 'id')}  {date}  {shown}".rstrip()


def _show_json(
    console: Console, registry: ExperimentRegistry, records: Iterable[ConfigRecord], *, full: bool
) -> None:
    from gittrack.registry.portable import to_json_value  # a plain listing does without

    shown = registry.with_configs(records) if full else records
    console.json_list(to_json_value(record) for record in shown)


def _show_formatted(
    console: Console, registry: ExperimentRegistry, records: Iterable[ConfigRecord], text: str
) -> None:
    from gittrack.cli.template import Template  # a plain listing does without

    template = Template(text)
    for record in registry.with_configs(records) if template.needs_config else records:
        console.line(template.fill(record))


def _tell_damage(console: Console, registry: ExperimentRegistry) -> None:
    damaged = registry.damaged()
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        console.note(f"left out as damaged: {damaged[0].place}{more}; see git exp verify")


def _tell_unknown_tags(console: Console, registry: ExperimentRegistry, wanted: Filter) -> None:
    """An empty answer to a mistyped tag looks like the answer "none"."""
    import difflib  # most tags are right

    known = [tag.name for tag in registry.tags()]
    for tag in wanted.tags:
        if tag not in known:
            similar = difflib.get_close_matches(tag, known, n=1)
            question = f"; did you mean {similar[0]!r}?" if similar else ""
            console.note(f"no config bears the tag {tag!r}{question}")
