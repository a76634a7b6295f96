"""A table as lines for terminals and pipes: what tells runs apart comes first, if room is short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from gittrack.table import cut, padded, width
from gittrack.tables.cells import exact_texts
from gittrack.tables.column import Column
from gittrack.tables.numbers import float_texts
from gittrack.tables.table import Table
from gittrack.terminal import inline, one_line

_GAP = "  "
_WIDEST = 40  # cells of a column, where room is short
_MISSING = "-"
_NUMBERS = ("integer", "float")
_SHORT = (8, 16, 32)  # steps in which a column counts as longer


@dataclass(frozen=True, slots=True)
class Layout:
    """A header, a line for each row, and what to say below: the columns that found no room."""

    header: str
    lines: list[str]
    note: str = ""


def laid_out(
    table: Table, cells: int | None = None, *, first: Sequence[str] = (), all_columns: bool = False
) -> Layout:
    """The table in lines that are clean for terminals.

    Args:
        table: Its columns keep their order.
        cells: The terminal's width. Columns that do not fit are left out, the least telling ones
            first; long texts are cut, numbers have as many digits as tell them apart. `None`, as
            for a pipe: every column, every text, every digit.
        first: Names of columns that are shown whatever else is.
        all_columns: Leave no column out; lines may then be longer than `cells`.
    """
    if cells is None:
        header, *lines = streamed(table)
        return Layout(header, lines)
    shown = [_Shown(column, _short(column), _WIDEST) for column in table.columns]
    kept = set(table.names) if all_columns else _fitting(shown, cells, first)
    left_out = [column.name for column in table.columns if column.name not in kept]
    layout = _joined([one for one in shown if one.name in kept])
    limit = None if all_columns else cells
    return Layout(
        _line(layout.header, limit),
        [_line(line, limit) for line in layout.lines],
        _note(left_out, cells),
    )


def streamed(table: Table) -> Iterator[str]:
    """The header and a line for each row, as `laid_out` has them for a pipe: each is made when it
    is asked for."""
    columns = [_Shown(column, _full(column)) for column in table.columns]
    for row in zip(*(column.lines() for column in columns), strict=True):
        yield _GAP.join(row).rstrip()


def telling(table: Table) -> list[str]:
    """The columns' names, the most telling first.

    Those whose values differ come before those with one value, and these before those with none;
    short ones before long ones; otherwise they keep their order.
    """
    return _ranked([_Shown(column, _short(column), _WIDEST) for column in table.columns])


class _Shown:
    """A column's texts, and how wide they are."""

    def __init__(self, column: Column, texts: list[str], widest: int | None = None) -> None:
        self.name = column.name
        self.is_right = column.kind in _NUMBERS
        self.has_values = any(value is not None for value in column.values)
        self.is_constant = len(set(texts)) < 2 and len(texts) != 1
        self.header = inline(column.name)
        if widest is not None:
            self.header = cut(self.header, widest)
            texts = [cut(text, widest) for text in texts]
        self.texts = texts
        # Of ASCII, Python counts and pads cells itself, in a tenth of the time.
        self._is_ascii = self.header.isascii() and all(map(str.isascii, texts))
        measure = len if self._is_ascii else width
        self.width = max(map(measure, chain((self.header,), texts)))

    def lines(self) -> Iterator[str]:
        texts = chain((self.header,), self.texts)
        if self._is_ascii:
            return map(str.rjust if self.is_right else str.ljust, texts, repeat(self.width))
        return (padded(text, self.width, right=self.is_right) for text in texts)


def _ranked(columns: Sequence[_Shown]) -> list[str]:
    def rank(column: _Shown) -> tuple[bool, bool, int]:
        length = sum(column.width > step for step in _SHORT)
        return not column.has_values, column.is_constant, length

    return [column.name for column in sorted(columns, key=rank)]


def _fitting(columns: Sequence[_Shown], cells: int, first: Sequence[str]) -> set[str]:
    """The columns that fit beside each other; those named first, and at least one."""
    widths = {column.name: column.width for column in columns}
    kept = [name for name in first if name in widths]
    room = cells - sum(widths[name] + len(_GAP) for name in kept) + len(_GAP)
    for name in _ranked(columns):
        if name in kept:
            continue
        needed = widths[name] + (len(_GAP) if kept else 0)
        if needed <= room or not kept:
            kept.append(name)
            room -= needed
    return set(kept)


def _joined(columns: Sequence[_Shown]) -> Layout:
    rows = zip(*(column.lines() for column in columns), strict=True)
    lines = [_GAP.join(row).rstrip() for row in rows]
    return Layout(lines[0] if lines else "", lines[1:])


def _line(text: str, cells: int | None) -> str:
    return text if cells is None else cut(text, cells)


def _note(names: Sequence[str], cells: int) -> str:
    """`and 3 more columns: a, b, …; choose with --columns`, with the names that find room."""
    if not names:
        return ""
    start = f"and {len(names)} more column{'s' if len(names) > 1 else ''}"
    end = "; choose with --columns"
    listed = _first_names(list(map(inline, names)), cells - len(start) - len(": ") - len(end))
    return start + (f": {listed}" if listed else "") + end


def _first_names(names: Sequence[str], room: int) -> str:
    """As many whole names as find room, an ellipsis for the others; nothing if none does."""
    for count in range(len(names), 0, -1):
        listed = ", ".join(names[:count]) + (", …" if count < len(names) else "")
        if width(listed) <= room:
            return listed
    return ""


def _full(column: Column) -> list[str]:
    texts = exact_texts(column, _MISSING)
    return texts if column.kind in _NUMBERS else [inline(text) for text in texts]


def _short(column: Column) -> list[str]:
    match column.kind:
        case "float":
            return float_texts(column.values, _MISSING)
        case "time":
            texts = exact_texts(column, "")
            return [f"{text[:10]} {text[11:19]}" if text else _MISSING for text in texts]
        case "text":
            return [_MISSING if v is None else one_line(v) for v in column.values]
        case _:
            return [inline(text) for text in exact_texts(column, _MISSING)]
