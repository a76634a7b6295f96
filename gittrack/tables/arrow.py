"""Tables in the Arrow C data interface, through nanoarrow.

https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from gittrack.tables.cells import encodable, known_texts
from gittrack.tables.column import Column, Kind
from gittrack.tables.extras import needed

_BATCH_ROWS = 65_536
_TYPE_CODES = {"integer": "q", "float": "d", "time": "q"}


def stream(columns: Sequence[Column]) -> object:
    """A PyCapsule `arrow_array_stream` with all rows, in batches.

    Everything that it hands out is memory of nanoarrow's own. A consumer may therefore let go of
    it in any thread and after the interpreter's end: no Python runs then.

    Raises:
        UsageError: nanoarrow is not installed.
    """
    made = schema(columns)
    rows = len(columns[0]) if columns else 0
    starts = range(0, rows, _BATCH_ROWS)
    batches = [
        _batch(made, [column.part(slice(start, start + _BATCH_ROWS)) for column in columns])
        for start in starts
    ]
    kind = _nanoarrow("nanoarrow.c_array_stream").CArrayStream
    # `move` empties the schema as well, so that it cannot be checked against the batches any more.
    return kind.from_c_arrays(batches, made, move=True, validate=False).__arrow_c_stream__()


def schema(columns: Sequence[Column]) -> Any:
    """The columns' names and types as nanoarrow's schema of a struct.

    Raises:
        UsageError: nanoarrow is not installed.
    """
    nanoarrow = _nanoarrow("nanoarrow")
    fields = [
        nanoarrow.c_schema(_type(column.kind)).modify(name=_name(column.name)) for column in columns
    ]
    return nanoarrow.c_schema(nanoarrow.struct(fields))


def _batch(made: Any, columns: Sequence[Column]) -> Any:
    children = list(map(_array, columns))
    rows = len(columns[0])
    nanoarrow = _nanoarrow("nanoarrow")
    return nanoarrow.c_array_from_buffers(
        made, rows, [None], null_count=0, children=children, move=True
    )


def _array(column: Column) -> Any:
    missing = list(column.values).count(None)
    validity = _bits([v is not None for v in column.values]) if missing else b""
    buffers = [validity, *_buffers(column, missing=missing > 0)]
    owned = [_owned(buffer) if len(buffer) else None for buffer in buffers]
    nanoarrow = _nanoarrow("nanoarrow")
    return nanoarrow.c_array_from_buffers(
        _type(column.kind), len(column), owned, null_count=missing, move=True
    )


def _buffers(column: Column, *, missing: bool) -> list[bytes | array[Any]]:
    code = _TYPE_CODES.get(column.kind)
    if code is not None:
        known = [0 if v is None else v for v in column.values] if missing else column.values
        return [array(code, known)]
    if column.kind == "boolean":
        return [_bits(list(map(bool, column.values)))]
    texts = ["" if text is None else text for text in known_texts(column)]
    joined = "".join(texts)
    if joined.isascii():
        lengths, data = map(len, texts), joined.encode()
    else:
        encoded = [encodable(text).encode() for text in texts]
        lengths, data = map(len, encoded), b"".join(encoded)
    return [array("q", accumulate(lengths, initial=0)), data]


def _bits(values: list[bool]) -> bytes:
    """One bit for each value, the first in the lowest bit of the first byte."""
    digits = bytes(values[::-1]).translate(bytes.maketrans(b"\0\1", b"01"))
    return int(digits, 2).to_bytes((len(values) + 7) // 8, "little") if values else b""


def _owned(data: bytes | array[Any]) -> Any:
    """The bytes in memory of nanoarrow's own; a buffer of Python's would need Python to go."""
    builder = _nanoarrow("nanoarrow.c_buffer").CBufferBuilder()
    builder.write(memoryview(data).cast("B"))
    return builder.finish()


def _type(kind: Kind) -> Any:
    nanoarrow = _nanoarrow("nanoarrow")
    match kind:
        case "integer":
            return nanoarrow.int64()
        case "float":
            return nanoarrow.float64()
        case "boolean":
            return nanoarrow.bool_()
        case "time":
            return nanoarrow.timestamp("us", timezone="UTC")
        case "text" | "json":
            return nanoarrow.large_string()


def _name(name: str) -> str:
    """A name as a C string can hold it."""
    return encodable(name).replace("\0", "\\x00")


def _nanoarrow(module: str) -> Any:
    return needed(module, extra="arrow", purpose="handing a table to Arrow")
