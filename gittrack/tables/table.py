"""A table of typed columns, for every consumer the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from gittrack.errors import NotFoundError, UsageError
from gittrack.tables.column import Column
from gittrack.terminal import inline


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Table:
    """Columns of one length, each with a name of its own.

    Polars, PyArrow and DuckDB take a table as it is, by the Arrow PyCapsule interface
    (`gittrack[arrow]`): `polars.DataFrame(table)`, `pyarrow.table(table)`.
    """

    columns: tuple[Column, ...]

    def __init__(self, columns: Iterable[Column]) -> None:
        """A table of these columns.

        Raises:
            UsageError: two have one name, or they differ in length.
        """
        object.__setattr__(self, "columns", tuple(columns))
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise UsageError(f"two columns have the name {twice[0]!r}", hint="name each once")
        if len({len(column) for column in self.columns}) > 1:
            lengths = ", ".join(f"{column.name!r} {len(column)}" for column in self.columns)
            raise UsageError(f"the columns differ in length: {lengths}")

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, key: str) -> Column: ...
    @overload
    def __getitem__(self, key: slice) -> Table: ...
    def __getitem__(self, key: str | slice) -> Column | Table:
        """A column by its name, or a table of some rows: `table["loss"]`, `table[:10]`.

        Raises:
            NotFoundError: there is no such column.
        """
        if isinstance(key, slice):
            return Table(column.part(key) for column in self.columns)
        for column in self.columns:
            if column.name == key:
                return column
        raise self._unknown(key)

    def choose(self, names: Sequence[str]) -> Table:
        """The table with these columns alone, in this order.

        Raises:
            NotFoundError: there is no such column.
            UsageError: one is named twice.
        """
        known = {column.name: column for column in self.columns}
        for name in names:
            if name not in known:
                raise self._unknown(name)
        return Table(known[name] for name in names)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, values as Python has them: `None` where missing, datetimes in UTC."""
        return zip(*(column.to_list() for column in self.columns), strict=True)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A mapping for each row; every one has every column."""
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in self.rows()]

    def to_pandas(self) -> Any:
        """The table as a `pandas.DataFrame`, made without PyArrow.

        Missing numbers are NaN, missing integers and booleans `pandas.NA` (dtypes `Int64` and
        `boolean`, only where some are missing), times `datetime64[us, UTC]`.

        Raises:
            UsageError: pandas is not installed (`gittrack[pandas]`).
        """
        from gittrack.tables.frames import data_frame  # most tables never become one

        return data_frame(self.columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table in the Arrow C data interface; another schema than ours is not offered.

        Times are `timestamp[us, UTC]`, texts `large_string`, `json` is text.

        Raises:
            UsageError: nanoarrow is not installed (`gittrack[arrow]`).
        """
        del requested_schema  # a wish; consumers cast
        from gittrack.tables.arrow import stream

        return stream(self.columns)

    def __arrow_c_schema__(self) -> object:
        """The schema that `__arrow_c_stream__` has.

        Raises:
            UsageError: nanoarrow is not installed (`gittrack[arrow]`).
        """
        from gittrack.tables.arrow import schema

        return schema(self.columns).__arrow_c_schema__()

    def __repr__(self) -> str:
        """The table's size and its columns' kinds; no values, which may be many."""
        kinds = ", ".join(f"{column.name}: {column.kind}" for column in self.columns)
        return f"<Table of {len(self):,} rows: {inline(kinds)}>"

    def _repr_html_(self) -> str:
        """The table for notebooks: at most 20 rows and 30 columns, nothing in it is HTML."""
        from gittrack.tables.html import html_table

        return html_table(self.columns)

    def _unknown(self, name: str) -> NotFoundError:
        from difflib import get_close_matches  # most names are right

        similar = get_close_matches(name, self.names, n=1)
        known = ", ".join(self.names[:20]) + (", …" if len(self.columns) > 20 else "")
        hint = f"did you mean {similar[0]}?" if similar else f"columns are {known or 'none'}"
        return NotFoundError(f"there is no column {name!r}", hint=hint)
