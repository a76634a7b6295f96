"""What the registry's methods return besides records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.canonical import Plain
from gittrack.diff import Change, Row, compare, compare_many
from gittrack.ids import ConfigId
from gittrack.model import ConfigRecord


@dataclass(frozen=True, slots=True)
class Comparison:
    """Configs side by side: `changes` where there are two, `rows` for any number.

    `rows` has a row for each place at which they differ (or for every place), with a cell for
    each config in the order asked.
    """

    records: tuple[ConfigRecord, ...]
    changes: tuple[Change, ...]
    rows: tuple[Row, ...]

    @property
    def differs(self) -> bool:
        """Whether any two of the configs differ."""
        return len({record.id for record in self.records}) > 1

    def _repr_html_(self) -> str:
        """Where they differ, for notebooks."""
        from gittrack.notebook import grid  # a script does without
        from gittrack.shown import cell_text

        head = ["", *(record.short_id for record in self.records)]
        rows = [[row.text_path, *map(cell_text, row.cells)] for row in self.rows]
        return grid(head, rows, what="places")


@dataclass(frozen=True, slots=True)
class Added:
    """A config that was asked to be registered: where it came from, whether it was new."""

    id: ConfigId
    source: str | None
    new: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A line of a stored config that matches: the config, the line's number, the line."""

    id: ConfigId
    line: int
    text: str


def comparison(records: Sequence[ConfigRecord], *, all_rows: bool) -> Comparison:
    """The records side by side."""
    configs: list[Plain] = [record.config for record in records]
    changes = compare(configs[0], configs[1]) if len(configs) == 2 else []
    rows = compare_many(configs, all_rows=all_rows)
    return Comparison(tuple(records), tuple(changes), tuple(rows))
