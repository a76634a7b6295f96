"""Runs as columns, read from the index without making runs of them: tables of 100,000."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gittrack.errors import QueryError
from gittrack.index.run_conditions import COLUMNS, statistic_column
from gittrack.index.run_plan import IndexKeys
from gittrack.index.run_schema import BOOLEAN, EMPTY, FLOAT, INTEGER, LIST, NULL, STRING
from gittrack.query import parse_field
from gittrack.runs.fields import (
    Attribute,
    Metric,
    Param,
    Passed,
    RunField,
    Statistic,
    Tag,
    Violations,
    resolve,
)
from gittrack.tables import Column, Kind, Table, column_of

_KINDS: dict[str, Kind] = {
    "start_time": "time",
    "end_time": "time",
    "duration": "float",
    "number": "integer",
    "trial": "integer",
    "children": "integer",
}
"""What the attributes hold that are no texts."""

_SOURCES_OF = COLUMNS | {
    "experiment": "e.name",
    "experiment_name": "e.name",
    "experiment_id": "e.slug",
    "children": "(SELECT count(*) FROM run c WHERE c.parent = r.id)",
}

ATTRIBUTES = {
    "run_id": "run_id",
    "run_name": "run_name",
    "experiment_name": "experiment_name",
    "number": "number",
    "trial_number": "trial",
    "status": "status",
    "start_time": "start_time",
    "end_time": "end_time",
    "duration": "duration",
    "config_id": "config",
    "git_commit": "git_commit",
    "branch": "branch",
    "parent_run_id": "parent",
}
"""The attributes that a whole table of runs begins with, by the names of their columns."""

_FEW = 5_000
"""Up to so many runs, their rows are looked up; beyond, the tables are read through."""


def run_table(connection: sqlite3.Connection, numbers: Sequence[int]) -> Table:
    """The runs of those rows in that order: all attributes, and a column for each key.

    Keys are named `params.lr`, `metrics.loss`, `tags.user`, `validations.ttpt.passed`; those that
    none of the runs has are left out. NaN stays, what is missing is `None`.
    """
    position = _positions(connection, numbers)
    columns = _attributes(connection, numbers, position, ATTRIBUTES)
    for source in _SOURCES:
        columns += _Cells(connection, source, position, len(numbers)).columns(numbers)
    return Table(columns)


def run_columns(
    connection: sqlite3.Connection, numbers: Sequence[int], names: Sequence[str]
) -> Table:
    """The runs of those rows in that order, with the columns that are named as in a query.

    Raises:
        QueryError: a name stands for no field of a run, or for none that has one value.
    """
    position = _positions(connection, numbers)
    keys = IndexKeys(connection)
    fields = {name: resolve(parse_field(name), keys, name) for name in dict.fromkeys(names)}
    attributes = {name: f.name for name, f in fields.items() if isinstance(f, Attribute)}
    # One walk through the runs for all of them.
    columns = {c.name: c for c in _attributes(connection, numbers, position, attributes)}
    for name, found in fields.items():
        if name not in attributes:
            source, key = _source_of(found, name)
            cells = _Cells(connection, source, position, len(numbers))
            columns[name] = cells.column(numbers, key, name)
    return Table(columns[name] for name in fields)


def _source_of(found: RunField, name: str) -> tuple[_Source, str]:
    """Where the values of a field lie, and under which key."""
    match found:
        case Metric(key=key, statistic=Statistic.LAST):
            return _METRICS, key
        case Metric(key=key, statistic=statistic):
            kind = INTEGER if statistic is Statistic.COUNT else FLOAT
            rows = "run_metric m LEFT JOIN run_series s USING (run, key)"
            return _Source("metric", rows, statistic_column(statistic), str(kind), ""), key
        case Param(key=key, positions=()) if not key.endswith("[]"):
            return _PARAMS, key
        case Tag(key=key):
            return _TAGS, key
        case Passed(name=key):
            return _PASSED, key
        case Violations(name=key):
            return _VIOLATIONS, key
        case _:
            raise QueryError(
                f"{name} cannot be a column: it may have several values, or none is kept",
                query=name,
                column=1,
                hint="columns are attributes, metrics.…, params.…, tags.… and validations.…",
            )


def _positions(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[int]:
    """For each row of `run`, its place in the table; -1 for those that are not in it.

    Columns are filled with one cell more at their end, which takes what is of no run of the table.
    Rows that come meanwhile, by another process, are to be left out by their numbers.
    """
    (last,) = connection.execute("SELECT coalesce(max(n), 0) FROM run").fetchone()
    position = [-1] * (max(last, max(numbers, default=0)) + 1)
    for place, number in enumerate(numbers):
        position[number] = place
    return position


def _attributes(
    connection: sqlite3.Connection,
    numbers: Sequence[int],
    position: list[int],
    names: Mapping[str, str],
) -> list[Column]:
    """A column for each of `names`, which maps a column's name to the attribute."""
    if not names:
        return []
    sources = ", ".join(_SOURCES_OF[name] for name in names.values())
    query = (
        # CROSS JOIN keeps SQLite from going through the runs experiment by experiment.
        f"SELECT r.n, {sources} FROM run r CROSS JOIN experiment e ON e.n = r.experiment"
        f" WHERE r.n < {len(position)}"
    )
    missing: tuple[Any, ...] = (None,) * (len(names) + 1)
    rows = [missing] * (len(numbers) + 1)
    for row in _rows(connection, query, "r.n", numbers):
        rows[position[row[0]]] = row
    values = list(zip(*rows[:-1], strict=True))[1:] if numbers else [()] * len(names)
    return [
        Column(name, _KINDS.get(attribute, "text"), column)
        for (name, attribute), column in zip(names.items(), map(list, values), strict=True)
    ]


def _rows(
    connection: sqlite3.Connection, query: str, column: str, numbers: Sequence[int]
) -> sqlite3.Cursor:
    if len(numbers) > _FEW:
        return connection.execute(query)
    these = f"{query} AND {column} IN (SELECT value FROM json_each(?))"
    return connection.execute(these, (json.dumps(list(numbers)),))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where values by key lie: the keys' kind, the table, the SQL of the value and of its kind."""

    kind: str
    table: str
    value: str
    value_kind: str
    column: str


_PARAMS = _Source("param", "run_param", "value", "kind", "params.{}")
_METRICS = _Source("metric", "run_metric", "value", str(FLOAT), "metrics.{}")
_TAGS = _Source("tag", "run_tag", "value", str(STRING), "tags.{}")
_PASSED = _Source("validation", "run_validation", "passed", str(BOOLEAN), "validations.{}.passed")
_VIOLATIONS = _Source(
    "validation",
    "run_validation",
    "violations",
    str(INTEGER),
    "validations.{}.num_violations",
)
_SOURCES = (_PARAMS, _METRICS, _TAGS, _PASSED, _VIOLATIONS)


class _Cells:
    """The columns of one source."""

    def __init__(
        self, connection: sqlite3.Connection, source: _Source, position: list[int], count: int
    ) -> None:
        self._db = connection
        self._source = source
        self._position = position
        self._count = count
        self._has_all = -1 not in position[1:]
        self._columns: dict[int, list[Any]] = {}
        self._kinds: dict[int, set[int]] = {}
        self._names: dict[int, str] = dict(
            connection.execute("SELECT n, name FROM run_key WHERE kind = ?", (source.kind,))
        )

    def columns(self, numbers: Sequence[int]) -> Iterator[Column]:
        """A column for each key that some of the runs have, by the keys' names."""
        if len(numbers) <= _FEW:
            self._by_run(numbers)
        else:
            for key, name in self._names.items():
                if not name.endswith("[]") or self._source.kind != "param":
                    self._texts(key)
                    self._others(key)
        for key in sorted(self._columns, key=lambda key: self._names[key]):
            name = self._source.column.format(self._names[key])
            yield _column(name, self._columns[key][:-1], self._kinds[key])

    def column(self, numbers: Sequence[int], key_name: str, name: str) -> Column:
        """The column of one key; empty where no run has it."""
        for key in (n for n, known in self._names.items() if known == key_name):
            if len(numbers) <= _FEW:
                self._by_run(numbers, key)
            else:
                self._texts(key)
                self._others(key)
            if key in self._columns:
                return _column(name, self._columns[key][:-1], self._kinds[key])
        return _column(name, [None] * self._count, set())

    def _by_run(self, numbers: Sequence[int], only: int | None = None) -> None:
        one = self._source
        place = " AND place = ''" if one.kind == "param" else ""
        query = (
            f"SELECT run, key, {one.value}, {one.value_kind} FROM {one.table}"
            f" WHERE run IN (SELECT value FROM json_each(?)) AND (?2 IS NULL OR key = ?2){place}"
        )
        these = (json.dumps(list(numbers)), only)
        for run, key, value, kind in self._db.execute(query, these):
            self._column(key, kind)[self._position[run]] = _plain(kind, value)

    def _texts(self, key: int) -> None:
        """Each text once, with the runs that have it: most texts are had by many."""
        one, position = self._source, self._position
        rows = self._db.execute(
            f"SELECT {one.value}, json_group_array(run) FROM {one.table}"
            f" WHERE key = ? AND run < ? AND {one.value_kind} = {STRING} GROUP BY {one.value}",
            (key, len(position)),
        )
        for text, runs in rows:
            places = [place for run in json.loads(runs) if (place := position[run]) >= 0]
            if places:
                column = self._column(key, STRING)
                for place in places:
                    column[place] = text

    def _others(self, key: int) -> None:
        one, position = self._source, self._position
        rows: Iterable[tuple[int, Any, int]] = self._db.execute(
            f"SELECT run, {one.value}, {one.value_kind} FROM {one.table}"
            f" WHERE key = ? AND run < ? AND {one.value_kind} != {STRING}",
            (key, len(position)),
        )
        if not self._has_all:
            rows = (row for row in rows if position[row[0]] >= 0)
        column: list[Any] = []
        known, is_number = -1, False
        # Little is done for a number: this is done for every one of 100,000 runs.
        for run, value, kind in rows:
            if kind != known:
                known, column = kind, self._column(key, kind)
                is_number = kind in (INTEGER, FLOAT)
            column[position[run]] = (
                value if is_number and value is not None else _plain(kind, value)
            )

    def _column(self, key: int, kind: int) -> list[Any]:
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = [None] * (self._count + 1)
            self._kinds[key] = set()
        self._kinds[key].add(kind)
        return column


def _plain(kind: int, value: Any) -> Any:
    """A value as Python has it, which SQLite may have otherwise."""
    if kind == BOOLEAN:
        return bool(value)
    if kind == FLOAT and value is None:
        return math.nan
    if kind == LIST:
        return list(_elements(value))
    if kind == EMPTY:
        return json.loads(value)
    return value


@lru_cache(maxsize=1000)
def _elements(text: str) -> tuple[Any, ...]:
    """The scalars of a list; many runs have the same one."""
    return tuple(json.loads(text))


def _column(name: str, values: list[Any], kinds: set[int]) -> Column:
    kinds = kinds - {NULL}
    if kinds == {FLOAT}:
        return Column(name, "float", values)
    if kinds == {STRING}:
        return Column(name, "text", values)
    if kinds == {BOOLEAN}:
        return Column(name, "boolean", values)
    return column_of(name, values)
