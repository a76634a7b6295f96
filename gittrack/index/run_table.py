"""Runs as columns, read from the index without making runs of them: tables of 100,000."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gittrack.index.run_schema import BOOLEAN, EMPTY, FLOAT, INTEGER, LIST, NULL, STRING
from gittrack.tables import Column, Kind, Table, column_of

ATTRIBUTES: dict[str, tuple[Kind, str]] = {
    "run_id": ("text", "r.id"),
    "run_name": ("text", "r.name"),
    "experiment_name": ("text", "e.name"),
    "number": ("integer", "r.number"),
    "trial_number": ("integer", "r.trial"),
    "status": ("text", "r.status"),
    "start_time": ("time", "r.started"),
    "end_time": ("time", "r.ended"),
    "duration": ("float", "(r.ended - r.started) / 1e6"),
    "config_id": ("text", "r.config"),
    "git_commit": ("text", "r.head"),
    "branch": ("text", "r.branch"),
    "parent_run_id": ("text", "r.parent"),
}
"""The attributes that a table of runs begins with: what they hold, and where that is."""

_FEW = 5_000
"""Up to so many runs, their rows are looked up; beyond, the tables are read through."""


def run_table(
    connection: sqlite3.Connection,
    numbers: Sequence[int],
    *,
    attributes: Iterable[str] = ATTRIBUTES,
    kinds: Iterable[str] = ("param", "metric", "tag", "validation"),
) -> Table:
    """The runs of those rows in that order, a column for each attribute and each key.

    Keys are named `params.lr`, `metrics.loss`, `tags.user`, `validations.ttpt.passed`; those that
    none of the runs has are left out. NaN stays, what is missing is `None`.
    """
    position = _positions(numbers)
    columns = _attributes(connection, numbers, position, list(attributes))
    for kind in kinds:
        for source in _SOURCES[kind]:
            columns += _Cells(connection, source, position, len(numbers)).columns(numbers)
    return Table(columns)


def _positions(numbers: Sequence[int]) -> list[int]:
    """For each row of `run`, its place in the table; -1 for those that are not in it."""
    position = [-1] * (max(numbers, default=0) + 1)
    for place, number in enumerate(numbers):
        position[number] = place
    return position


def _attributes(
    connection: sqlite3.Connection,
    numbers: Sequence[int],
    position: list[int],
    names: Sequence[str],
) -> list[Column]:
    if not names:
        return []
    sources = ", ".join(ATTRIBUTES[name][1] for name in names)
    query = f"SELECT r.n, {sources} FROM run r JOIN experiment e ON e.n = r.experiment"
    values: list[list[Any]] = [[None] * len(numbers) for _ in names]
    for number, *row in _rows(connection, query, "r.n", numbers):
        place = position[number] if number < len(position) else -1
        if place >= 0:
            for column, value in zip(values, row, strict=True):
                column[place] = value
    return [
        Column(name, ATTRIBUTES[name][0], column)
        for name, column in zip(names, values, strict=True)
    ]


def _rows(
    connection: sqlite3.Connection, query: str, column: str, numbers: Sequence[int]
) -> sqlite3.Cursor:
    if len(numbers) > _FEW:
        return connection.execute(query)
    word = "AND" if " WHERE " in query else "WHERE"
    these = f"{query} {word} {column} IN (SELECT value FROM json_each(?))"
    return connection.execute(these, (json.dumps(list(numbers)),))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where values by key lie: the keys' kind, the table, the SQL of the value and of its kind."""

    kind: str
    table: str
    value: str
    value_kind: str
    column: str


_SOURCES = {
    "param": (_Source("param", "run_param", "value", "kind", "params.{}"),),
    "metric": (_Source("metric", "run_metric", "value", str(FLOAT), "metrics.{}"),),
    "tag": (_Source("tag", "run_tag", "value", str(STRING), "tags.{}"),),
    "validation": (
        _Source("validation", "run_validation", "passed", str(BOOLEAN), "validations.{}.passed"),
        _Source(
            "validation",
            "run_validation",
            "violations",
            str(INTEGER),
            "validations.{}.num_violations",
        ),
    ),
}


class _Cells:
    """The columns of one source."""

    def __init__(
        self, connection: sqlite3.Connection, source: _Source, position: list[int], count: int
    ) -> None:
        self._db = connection
        self._source = source
        self._position = position
        self._count = count
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
            yield _column(name, self._columns[key], self._kinds[key])

    def _by_run(self, numbers: Sequence[int]) -> None:
        one = self._source
        place = " AND place = ''" if one.kind == "param" else ""
        query = (
            f"SELECT run, key, {one.value}, {one.value_kind} FROM {one.table}"
            f" WHERE run IN (SELECT value FROM json_each(?)){place}"
        )
        for run, key, value, kind in self._db.execute(query, (json.dumps(list(numbers)),)):
            self._column(key, kind)[self._position[run]] = _plain(kind, value)

    def _texts(self, key: int) -> None:
        """Each text once, with the runs that have it: most texts are had by many."""
        one = self._source
        rows = self._db.execute(
            f"SELECT {one.value}, json_group_array(run) FROM {one.table}"
            f" WHERE key = ? AND {one.value_kind} = {STRING} GROUP BY {one.value}",
            (key,),
        )
        for text, runs in rows:
            for run in json.loads(runs):
                place = self._place(run)
                if place >= 0:
                    self._column(key, STRING)[place] = text

    def _others(self, key: int) -> None:
        one, position, last = self._source, self._position, len(self._position)
        rows = self._db.execute(
            f"SELECT run, {one.value}, {one.value_kind} FROM {one.table}"
            f" WHERE key = ? AND {one.value_kind} != {STRING}",
            (key,),
        )
        column: list[Any] = []
        known = -1
        for run, value, kind in rows:
            place = position[run] if run < last else -1
            if place < 0:
                continue
            if kind != known:
                known, column = kind, self._column(key, kind)
            # The usual cases without a call: this is done for every number of 100,000 runs.
            if kind == INTEGER or (kind == FLOAT and value is not None):
                column[place] = value
            else:
                column[place] = _plain(kind, value)

    def _place(self, run: int) -> int:
        return self._position[run] if run < len(self._position) else -1

    def _column(self, key: int, kind: int) -> list[Any]:
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = [None] * self._count
            self._kinds[key] = set()
        self._kinds[key].add(kind)
        return column


def _plain(kind: int, value: Any) -> Any:
    """A value as Python has it, which SQLite may have otherwise."""
    if kind == BOOLEAN:
        return bool(value)
    if kind == FLOAT and value is None:
        return math.nan
    if kind in (LIST, EMPTY):
        return json.loads(value)
    return value


def _column(name: str, values: list[Any], kinds: set[int]) -> Column:
    kinds = kinds - {NULL}
    if kinds == {FLOAT}:
        return Column(name, "float", values)
    if kinds == {STRING}:
        return Column(name, "text", values)
    if kinds == {BOOLEAN}:
        return Column(name, "boolean", values)
    return column_of(name, values)
