"""What a picture shows, whatever it is drawn with: curves, points, bars, matrices, diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class Series:
    """A named curve. `times`, where known, are seconds since the run's start for each point."""

    name: str
    x: Numbers
    y: Numbers
    times: Numbers = ()
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Curves over a common axis. `unit_square` fixes both axes at 0 to 1, as for a ROC curve."""

    title: str
    series: Sequence[Series]
    x_label: str = "step"
    y_label: str = ""
    note: str = ""
    y_log: bool = False
    unit_square: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Points in a plane, each of a class: `groups` names the classes, `group` is one for each
    point. `labels`, where given, say what a point is. `line` joins some places by a line."""

    title: str
    x: Numbers
    y: Numbers
    x_label: str
    y_label: str
    group: Sequence[int] = ()
    groups: Sequence[str] = ()
    labels: Sequence[str] = ()
    line: Sequence[tuple[float, float]] = ()
    ticks: Sequence[str] = ()
    x_log: bool = False
    y_log: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A number for each name, drawn from zero; `low` and `high` are the ends of an interval."""

    title: str
    names: Sequence[str]
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    x_label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges, one list of counts for each name."""

    title: str
    edges: Numbers
    names: Sequence[str]
    counts: Sequence[Numbers]
    x_label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts by row and column; the shade is the share of the row."""

    title: str
    names: Sequence[str]
    counts: Sequence[Numbers]
    row_label: str = "actual"
    column_label: str = "predicted"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of parallel coordinates; `ticks` are the categories, where it has such."""

    name: str
    low: float
    high: float
    log: bool = False
    ticks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Parallel:
    """A polyline for each row over several axes; NaN is a gap. `shade` (0 to 1) is how good."""

    title: str
    axes: Sequence[Axis]
    rows: Sequence[Numbers]
    shade: Numbers
    labels: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A value over a grid between two pairs of ends, rows from the bottom; NaN is unknown.
    Points lie on it. Ends of a log axis are those of the values themselves."""

    title: str
    cells: Sequence[Numbers]
    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str
    value_label: str
    points: Sequence[tuple[float, float]] = ()
    x_log: bool = False
    y_log: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`, in seconds, and what it came to (`FINISHED`, `FAILED`, …)."""

    name: str
    start: float
    end: float
    state: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Spans below one another over the same time."""

    title: str
    spans: Sequence[Span]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a model: its name, what kind it is, facts in a few words, and its own parts. Parts
    of a `parallel` one stand side by side, others follow one another."""

    name: str
    kind: str
    facts: str = ""
    parts: tuple[Node, ...] = ()
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """How a model is put together."""

    title: str
    root: Node
    note: str = ""


Figure = Lines | Points | Bars | Histogram | Matrix | Parallel | Field | Timeline | Diagram
