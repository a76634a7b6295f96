"""Tables as pandas data frames, column by column through NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gittrack.tables.cells import plain_text
from gittrack.tables.column import Column
from gittrack.tables.extras import needed

_NO_TIME = -(2**63)  # how NumPy says that there is none


def data_frame(columns: Sequence[Column]) -> Any:
    """A `pandas.DataFrame`; its dtypes depend on kinds and on whether values are missing.

    Raises:
        UsageError: pandas is not installed.
    """
    pandas = _module("pandas")
    # `copy=False`: nobody else has these arrays.
    frame = pandas.DataFrame(dict(enumerate(map(_series, columns))), copy=False)
    frame.columns = [plain_text(column.name) for column in columns]
    return frame


def _series(column: Column) -> Any:
    pandas, numpy = _module("pandas"), _module("numpy")
    match column.kind:
        case "float":
            return pandas.Series(numpy.array(column.values, dtype="float64"), copy=False)
        case "integer":
            return _nullable(column, "int64", "Int64")
        case "boolean":
            return _nullable(column, "bool", "boolean")
        case "time":
            ticks = [_NO_TIME if v is None else v for v in column.values]
            moments = numpy.array(ticks, dtype="int64").view("datetime64[us]")
            return pandas.Series(moments, copy=False).dt.tz_localize("UTC")
        case "text":
            # As pandas itself reads text: `str` since version 3, objects before.
            dtype = "object" if int(pandas.__version__.split(".")[0]) < 3 else "str"
            texts = {text: plain_text(text) for text in set(column.values)}  # most are many runs'
            return pandas.Series(list(map(texts.get, column.values)), dtype=dtype)
        case "json":
            return pandas.Series(list(column.values), dtype="object")


def _nullable(column: Column, plain: str, nullable: str) -> Any:
    pandas, numpy = _module("pandas"), _module("numpy")
    if None not in column.values:
        return pandas.Series(numpy.array(column.values, dtype=plain), copy=False)
    known = numpy.array([v or 0 for v in column.values], dtype=plain)
    mask = numpy.array([v is None for v in column.values], dtype="bool")
    kind = pandas.arrays.IntegerArray if nullable == "Int64" else pandas.arrays.BooleanArray
    return pandas.Series(kind(known, mask), copy=False)


def _module(name: str) -> Any:
    return needed(name, extra="pandas", purpose="a data frame")
