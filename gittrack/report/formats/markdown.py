"""A report as Markdown: texts and tables, and of each figure its numbers in a few rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gittrack.report.document import Block, Code, Facts, Folded, Prose, Report, Section, Table
from gittrack.report.drawing.scales import number_text
from gittrack.report.figures import Bars, Diagram, Figure, Lines, Matrix, Node
from gittrack.review.escaping import code, prose
from gittrack.terminal import clean

_MOST_ROWS = 60


def render(report: Report) -> str:
    """The report as Markdown that GitHub and GitLab show; nothing in it acts."""
    state = f" · {prose(report.state)}" if report.state else ""
    lines = [f"# {prose(report.title)}", "", f"{prose(report.subtitle)}{state} · {report.made_at}"]
    for section in report.sections:
        lines += ["", *_section(section)]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {prose(section.title)}"
    for block in section.blocks:
        yield ""
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield prose(text)
        case Code(text):
            yield from (f"    {line}" for line in clean(text).splitlines())
        case Facts(rows):
            yield from (f"- {prose(name)}: {code(value)}" for name, value in rows if value)
        case Table():
            yield from _table(block.head, block.rows, block)
        case Folded(title, blocks):
            yield f"### {prose(title)}"
            for inner in blocks:
                yield ""
                yield from _block(inner)
        case _:
            yield from _figure(block)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], table: Table) -> Iterator[str]:
    if table.caption:
        yield from (prose(table.caption), "")
    yield f"| {' | '.join(map(prose, head))} |"
    yield f"| {' | '.join('---:' if n in table.numbers else '---' for n in range(len(head)))} |"
    for number, row in enumerate(rows[:_MOST_ROWS]):
        cells = [
            f"**{code(cell)}**" if (number, place) in table.marked and cell else code(cell)
            for place, cell in enumerate(row)
        ]
        yield f"| {' | '.join(cells)} |"
    if len(rows) > _MOST_ROWS:
        yield from ("", f"… {len(rows) - _MOST_ROWS:,} more rows")


def _figure(figure: Figure) -> Iterator[str]:
    note = f" ({prose(figure.note)})" if figure.note else ""
    yield f"**{prose(figure.title)}**{note}"
    yield ""
    match figure:
        case Lines():
            yield from _lines(figure)
        case Bars():
            rows = [[n, number_text(v)] for n, v in zip(figure.names, figure.values, strict=True)]
            yield from _plain_table(["", figure.x_label or "value"], rows)
        case Matrix():
            counts = [list(map(number_text, row)) for row in figure.counts]
            rows = [[name, *row] for name, row in zip(figure.names, counts, strict=True)]
            yield from _plain_table(
                [f"{figure.row_label} ↓ {figure.column_label} →", *figure.names], rows
            )
        case Diagram():
            yield from _parts(figure.root, 0)
        case _:
            yield "(a picture; see the report as HTML)"


def _lines(figure: Lines) -> Iterator[str]:
    rows = []
    for series in figure.series:
        known = [value for value in series.y if math.isfinite(value)]
        if known:
            ends = (known[0], known[-1], min(known), max(known))
            rows.append([series.name, *map(number_text, ends)])
    yield from _plain_table(["curve", "first", "last", "least", "greatest"], rows)


def _plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    numbers = frozenset(range(1, len(head)))
    yield from _table(head, rows, Table(head, rows, numbers))


def _parts(node: Node, depth: int) -> Iterator[str]:
    said = " · ".join(filter(None, (node.name, node.kind, node.facts)))
    yield f"{'  ' * depth}- {code(said)}"
    for part in node.parts:
        yield from _parts(part, depth + 1)
