"""What a stored record shows in a report: its figures and tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from gittrack.errors import DataError
from gittrack.report.document import Block, Facts, Table
from gittrack.report.drawing.scales import number_text
from gittrack.report.fields import Fields, same_length
from gittrack.report.figures import (
    Bars,
    Diagram,
    Figure,
    Histogram,
    Lines,
    Matrix,
    Node,
    Series,
)
from gittrack.report.records import Record
from gittrack.shown import json_data, typed_text

_DEEPEST = 30
_MOST_BARS = 25
_MOST_ROWS = 200
_COLUMN_FIGURES = 24


def blocks_of(record: Record) -> list[Block]:
    """The figures and tables of a record; a study's (`hpo`) are made elsewhere.

    Raises:
        DataError: it is damaged.
    """
    show = _SHOWN.get(record.kind)
    return [] if show is None else show(record.title, Fields(record.data))


def figure_of(record: Record) -> Figure:
    """The first figure of a record.

    Raises:
        DataError: it is damaged, or has none.
    """
    found = figures_of(record)
    if not found:
        raise DataError(f"the record {record.name!r} has no picture, only facts")
    return found[0]


def figures_of(record: Record) -> list[Figure]:
    """All figures of a record: one, and of a distribution one for each of the first 24 columns.

    Raises:
        DataError: it is damaged.
    """
    return [block for block in blocks_of(record) if isinstance(block, Figure)]


def _roc(title: str, data: Fields) -> list[Block]:
    series = _curves(data, "AUC")
    return [Lines(title, series, "false positive rate", "true positive rate", unit_square=True)]


def _pr(title: str, data: Fields) -> list[Block]:
    return [Lines(title, _curves(data, "AP"), "recall", "precision", unit_square=True)]


def _curves(data: Fields, area: str) -> list[Series]:
    found = []
    for one in data.members("curves"):
        x, y = one.numbers("x"), one.numbers("y")
        same_length(x, y)
        told = f"{area} {one.number('area'):.3f}"
        name = one.text("name")
        found.append(Series(f"{name}, {told}" if name else told, x, y))
    return found


def _confusion(title: str, data: Fields) -> list[Block]:
    names, counts = data.texts("names"), data.matrix("counts")
    same_length(names, counts, *counts)
    right = sum(row[place] for place, row in enumerate(counts))
    total = sum(map(sum, counts))
    note = f"{right:,.6g} of {total:,.6g} right ({right / total:.1%})" if total else ""
    return [Matrix(title, names, counts, note=note)]


def _line_series(title: str, data: Fields) -> list[Block]:
    found = []
    for one in data.members("series"):
        x, y = one.numbers("x"), one.numbers("y")
        same_length(x, y)
        found.append(Series(one.text("name"), x, y))
    return [Lines(title, found, data.text("x_label") or "step", data.text("y_label"))]


def _importance(title: str, data: Fields) -> list[Block]:
    names, values = data.texts("names"), data.numbers("values")
    low, high = data.numbers("low") or values, data.numbers("high") or values
    same_length(names, values, low, high)
    order = sorted(
        range(len(names)), key=lambda n: -abs(values[n]) if values[n] == values[n] else 1
    )
    kept = order[:_MOST_BARS]
    note = f"the first {len(kept)} of {len(names):,}" if len(kept) < len(names) else ""
    has_ends = bool(data.items("low"))
    figure = Bars(
        title,
        [names[n] for n in kept],
        [values[n] for n in kept],
        [low[n] for n in kept] if has_ends else (),
        [high[n] for n in kept] if has_ends else (),
        "importance",
        note,
    )
    return [figure]


def _distribution(title: str, data: Fields) -> list[Block]:
    blocks: list[Block] = []
    rows = []
    columns = data.members("columns")
    for one in columns[:_MOST_ROWS]:
        if len(blocks) < _COLUMN_FIGURES:
            blocks.append(_column_figure(one))
        rows.append(_column_facts(one))
    head = ["column", "values", "missing", "mean", "deviation", "min", "median", "max"]
    numbers = frozenset(range(1, len(head)))
    return [*blocks, Table(head, rows, numbers, caption=title)]


def _column_figure(one: Fields) -> Block:
    name = one.text("name")
    if one.text("kind") == "category":
        names, counts = one.texts("names"), one.numbers("counts")
        same_length(names, counts)
        others = one.number("others")
        more = [(f"{others:,.0f} others", others)] if others > 0 else []
        shown = [*zip(names, counts, strict=True), *more]
        return Bars(name, [n for n, _ in shown], [c for _, c in shown], x_label="count")
    edges = one.numbers("edges")
    series = one.members("series")
    groups = [(each.text("name"), each.numbers("counts")) for each in series]
    counted = groups or [(name, one.numbers("counts"))]
    for _, counts in counted:
        same_length(counts, edges[1:])
    return Histogram(name, edges, [n for n, _ in counted], [c for _, c in counted], name)


def _column_facts(one: Fields) -> list[str]:
    cells = [one.text("name"), f"{one.number('count'):,.0f}", f"{one.number('missing'):,.0f}"]
    if one.text("kind") == "category":
        return [*cells, "", "", "", "", ""]
    quantiles = one.numbers("quantiles") or [math.nan] * 5
    same_length(quantiles, [0] * 5)
    shown = (one.number("mean"), one.number("deviation"), *quantiles[::2])
    return [*cells, *(number_text(value, 4) for value in shown)]


def _scaler(title: str, data: Fields) -> list[Block]:
    facts = Fields.of(data.data.get("params", {})).data
    rows = [(str(key), typed_text(json_data(value))) for key, value in facts.items()]
    columns = data.members("columns")
    names = list(dict.fromkeys(key for one in columns for key in one.data if key != "name"))
    table = [
        [one.text("name"), *(number_text(one.number(name), 6) for name in names)]
        for one in columns[:_MOST_ROWS]
    ]
    heads = ["feature", *names]
    shown = Table(heads, table, frozenset(range(1, len(heads))), caption=title)
    return [Facts([("scaler", data.text("scaler")), *rows]), shown]


def _architecture(title: str, data: Fields) -> list[Block]:
    facts = [("framework", data.text("framework"))]
    for key in ("parameters", "trainable"):
        count = data.number(key)
        if count == count:
            facts.append((key, f"{count:,.0f}"))
    return [Facts(facts), Diagram(title, _node(Fields.of(data.data.get("root")), 0))]


def _node(data: Fields, depth: int) -> Node:
    if depth > _DEEPEST:
        raise DataError("a stored record is damaged: its parts are too deep")
    parts = tuple(_node(one, depth + 1) for one in data.members("parts"))
    return Node(
        data.text("name"),
        data.text("kind"),
        data.text("facts"),
        parts,
        data.data.get("parallel") is True,
    )


def _environment(title: str, data: Fields) -> list[Block]:
    del title
    facts: Mapping[str, object] = Fields.of(data.data.get("facts", {})).data
    return [Facts([(str(k), typed_text(json_data(v))) for k, v in facts.items()])]  # type: ignore[arg-type]


_SHOWN: Mapping[str, Callable[[str, Fields], list[Block]]] = {
    "architecture": _architecture,
    "confusion": _confusion,
    "curves": _line_series,
    "distribution": _distribution,
    "environment": _environment,
    "importance": _importance,
    "pr": _pr,
    "roc": _roc,
    "scaler": _scaler,
}
