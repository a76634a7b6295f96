"""What a report says, whatever file it becomes: sections of facts, tables, figures and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.report.figures import Figure

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Prose:
    """A sentence or more."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A text whose lines and spaces count."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values; those without value are not shown."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below a head. `numbers` are the columns that hold numbers, `marked` the cells
    (row, column) that stand out: the best ones."""

    head: Cells
    rows: Sequence[Cells]
    numbers: frozenset[int] = frozenset()
    marked: frozenset[tuple[int, int]] = frozenset()
    caption: str = ""


Simple = Prose | Code | Facts | Table


@dataclass(frozen=True, slots=True)
class Folded:
    """What only some readers want: a title, and what opens below it."""

    title: str
    blocks: Sequence[Simple]


Block = Simple | Folded | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `kind` is `run`, `study`, `comparison` or `experiment`; `state` a word such
    as `FINISHED`; `made_at` is UTC in ISO 8601."""

    kind: str
    title: str
    subtitle: str
    made_at: str
    sections: Sequence[Section]
    state: str = ""
