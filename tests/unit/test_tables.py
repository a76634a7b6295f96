"""Tables, and how people see them: lines that fit a terminal, sparklines, templates."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gittrack.cli.template import Template as ConfigTemplate
from gittrack.errors import NotFoundError, UsageError, ValueRefusedError
from gittrack.ids import ConfigId
from gittrack.model import ConfigRecord
from gittrack.table import aligned, cut, padded, width
from gittrack.tables import Column, Table, column_of, table_of
from gittrack.tables.cells import iso_time
from gittrack.tables.column import BOUNDS
from gittrack.tables.layout import laid_out, telling
from gittrack.tables.numbers import float_texts
from gittrack.tables.sparkline import sparkline
from gittrack.tables.template import row_template

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=30)
FLOATS = st.lists(st.none() | st.floats(), max_size=50)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING
RUNS = table_of(
    [
        {"id": "1a2b", "lr": 0.1, "seed": 1, "optimizer": "adam", "note": "x" * 70, "none": None},
        {"id": "3c4d", "lr": 0.01, "seed": 1, "optimizer": "adam", "note": "y" * 70, "none": None},
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(ANYTHING, min_size=1, max_size=8, unique=True))
    rows = draw(st.integers(0, 5))
    return Table(
        column_of(name, draw(st.lists(SCALARS, min_size=rows, max_size=rows))) for name in names
    )


# --- tables -------------------------------------------------------------------------------------


def test_a_table_has_rows_columns_and_parts() -> None:
    """A table is asked as a list of rows, and as a mapping of columns."""
    table = Table([Column("a", "integer", [1, None, 3]), Column("t", "time", [0, 1, None])])
    assert len(table) == 3
    assert table.names == ["a", "t"]
    assert list(table.rows())[1] == (None, EPOCH + timedelta(microseconds=1))
    assert table[1:].to_dicts()[1] == {"a": 3, "t": None}
    assert table.choose(["t"]).names == ["t"]
    assert list(table["a"].values) == [1, None, 3]


def test_columns_that_make_no_table_are_refused() -> None:
    """Two columns of one name, or of two lengths, are told by their names."""
    with pytest.raises(UsageError, match="two columns have the name 'a'"):
        Table([Column("a", "text", []), Column("a", "text", [])])
    with pytest.raises(UsageError, match="'a' 1, 'b' 2"):
        Table([Column("a", "text", ["x"]), Column("b", "text", ["x", "y"])])


def test_an_unknown_column_is_told_what_it_may_have_meant() -> None:
    """The hint names a column much like it, or those that there are."""
    with pytest.raises(NotFoundError, match="no column 'optimiser'") as caught:
        RUNS.choose(["optimiser"])
    assert caught.value.hint == "did you mean optimizer?"
    with pytest.raises(NotFoundError) as caught:
        RUNS["zzz"]
    assert caught.value.hint == "columns are id, lr, seed, optimizer, note, none"


@pytest.mark.parametrize(("kind", "value"), [("integer", 2**63), ("time", BOUNDS["time"][1] + 1)])
def test_values_out_of_bounds_are_refused(kind: Any, value: int) -> None:
    """No consumer of a column meets an integer or a time that it cannot hold."""
    Column("a", kind, [None, value - 1])
    with pytest.raises(ValueRefusedError, match="'a' is out of bounds"):
        Column("a", kind, [None, value])


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None], "integer", [1, None]),
        ([1, 0.5], "float", [1.0, 0.5]),
        ([2**53 + 1, 0.5], "text", ["9007199254740993", "0.5"]),
        ([2**63], "text", ["9223372036854775808"]),
        ([True, False], "boolean", [True, False]),
        ([True, 1], "text", ["true", "1"]),
        (["auto", 0.1, None], "text", ["auto", "0.1", None]),
        ([None, None], "text", [None, None]),
        ([[1], None, "x"], "json", [[1], None, "x"]),
        ([datetime(1970, 1, 1, 0, 0, 1), None], "time", [1_000_000, None]),
        ([datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))], "time", [0]),
    ],
)
def test_a_column_takes_the_narrowest_kind_that_loses_nothing(
    values: list[Any], kind: str, expected: list[Any]
) -> None:
    """1 and 0.5 are floats, 0.1 and "auto" are text, and 64 bits are the limit."""
    column = column_of("a", values)
    assert (column.kind, list(column.values)) == (kind, expected)
    assert [type(value) for value in column.values] == [type(value) for value in expected]


def test_rows_need_not_have_the_same_columns() -> None:
    """What a row lacks is missing; columns stand in the order in which they appear."""
    table = table_of([{"b": 1}, {"a": 2, "b": 3}])
    assert table.to_dicts() == [{"b": 1, "a": None}, {"b": 3, "a": 2}]
    assert table_of([{"b": 1, "a": 2}], ["a", "c"]).to_dicts() == [{"a": 2, "c": None}]


@given(st.integers(*BOUNDS["time"]))
def test_times_are_iso_8601(microseconds: int) -> None:
    """Every time has the text that Python's datetime gives it, with a Z."""
    expected = (EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")
    assert iso_time(microseconds) == expected.replace("+00:00", "Z")


def test_a_tables_repr_is_short_and_harmless() -> None:
    """In a shell a table of any size is one line."""
    table = Table(
        [Column("a\x1b[31m", "integer", range(100_000)), Column("b", "text", ["x"] * 100_000)]
    )
    assert repr(table) == "<Table of 100,000 rows: a\\x1b[31m: integer, b: text>"


def test_notebooks_show_a_bounded_harmless_table() -> None:
    """At most 20 rows and 30 columns, long texts cut, and no data is markup."""
    rows = [{f"<b>{n}": "<script>" + "x" * 1000 for n in range(40)} for _ in range(50)]
    shown = table_of(rows)._repr_html_()
    assert shown.count("<tr>") == 21
    assert shown.count("<th>") == 30
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "50 rows × 40 columns" in shown
    assert len(shown) < 100_000


# --- cells of terminals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("日本", 4),
        ("🚀", 2),
        ("e\u0301", 1),
        ("\u2764", 1),
        ("\u2764\ufe0f", 2),
        ("\u1112\u1161\u11ab", 2),
        ("ｱ", 1),
        ("नि", 2),
        ("", 0),
    ],
)
def test_texts_are_measured_as_terminals_draw_them(text: str, cells: int) -> None:
    """Wide characters take two cells, marks none, an emoji sign widens what it follows."""
    assert width(text) == cells
    assert padded(text, cells + 2) == text + "  "
    assert padded(text, cells + 2, right=True) == "  " + text


@given(ANYTHING, st.integers(0, 40))
@example("\u2764\ufe0fab", 2)
@example("a\u0301\u0301bc", 2)
@example("日本", 2)
def test_a_cut_text_fits(text: str, cells: int) -> None:
    """What is cut fits, ends with an ellipsis, and starts as the text does."""
    found = cut(text, cells)
    assert width(found) <= cells
    if width(text) <= cells:
        assert found == text
    elif cells:
        assert found.endswith("…")
        assert text.startswith(found[:-1])
    assert text.startswith(cut(text, cells, ellipsis=""))


def test_columns_line_up() -> None:
    """Columns start at the same cell, whatever scripts the cells are in."""
    assert aligned([["a", "b"], ["日本", "c"], ["d"]]) == ["a     b", "日本  c", "d"]


# --- tables on terminals ------------------------------------------------------------------------


def test_telling_columns_come_first() -> None:
    """What varies before what is constant before what is missing; short before long."""
    assert telling(RUNS) == ["id", "lr", "note", "seed", "optimizer", "none"]


def test_a_table_fits_the_terminal() -> None:
    """The most telling columns are shown in their order, and the rest is named below."""
    layout = laid_out(RUNS, 46)
    assert [layout.header, *layout.lines, layout.note] == [
        "id      lr  seed  optimizer  none",
        "1a2b  0.10     1  adam       -",
        "3c4d  0.01     1  adam       -",
        "and 1 more column: note; choose with --columns",
    ]
    assert laid_out(RUNS, 50, first=["note"]).header.split() == ["id", "note"]
    assert laid_out(RUNS, 200).note == ""


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (60, "and 7 more columns: bbbb, cccc, …; choose with --columns"),
        (40, "and 8 more columns; choose with --columns"),
    ],
)
def test_columns_without_room_are_named_as_far_as_that_has_room(cells: int, note: str) -> None:
    """The line below the table names whole columns, and says that there are more."""
    names = [letter * 4 for letter in "abcdefgh"]
    table = table_of([dict.fromkeys(names, letter * 70) | {"run": letter} for letter in "xy"])
    assert laid_out(table, cells, first=["run"]).note == note


def test_a_pipe_gets_everything() -> None:
    """Without a terminal no text is cut, and numbers have all their digits."""
    table = table_of([{"a": 0.1234567890123456, "b": "x" * 100}, {"a": 1.0, "b": "two\nlines\t"}])
    layout = laid_out(table)
    assert layout.lines[0].split() == ["0.1234567890123456", "x" * 100]
    assert layout.lines[1].endswith("two\\nlines\\t")
    assert layout.note == ""


@given(tables(), st.integers(1, 120))
def test_no_line_is_wider_than_the_terminal(table: Table, cells: int) -> None:
    """Whatever the data, lines fit, stay single lines, and every column is shown or counted."""
    layout = laid_out(table, cells)
    assert len(layout.lines) == len(table)
    for line in [layout.header, *layout.lines]:
        assert width(line) <= cells
        assert "\n" not in line
        assert "\x1b" not in line
    assert "\n" not in layout.note
    left_out = int(layout.note.split()[1]) if layout.note else 0
    assert left_out < len(table.columns)


@given(tables())
def test_a_pipe_gets_a_line_for_each_row(table: Table) -> None:
    """Data cannot add lines, and no control character gets through."""
    layout = laid_out(table)
    assert len(layout.lines) == len(table)
    for line in [layout.header, *layout.lines]:
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)


def test_chosen_columns_are_all_shown() -> None:
    """Columns that somebody asked for are not left out for want of room."""
    layout = laid_out(RUNS, 20, all_columns=True)
    assert layout.header.split() == RUNS.names
    assert layout.note == ""


@pytest.mark.parametrize("table", [Table([]), Table([Column("a", "text", [])])])
def test_a_table_without_rows_has_no_lines(table: Table) -> None:
    """Nothing found is a header at most."""
    layout = laid_out(table, 80)
    assert (layout.header, layout.lines) == (" ".join(table.names), [])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1, 0.01, None], ["0.10", "0.01", "-"]),
        ([0.123456, 0.123457], ["0.123456", "0.123457"]),
        ([0.123456, 0.9], ["0.1235", "0.9000"]),
        ([1e-5, 0.1], ["1e-05", "0.1"]),
        ([3.0, 20.0], ["3", "20"]),
        ([math.nan, math.inf, 0.5], ["nan", "inf", "0.5"]),
        ([], []),
    ],
)
def test_numbers_have_the_digits_that_tell_them_apart(
    values: list[float | None], expected: list[str]
) -> None:
    """Four significant digits, more where two would look alike; points below each other."""
    assert float_texts(values, "-") == expected


@given(FLOATS)
@example([0.1, 0.1 + 2**-55])
@example([-0.00004, 100.0])
def test_numbers_that_differ_look_different(values: list[float | None]) -> None:
    """Of two values that differ, no two have the same text."""
    texts = float_texts(values, "-")
    finite = {v: t for v, t in zip(values, texts, strict=True) if v is not None and v == v}
    assert len(set(finite.values())) == len(finite)


# --- sparklines ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"),
        ([3, 3, 3], "▄▄▄"),
        ([1, math.nan, None, 2], "▁  █"),
        ([0, math.inf, -math.inf, 1], "▁█▁█"),
        ([1e308, -1e308], "█▁"),
        ([math.nan], " "),
        ([], ""),
    ],
)
def test_sparklines(values: list[float | None], expected: str) -> None:
    """The lowest bar is the least value, the highest the greatest, NaN is a gap."""
    assert sparkline(values) == expected


def test_no_peak_is_lost_in_a_long_history() -> None:
    """One value in 10,000 that stands out is seen, and so is one that stands below."""
    values = [0.5] * 10_000
    values[4321], values[4322] = 1.0, 0.0
    line = sparkline(values, 20)
    assert len(line) == 20
    assert line.replace("▅", "") == "█▁"
    assert sparkline(values, 20, ascii_only=True).strip("=-+") == "#_"


@given(FLOATS, st.integers(2, 30))
def test_sparklines_fit_and_keep_extremes(values: list[float | None], cells: int) -> None:
    """At most so many bars; where values differ there is a lowest and a highest bar."""
    line = sparkline(values, cells)
    assert len(line) == len(values) if len(values) <= cells else len(line) <= cells
    assert set(line) <= set("▁▂▃▄▅▆▇█ ")
    finite = {v for v in values if v is not None and math.isfinite(v)}
    has_infinities = any(v is not None and math.isinf(v) for v in values)
    if len(finite) > 1 and not has_infinities and max(finite) / 2 - min(finite) / 2 > 0:
        assert "▁" in line
        assert "█" in line
    assert sparkline(values, cells, ascii_only=True).isascii()


# --- templates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("%(run_id) %(params.lr)", "1a2b3c 0.1"),
        ("%(run_id:4)%09%(name:4)|", "1a2b\t日本|"),
        ("%(none)|%(passed)|%(layers)|%%|%41", "|true|[64, 32]|%|A"),
        ("%(start)", "1970-01-01T00:00:00.000000Z"),
        ("%(metrics.a:1) %(metrics.a:1:2)", "0.25 0."),
        ("%(params.`a)b`)", "7"),
        ("no field", "no field"),
    ],
)
def test_templates_fill_fields(template: str, expected: str) -> None:
    """Fields by name, with a size or without; a column's own colon comes first."""
    row = {
        "run_id": "1a2b3c",
        "params.lr": 0.1,
        "name": "日本語",
        "none": None,
        "passed": True,
        "layers": [64, 32],
        "start": EPOCH,
        "metrics.a:1": 0.25,
        "params.`a)b`": 7,
    }
    assert row_template(template, list(row)).fill(row) == expected


def test_fields_of_configs_take_a_size_as_well() -> None:
    """A config's own fields and the values in it are cut alike; only the latter need the config."""
    record = ConfigRecord(
        ConfigId("ab" * 32), "the baseline", ("a", "b"), "", "Ada", (), None, {"lr": 0.125}
    )
    template = ConfigTemplate("%(id:4) %(tags) %(config.lr:3)")
    assert template.fill(record) == "abab a,b 0.1"
    assert template.needs_config
    assert not ConfigTemplate("%(id:4)").needs_config


@pytest.mark.parametrize(
    ("template", "message", "hint"),
    [
        ("%(run_ix)", "there is no field %(run_ix)", "did you mean %(run_id)?"),
        ("%(zz:3)", "there is no field %(zz:3)", "known are %(run_id) %(lr)"),
        ("%(run_id", "cannot read the format at '%(run_id'", "write %(field), or %% for a"),
        ("5 %", "cannot read the format at '%'", "write %(field), or %% for a"),
    ],
)
def test_templates_say_what_is_wrong(template: str, message: str, hint: str) -> None:
    """An unknown field and a broken template are told with the next step."""
    with pytest.raises(UsageError) as caught:
        row_template(template, ["run_id", "lr"])
    assert caught.value.message == message
    assert (caught.value.hint or "").startswith(hint)


@given(ANYTHING)
def test_a_templates_line_is_one_line(text: str) -> None:
    """No value adds a line or a control character."""
    line = row_template("%(a)|%(a:5)", ["a"]).fill({"a": text})
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
