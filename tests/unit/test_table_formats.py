"""Files of tables: each format reads back as what the table holds, and nothing in it acts."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sqlite3
import stat
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import polars
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gittrack.errors import GittrackError, UsageError
from gittrack.tables import Column, Table, table_of
from gittrack.tables.formats import FORMATS, format_of, is_text, save, write
from gittrack.terminal import clean

ALL = ["arrow", "csv", "json", "jsonl", "parquet", "sqlite", "xlsx"]
START = 1_795_232_389_840_566  # 2026-11-21T03:39:49.840566Z
HOSTILE = (
    '=HYPERLINK("http://x.example","y")',
    "+1",
    "-1+1",
    "@SUM(A1)",
    "a,b",
    'say "x"',
    "a\r\nb",
    "a\rb",
    " padded ",
    "\x1b[31mred\x07",
    "\u202egnp.exe",
    "</td><script>alert(1)</script>",
    "http://x.example",
    "_x0041_",
    "null \x00 \ufffe \uffff",
    "日本 🚀",
    "%s %d %%",
    "",
)
RUNS = Table(
    [
        Column("run_id", "text", ["1a2b", "3c4d", "5e6f"]),
        Column("start", "time", [START, None, -1]),
        Column("loss", "float", [0.1, None, math.nan]),
        Column("count", "integer", [1, None, -(2**63)]),
        Column("passed", "boolean", [True, None, False]),
        Column("layers", "json", [[64, 32], None, {"a": math.inf}]),
    ]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE)


def written(name: str, table: Table, title: str = "data") -> bytes:
    file = io.BytesIO()
    write(name, table, file, title=title)
    return file.getvalue()


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def sheet(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).active


def shown(text: str) -> str:
    return clean(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def sqlite_rows(data: bytes, query: str = "select * from data") -> list[tuple[Any, ...]]:
    with sqlite3.connect(":memory:") as database:
        database.deserialize(data)
        return database.execute(query).fetchall()


def test_formats_are_found_by_name() -> None:
    """All formats are there, and a mistyped one is told what it may have meant."""
    assert FORMATS.names() == ALL
    with pytest.raises(UsageError, match="no format 'parket'") as caught:
        write("parket", RUNS, io.BytesIO())
    assert caught.value.hint == "did you mean parquet?"


def test_csv_of_all_kinds() -> None:
    """Values are exact, missing ones are empty, and NaN is none of these."""
    assert written("csv", RUNS).decode() == (
        "run_id,start,loss,count,passed,layers\n"
        '1a2b,2026-11-21T03:39:49.840566Z,0.1,1,true,"[64, 32]"\n'
        "3c4d,,,,,\n"
        '5e6f,1969-12-31T23:59:59.999999Z,nan,-9223372036854775808,false,"{""a"": "".inf""}"\n'
    )


def test_csv_tells_an_empty_text_from_a_missing_one() -> None:
    """An empty text has quotes, a missing value has none, but where its line would be empty."""
    texts = Column("a", "text", ["", None])
    both = Table([texts, Column("b", "integer", [1, 2])])
    assert written("csv", both) == b'a,b\n"",1\n,2\n'
    assert written("csv", Table([texts])) == b'a\n""\n""\n'


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8), TEXTS)
@settings(deadline=None)
def test_csv_keeps_every_text(rows: list[tuple[str, str]], name: str) -> None:
    """Whatever a text holds, a reader of CSV gets that text."""
    columns = [
        Column(name, "text", [a for a, _ in rows]),
        Column(f"{name}2", "text", [b for _, b in rows]),
    ]
    found = csv_rows(written("csv", Table(columns)))
    assert found == [[name, f"{name}2"], *map(list, rows)]


@given(st.lists(st.none() | st.floats(allow_nan=False), max_size=20))
@settings(deadline=None)
def test_csv_keeps_every_float(values: list[float | None]) -> None:
    """The text of a float reads back as the same float, and no row is lost."""
    found = csv_rows(written("csv", Table([Column("a", "float", values)])))[1:]
    assert [float(text) if text else None for (text,) in found] == values


def test_csv_is_read_by_pandas_and_polars() -> None:
    """The usual readers find numbers, booleans and times."""
    data = written("csv", RUNS)
    frame = pandas.read_csv(io.BytesIO(data), parse_dates=["start"])
    assert frame["loss"].tolist()[0] == 0.1
    assert frame["passed"].tolist()[::2] == [True, False]
    assert frame["start"][0].isoformat() == "2026-11-21T03:39:49.840566+00:00"
    assert polars.read_csv(data)["count"].to_list() == [1, None, -(2**63)]


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_has_an_object_for_each_row(name: str) -> None:
    """Missing values are null; what JSON lacks is text as everywhere in the project."""
    text = written(name, RUNS).decode()
    found = json.loads(text) if name == "json" else list(map(json.loads, text.splitlines()))
    assert found == [
        {
            "run_id": "1a2b",
            "start": "2026-11-21T03:39:49.840566Z",
            "loss": 0.1,
            "count": 1,
            "passed": True,
            "layers": [64, 32],
        },
        dict.fromkeys(RUNS.names) | {"run_id": "3c4d"},
        {
            "run_id": "5e6f",
            "start": "1969-12-31T23:59:59.999999Z",
            "loss": ".nan",
            "count": -(2**63),
            "passed": False,
            "layers": {"a": ".inf"},
        },
    ]


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=())), max_size=8), TEXTS)
@settings(deadline=None)
def test_json_keeps_every_text_and_is_harmless(texts: list[str | None], name: str) -> None:
    """Any text, a lone surrogate too, reads back; no control character but line ends is there."""
    table = Table([Column(name, "text", texts)])
    lines = written("jsonl", table).decode()
    assert [json.loads(line)[name] for line in lines.split("\n")[:-1]] == texts
    assert not any(c < " " and c != "\n" for c in lines)
    assert json.loads(written("json", table)) == [{name: text} for text in texts]


@pytest.mark.parametrize("name", ["parquet", "arrow"])
def test_arrow_files_keep_types(name: str) -> None:
    """Parquet and Arrow files hold what PyArrow takes from the table itself."""
    read = pyarrow.parquet.read_table if name == "parquet" else pyarrow.feather.read_table
    found = read(io.BytesIO(written(name, RUNS)))
    expected = pyarrow.table(RUNS)
    assert found.schema.equals(expected.schema)
    without = [column for column in RUNS.names if column != "loss"]
    assert found.select(without).equals(expected.select(without))
    values = found["loss"].to_pylist()
    assert values[:2] == [0.1, None]
    assert math.isnan(values[2])


def test_sqlite_has_types_and_exact_values() -> None:
    """The database's one table has the given name and SQLite's own types."""
    data = written("sqlite", RUNS, 'my "runs"')
    assert sqlite_rows(data, 'select * from "my ""runs"""') == [
        ("1a2b", "2026-11-21T03:39:49.840566Z", 0.1, 1, 1, "[64, 32]"),
        ("3c4d", None, None, None, None, None),
        ("5e6f", "1969-12-31T23:59:59.999999Z", None, -(2**63), 0, '{"a": ".inf"}'),
    ]
    types = sqlite_rows(data, "select type from pragma_table_info('my \"runs\"')")
    assert [t for (t,) in types] == ["TEXT", "TEXT", "REAL", "INTEGER", "INTEGER", "TEXT"]


def test_sqlite_takes_any_column_name() -> None:
    """Names alike but for case, with quotes or NUL, are columns of their own."""
    names = ["lr", "LR", "LR_2", 'a"; drop table data; --', "a\0b", "é", "É", ""]
    table = table_of([dict.fromkeys(names, 1)])
    data = written("sqlite", table)
    found = [name for (name,) in sqlite_rows(data, "select name from pragma_table_info('data')")]
    drop = 'a"; drop table data; --'
    assert found == ["lr", "LR_2", "LR_2_2", drop, "a\\x00b", "é", "É", ""]
    assert sqlite_rows(data) == [(1,) * len(names)]


@given(st.lists(st.none() | TEXTS, max_size=8))
@settings(deadline=None)
def test_sqlite_keeps_every_text(texts: list[str | None]) -> None:
    """Texts are bound, whatever they hold."""
    data = written("sqlite", Table([Column("a", "text", texts)]))
    assert [value for (value,) in sqlite_rows(data)] == texts


@pytest.mark.parametrize("columns", [0, 2001])
def test_sqlite_says_how_many_columns_it_takes(columns: int) -> None:
    """A table that no SQLite table can be is refused before anything is written."""
    file = io.BytesIO()
    with pytest.raises(UsageError, match="has 1 to 2,000 columns"):
        write("sqlite", table_of([{str(n): n for n in range(columns)}]), file)
    assert file.getvalue() == b""


def test_excel_has_types() -> None:
    """Numbers, booleans and dates are such in the sheet; what it cannot hold is text."""
    found = [[cell.value for cell in row] for row in sheet(written("xlsx", RUNS))]
    assert found[0] == RUNS.names
    assert found[1][0] == "1a2b"
    assert abs((found[1][1] - datetime(2026, 11, 21, 3, 39, 49, 840566)).total_seconds()) < 0.001
    assert found[1][2:] == [0.1, 1, True, "[64, 32]"]
    assert found[2] == ["3c4d", None, None, None, None, None]
    assert found[3][2:] == ["nan", "-9223372036854775808", False, '{"a": ".inf"}']


def test_excel_takes_no_text_for_a_formula_or_a_link() -> None:
    """What a stranger wrote is text in a workbook, whatever it starts with."""
    table = Table([Column("=1+1", "text", HOSTILE)])
    data = written("xlsx", table, title="=a/b:c*[d]?" + "x" * 40)
    cells = [row[0] for row in sheet(data)]
    assert {cell.data_type for cell in cells[:-1]} == {"s"}
    # Excel reads `_x005F_` as an underscore; openpyxl leaves that to others.
    values = [(cell.value or "").replace("_x005F_", "_") for cell in cells]
    assert values == ["=1+1", *map(shown, HOSTILE)]
    assert not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


@given(
    st.lists(st.text(st.characters(exclude_categories=()), max_size=10), max_size=5),
    st.text(st.characters(exclude_categories=())),
)
@example(["🚀" * 40_000], "'" * 40)
@settings(max_examples=30, deadline=None)
def test_excel_files_can_always_be_read(texts: list[str], title: str) -> None:
    """No text makes a workbook that readers refuse, and no row is lost."""
    rows = list(sheet(written("xlsx", Table([Column("a", "text", [*texts, "end"])]), title)))
    assert all(len((row[0].value or "").encode("utf-16-le")) <= 2 * 32_767 for row in rows)
    assert rows[-1][0].value == "end"
    assert len(rows) == len(texts) + 2


def test_excel_says_when_a_table_is_too_long() -> None:
    """More rows than a sheet holds are refused, none is lost silently."""
    long = Table([Column("a", "integer", range(1_048_576))])
    with pytest.raises(UsageError, match=r"1,048,576 lines at most, and these are 1,048,577"):
        write("xlsx", long, io.BytesIO())
    wide = table_of([{str(n): 1 for n in range(16_385)}])
    with pytest.raises(UsageError, match=r"16,384 columns at most"):
        write("xlsx", wide, io.BytesIO())


@pytest.mark.parametrize("name", ALL)
def test_a_table_without_rows_is_written(name: str) -> None:
    """A search that found nothing is a file without rows, of the right form."""
    empty = Table([Column("a", "text", []), Column("b", "float", [])])
    data = written(name, empty)
    match name:
        case "csv":
            assert data == b"a,b\n"
        case "json":
            assert data == b"[]\n"
        case "jsonl":
            assert data == b""
        case "parquet":
            assert pyarrow.parquet.read_table(io.BytesIO(data)).shape == (0, 2)
        case "arrow":
            assert pyarrow.feather.read_table(io.BytesIO(data)).shape == (0, 2)
        case "sqlite":
            assert sqlite_rows(data) == []
        case "xlsx":
            assert [[c.value for c in row] for row in sheet(data)] == [["a", "b"]]


@pytest.mark.parametrize("name", ["csv", "jsonl", "json"])
def test_blocks_of_rows_meet_without_a_gap(name: str) -> None:
    """Tables of more rows than are written at a time come whole and in order."""
    rows = 10_001
    data = written(name, Table([Column("n", "integer", range(rows))])).decode()
    if name == "csv":
        found = list(map(int, data.split()[1:]))
    elif name == "json":
        found = [row["n"] for row in json.loads(data)]
    else:
        found = [json.loads(line)["n"] for line in data.splitlines()]
    assert found == list(range(rows))


@pytest.mark.parametrize("name", ALL)
def test_a_file_is_saved_by_its_ending(tmp_path: Path, name: str) -> None:
    """The ending says the format; the file's mode stays."""
    path = tmp_path / f"runs.{name.upper()}"
    path.write_bytes(b"old")
    path.chmod(0o600)
    save(RUNS, path)
    assert path.read_bytes() != b"old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert is_text(name) == (b"\0" not in path.read_bytes())


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    """A failed export is no damaged export."""
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"old")
    with pytest.raises(UsageError):
        save(Table([]), path)
    assert path.read_bytes() == b"old"
    with pytest.raises(GittrackError, match=r"cannot write .*nowhere.*: no such file"):
        save(RUNS, tmp_path / "nowhere" / "runs.csv")


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """Saving to a named pipe writes into it, as other programs do."""
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save(RUNS[:1], path)
        assert os.read(reader, 1000).startswith(b"run_id,")
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("name", ["runs", "runs.xls", "runs.csv.gz"])
def test_an_unknown_ending_is_told_the_known_ones(name: str) -> None:
    """No format is guessed."""
    with pytest.raises(UsageError, match="which format is") as caught:
        format_of(Path(name))
    assert ".parquet" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("parquet", "pyarrow", "arrow"),
        ("arrow", "pyarrow", "arrow"),
        ("xlsx", "xlsxwriter", "excel"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str, extra: str
) -> None:
    """The hint is the command that installs what the format needs."""
    for module in [found for found in sys.modules if found.split(".")[0] == package]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=f"needs the package {package}") as caught:
        write(name, RUNS, io.BytesIO())
    assert caught.value.hint == f"install it with: pip install 'gittrack[{extra}]'"
