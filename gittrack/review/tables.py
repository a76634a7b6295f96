"""The rows of a review's tables, as raw text that each format escapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gittrack.diff import MISSING, Change, Kind
from gittrack.review.model import Item, MetricChange, Review, Summary
from gittrack.review.wording import counted
from gittrack.shown import number_text, size_text, typed_text

FIRST_ROWS = 30
"""Changes of one config that are shown before the rest is folded away."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change: values as configs spell them, `None` where there is none.

    `was` is the path in the old config where that is another, `size` the change of a number.
    """

    kind: Kind
    path: str
    old: str | None
    new: str | None
    was: str | None
    size: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric; `change` says by how much, `verdict` whether that is good."""

    name: str
    base: str
    head: str
    change: str
    verdict: Literal["better", "worse", "same", ""]
    best: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is shown together: one item, or several that changed in the same way."""

    items: tuple[Item, ...]
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What several items have in common."""
        pins = [pin.kind for item in self.items for pin in item.pins]
        if all(item.pins for item in self.items) and set(pins) == {"moved"}:
            return f"{counted(len(pins), 'pin')} moved in the same way"
        return f"{counted(len(self.items), 'config')} changed in the same way"

    @property
    def is_compared(self) -> bool:
        """Whether there is a base: else the rows are the values of a config."""
        return self.items[0].base is not None


def sections(review: Review) -> list[Section]:
    """The items in their order; what changed in the same way comes with the first of its kind."""
    alike: dict[object, tuple[list[Item], tuple[Row, ...]]] = {}
    for number, item in enumerate(review.items):
        rows = tuple(map(row, item.changes))
        key = rows if rows and item.base and item.head else number
        alike.setdefault(key, ([], rows))[0].append(item)
    return [Section(tuple(items), rows) for items, rows in alike.values()]


def row(change: Change) -> Row:
    """A change as text."""
    return Row(
        change.kind,
        change.text_path,
        None if change.old is MISSING else typed_text(change.old),
        None if change.new is MISSING else typed_text(change.new),
        None if change.old_path is None else change.text_old_path,
        size_text(change),
    )


def metric_rows(metrics: Iterable[MetricChange]) -> list[MetricRow]:
    """The metrics of one item."""
    return [_metric_row(metric) for metric in metrics]


def some(lines: Sequence[str], most: int = 10) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - most
    return [*lines[:most], f"and {more:,} more"] if more > 0 else list(lines)


def _metric_row(metric: MetricChange) -> MetricRow:
    return MetricRow(
        f"{metric.name}",
        _summary(metric.base),
        _summary(metric.head),
        _metric_change(metric),
        metric.verdict or "",
        " → ".join(_number(side.best) for side in (metric.base, metric.head) if side),
    )


def _summary(summary: Summary | None) -> str:
    if summary is None:
        return "no runs"
    spread = "" if summary.spread is None else f" ± {summary.spread:.3g}"
    return f"{_number(summary.mean)}{spread} ({counted(summary.count, 'run')})"


def _metric_change(metric: MetricChange) -> str:
    if metric.absolute is None:
        return ""
    arrow = "▲ " if metric.absolute > 0 else "▼ " if metric.absolute < 0 else ""
    if metric.absolute == 0:
        return ""
    relative = "" if metric.relative is None else f", {100 * metric.relative:+.4g}%"
    return f"{arrow}{number_text(metric.absolute)}{relative}"


def _number(number: float) -> str:
    return f"{number:.6g}"
