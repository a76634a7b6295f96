"""Tables in the Arrow C data interface and as data frames: every consumer reads the same values."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.errors import UsageError
from gittrack.tables import Column, Kind, Table

DAY = 86_400_000_000
MIXED = Table(
    [
        Column("name", "text", ["ü", None, "", "日本", "a\0b"]),
        Column("passed", "boolean", [True, None, False, True, False]),
        Column("count", "integer", [1, None, 2**63 - 1, -(2**63), 0]),
        Column("loss", "float", [0.1, None, math.inf, -math.inf, -0.0]),
        Column("start", "time", [0, None, DAY, -DAY, 1]),
        Column("layers", "json", [[1, 2], None, {"a": math.nan}, "x", 1]),
    ]
)
MOMENTS = [
    datetime(1970, 1, 1, tzinfo=UTC),
    None,
    datetime(1970, 1, 2, tzinfo=UTC),
    datetime(1969, 12, 31, tzinfo=UTC),
    datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
]
LAYERS = ["[1, 2]", None, '{"a": ".nan"}', '"x"', "1"]

VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["Cs"])),
    "boolean": st.booleans(),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False),
    "time": st.integers(-(2**55), 2**55),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.integers(0, 20))
    kinds = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=6))
    return Table(
        Column(
            f"c{number}",
            kind,
            draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows)),
        )
        for number, kind in enumerate(kinds)
    )


def test_every_consumer_reads_the_same_values() -> None:
    """PyArrow, Polars and DuckDB read what is in the table, missing values included."""
    mixed = MIXED
    expected = {column.name: column.to_list() for column in mixed.columns}
    expected["layers"] = LAYERS
    assert pyarrow.table(mixed).to_pydict() == expected
    assert polars.DataFrame(mixed).to_dict(as_series=False) == expected
    connection = duckdb.connect()
    found = connection.sql("from mixed")
    names = [name for name in expected if name != "start"]  # DuckDB wants pytz for times
    rows = found.project(", ".join(names)).fetchall()
    assert rows == list(zip(*(expected[name] for name in names), strict=True))
    epochs = found.project("epoch_us(start)").fetchall()
    assert [value for (value,) in epochs] == list(mixed["start"].values)


@given(tables())
@settings(max_examples=60, deadline=None)
def test_arrow_keeps_every_value(table: Table) -> None:
    """PyArrow finds the table sound, and reads back each value of each kind."""
    made = pyarrow.table(table)
    made.validate(full=True)
    assert made.num_rows == len(table)
    for column in table.columns:
        found = made[column.name]
        plain = found.cast(pyarrow.int64()) if column.kind == "time" else found
        assert plain.to_pylist() == list(column.values)
        assert found.null_count == list(column.values).count(None)


def test_nan_is_not_missing() -> None:
    """NaN and a missing value are two things in Arrow."""
    made = polars.DataFrame(Table([Column("loss", "float", [math.nan, None])]))
    assert made["loss"].is_nan().to_list() == [True, None]
    assert made["loss"].null_count() == 1


def test_types_are_those_that_the_documentation_says() -> None:
    """The schema alone and the data say the same types."""
    expected = {
        "name": pyarrow.large_string(),
        "passed": pyarrow.bool_(),
        "count": pyarrow.int64(),
        "loss": pyarrow.float64(),
        "start": pyarrow.timestamp("us", tz="UTC"),
        "layers": pyarrow.large_string(),
    }
    assert pyarrow.schema(MIXED) == pyarrow.schema(list(expected.items()))
    assert pyarrow.table(MIXED).schema == pyarrow.schema(MIXED)


@pytest.mark.parametrize("rows", [65_535, 65_536, 65_537, 131_073])
def test_batches_meet_without_a_gap(rows: int) -> None:
    """A table longer than a batch comes whole and in order, bits and offsets as well."""
    numbers = [None if n % 7 == 3 else n for n in range(rows)]
    table = Table(
        [
            Column("n", "integer", numbers),
            Column("even", "boolean", [n % 2 == 0 for n in range(rows)]),
            Column("text", "text", [f"é{n}" for n in range(rows)]),
        ]
    )
    made = pyarrow.table(table)
    made.validate(full=True)
    assert made["n"].to_pylist() == numbers
    assert made["even"].to_pylist() == list(table["even"].values)
    assert made["text"].to_pylist() == list(table["text"].values)


@pytest.mark.parametrize("table", [Table([]), Table([Column("a", "text", [])])])
def test_an_empty_table_is_an_empty_frame(table: Table) -> None:
    """No rows, or no columns, are no error anywhere."""
    assert pyarrow.table(table).shape == (0, len(table.columns))
    assert polars.DataFrame(table).shape == (0, len(table.columns))
    assert table.to_pandas().shape == (0, len(table.columns))


def test_texts_and_names_that_utf8_cannot_hold_are_spelled_out() -> None:
    """A lone surrogate, and a NUL in a name, do no harm and stay visible."""
    table = Table([Column("a\0\ud800", "text", ["\udcff", "b"])])
    made = pyarrow.table(table)
    made.validate(full=True)
    assert made.to_pydict() == {"a\\x00\\ud800": ["\\udcff", "b"]}
    assert table.to_pandas().iloc[0, 0] == "\\udcff"


def test_the_data_outlives_the_table_and_its_values() -> None:
    """A consumer's frame is its own: the table may go, or a list of its values change."""
    values = [1.0, 2.0, 3.0]
    table = Table([Column("a", "float", values)])
    capsule = table.__arrow_c_stream__()
    values[0] = 9.0
    del table

    class Given:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return capsule

    assert pyarrow.table(Given())["a"].to_pylist() == [1.0, 2.0, 3.0]


@pytest.mark.slow
def test_streams_are_released_by_whom_it_may_concern() -> None:
    """Streams dropped, read halfway, and freed in other threads or at exit leave no memory and no
    crash behind."""
    script = """
import os, threading
import pyarrow
def megabytes():
    if not os.path.exists("/proc/self/statm"):
        return 0  # only Linux tells what is in use; the peak is inherited from the parent
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024**2
from gittrack.tables import Column, Table
table = Table([Column(f"c{n}", "float", [0.5] * 70_000) for n in range(4)]
    + [Column("t", "text", ["abc"] * 70_000)])
def work(times):
    for _ in range(times):
        table.__arrow_c_stream__()
        pyarrow.RecordBatchReader.from_stream(table).read_next_batch()
        pyarrow.table(table)
work(2)
before = megabytes()
threads = [threading.Thread(target=work, args=(10,)) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(megabytes() - before)
class Kept: pass
kept = Kept(); kept.itself = kept; kept.data = pyarrow.table(table)
object.__setattr__(pyarrow, "kept", kept)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    # 60 tables of 3 MB each went by; an allocator may keep the room of a few.
    assert int(ended.stdout) < 30


def test_pandas_has_the_dtypes_of_a_data_scientist() -> None:
    """Plain dtypes where nothing is missing; else NaN, or dtypes that know missing values."""
    whole = MIXED[:1].to_pandas().dtypes.astype(str).to_dict()
    gaps = MIXED.to_pandas().dtypes.astype(str).to_dict()
    text = "str" if int(pandas.__version__.split(".")[0]) >= 3 else "object"
    assert whole == {
        "name": text,
        "passed": "bool",
        "count": "int64",
        "loss": "float64",
        "start": "datetime64[us, UTC]",
        "layers": "object",
    }
    assert gaps == {**whole, "passed": "boolean", "count": "Int64"}


def test_pandas_has_every_value() -> None:
    """Integers stay exact beside missing ones, times are in UTC, lists are lists."""
    frame = MIXED.to_pandas()
    assert frame["count"].dropna().tolist() == [1, 2**63 - 1, -(2**63), 0]
    assert frame["passed"].dropna().tolist() == [True, False, True, False]
    assert frame["loss"].dropna().tolist() == [0.1, math.inf, -math.inf, -0.0]
    assert frame["start"].dropna().tolist() == [m for m in MOMENTS if m is not None]
    assert frame["name"].dropna().tolist() == ["ü", "", "日本", "a\0b"]
    assert frame["layers"].tolist()[0] == [1, 2]
    assert frame.isna().sum().tolist() == [1] * 6


def test_a_data_frame_needs_no_pyarrow() -> None:
    """pandas alone is enough, and nothing of ours imports PyArrow or nanoarrow for it."""
    script = """
import sys
sys.modules["pyarrow"] = sys.modules["nanoarrow"] = None
from gittrack.tables import Column, Table
frame = Table([Column("a", "text", ["x", None]), Column("t", "time", [1, None])]).to_pandas()
print(frame.shape)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.stdout == "(2, 2)\n", ended.stderr


@pytest.mark.parametrize(
    ("missing", "use", "extra"),
    [
        ("nanoarrow", "__arrow_c_stream__", "arrow"),
        ("nanoarrow", "__arrow_c_schema__", "arrow"),
        ("pandas", "to_pandas", "pandas"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, missing: str, use: str, extra: str
) -> None:
    """The hint is the command that installs what is missing."""
    for module in [name for name in sys.modules if name.split(".")[0] == missing]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        getattr(MIXED, use)()
    assert missing in str(caught.value)
    assert caught.value.hint == f"install it with: pip install 'gittrack[{extra}]'"


def test_a_table_costs_no_package_until_one_asks() -> None:
    """Making a table imports neither pandas nor NumPy nor anything of Arrow."""
    script = """
import sys
from gittrack.tables import table_of
table_of([{"a": 1}]).to_dicts()
print([name for name in ("pandas", "numpy", "nanoarrow", "pyarrow") if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.stdout == "[]\n", ended.stderr
