"""Stored files into the index's tables: objects into leaves, records into summaries."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from gittrack.canonical import read
from gittrack.codec import Folded, decode_record, fold, record_name
from gittrack.errors import DataError, GittrackError
from gittrack.ids import ConfigId
from gittrack.index.leaves import leaves
from gittrack.index.schema import STRING
from gittrack.model import MetaRecord
from gittrack.store.layout import Stored, meta_path, object_path

CATALOGUE_PLANE = 0

_ROWS_AT_ONCE = 300_000  # about 40 MB of tuples; sorted, they fill the clustered table in order
_TEXTS_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Found:
    """A stored file to index: what it is, and its bytes (`None`: it is gone)."""

    stored: Stored
    data: bytes | None


class Ingest:
    """Takes in files of any plane; `finish` writes what was gathered."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._keys: dict[str, int] = dict(connection.execute("SELECT name, n FROM key"))
        self._texts: dict[str, int] = {}
        self._numbers: dict[ConfigId, int] = {}
        self._dirty: set[int] = set()
        self._rows: list[tuple[int, int, str, int, int | float | str | None]] = []

    def take(self, plane: int, files: Iterable[Found]) -> set[ConfigId]:
        """Take in files of a plane; returns the configs of which something is gone."""
        lost: set[ConfigId] = set()
        for found in files:
            if found.data is None:
                self._remove(plane, found.stored)
                lost.add(found.stored.id)
                continue
            try:
                self._add(plane, found.stored, found.data)
            except GittrackError as error:
                self._note_damage(plane, found.stored, str(error))
            if len(self._rows) > _ROWS_AT_ONCE:
                self._write_rows()
        return lost

    def finish(self) -> None:
        """Write the leaves, and fold anew the records of every config that was touched."""
        self._write_rows()
        for number in self._dirty:
            self._db.execute("DELETE FROM summary WHERE config = ?", (number,))
            self._db.executemany(
                "INSERT INTO summary VALUES (?, ?, ?, ?, ?, ?, ?)", self._summaries(number)
            )
        self._dirty.clear()

    def _add(self, plane: int, stored: Stored, data: bytes) -> None:
        values: list[int | str]
        if stored.record is None:
            number = self._object(stored.id, data)
            self._db.execute("INSERT OR IGNORE INTO object VALUES (?, ?)", (number, plane))
            where, values = "config = ?", [number]
        else:
            number = self._record(plane, stored.id, stored.record, data)
            where, values = "config = ? AND name = ?", [number, stored.record]
        self._dirty.add(number)
        if plane == CATALOGUE_PLANE:  # what the catalogue has now, the other planes need not keep
            table = "object" if stored.record is None else "record"
            self._db.execute(f"DELETE FROM {table} WHERE plane > 0 AND {where}", values)

    def _remove(self, plane: int, stored: Stored) -> None:
        self._db.execute(
            "DELETE FROM damaged WHERE plane = ? AND path = ?", (plane, path_of(stored))
        )
        row = self._row(stored.id)
        if row is None:
            return
        number = row[0]
        if stored.record is None:
            self._db.execute("DELETE FROM object WHERE plane = ? AND config = ?", (plane, number))
        else:
            self._db.execute(
                "DELETE FROM record WHERE plane = ? AND config = ? AND name = ?",
                (plane, number, stored.record),
            )
        self._dirty.add(number)

    def _object(self, config_id: ConfigId, data: bytes) -> int:
        row = self._row(config_id)
        if row is not None and row[1] is not None:
            return row[0]
        if hashlib.sha256(data).hexdigest() != config_id:
            raise DataError("its bytes do not hash to its name")
        config = read(data)
        if not isinstance(config, dict):
            raise DataError("not a mapping")
        found = leaves(config)
        number = self._number(config_id) if row is None else row[0]
        self._db.execute("UPDATE config SET leaves = ? WHERE n = ?", (len(found), number))
        keys, texts, rows = self._keys, self._texts, self._rows
        for key, place, kind, value in found:
            key_number = keys.get(key) or self._intern("key", key, keys)
            if kind == STRING:
                text = str(value)
                value = texts.get(text) or self._intern("text", text, texts)
            rows.append((key_number, number, place, kind, value))
        return number

    def _record(self, plane: int, config_id: ConfigId, name: str, data: bytes) -> int:
        if record_name(data) != name:
            raise DataError("its bytes do not hash to its name")
        record = decode_record(data)
        number = self._number(config_id)
        self._db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                plane,
                name,
                record.created_at,
                record.author,
                record.description,
                json.dumps(record.parents),
                record.source,
            ),
        )
        return number

    def _intern(self, table: str, text: str, cache: dict[str, int]) -> int:
        row = self._db.execute(f"SELECT n FROM {table} WHERE name = ?", (text,)).fetchone()
        if row is None:
            cursor = self._db.execute(f"INSERT INTO {table} (name) VALUES (?)", (text,))
            row = (cursor.lastrowid,)
        if len(cache) > _TEXTS_AT_ONCE:
            cache.clear()
        cache[text] = number = int(row[0])
        return number

    def _row(self, config_id: ConfigId) -> tuple[int, int | None] | None:
        row: tuple[int, int | None] | None = self._db.execute(
            "SELECT n, leaves FROM config WHERE id = ?", (config_id,)
        ).fetchone()
        return row

    def _number(self, config_id: ConfigId) -> int:
        number = self._numbers.get(config_id)
        if number is None:
            row = self._row(config_id)
            if row is None:
                cursor = self._db.execute("INSERT INTO config (id) VALUES (?)", (config_id,))
                number = int(cursor.lastrowid or 0)
            else:
                number = row[0]
            self._numbers[config_id] = number
        return number

    def _note_damage(self, plane: int, stored: Stored, reason: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO damaged VALUES (?, ?, ?)", (plane, path_of(stored), reason)
        )

    def _write_rows(self) -> None:
        self._rows.sort(key=lambda row: row[:3])
        self._db.executemany("INSERT OR IGNORE INTO param VALUES (?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()

    def _summaries(self, number: int) -> list[tuple[object, ...]]:
        """What a config's records fold to, in each plane that shows it."""
        holding = {
            p for (p,) in self._db.execute("SELECT plane FROM object WHERE config = ?", (number,))
        }
        records = self._db.execute(
            "SELECT plane, name, created_at, author, description, parents, source"
            " FROM record WHERE config = ?",
            (number,),
        ).fetchall()
        speaking = {record[0] for record in records}
        planes = holding | speaking if CATALOGUE_PLANE in holding else holding
        return [
            (number, plane, *_columns(fold(_named(records, (CATALOGUE_PLANE, plane)))))
            for plane in planes
        ]


def _named(
    records: Iterable[tuple[int, str, str, str, str | None, str, str | None]],
    planes: tuple[int, int],
) -> list[tuple[str, MetaRecord]]:
    return [
        (name, MetaRecord(created_at, author, description, tuple(json.loads(parents)), source))
        for plane, name, created_at, author, description, parents, source in records
        if plane in planes
    ]


def _columns(known: Folded) -> tuple[object, ...]:
    parents = json.dumps(known.parents)
    return known.created_at, known.author, known.description, parents, known.source


def path_of(stored: Stored) -> str:
    """Where a stored file lies."""
    if stored.record is None:
        return object_path(stored.id)
    return meta_path(stored.id, stored.record)
