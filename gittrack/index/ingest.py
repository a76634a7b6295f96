"""Stored files into the index's tables: objects into leaves, records into summaries."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gittrack.canonical import read
from gittrack.codec import Folded, decode_record, fold, record_name
from gittrack.errors import DataError, GittrackError
from gittrack.ids import ConfigId
from gittrack.index.leaves import Leaves
from gittrack.model import MetaRecord
from gittrack.store.layout import Stored, meta_path, object_path, parse_path

CATALOGUE_PLANE = 0

_ROWS_AT_ONCE = 300_000  # about 40 MB of tuples; sorted, they fill the clustered table in order
_TEXTS_AT_ONCE = 500_000
_CONFIGS_AT_ONCE = 5_000
_NO_PARENTS = "[]"


@dataclass(frozen=True, slots=True)
class Found:
    """A stored file to index: what it is, and its bytes (`None`: it is gone)."""

    stored: Stored
    data: bytes | None


@dataclass(slots=True)
class _Known:
    """A config's number, and whether its leaves are stored (or wait to be)."""

    number: int
    complete: bool


class Ingest:
    """Takes in files of any plane; `finish` writes what was gathered.

    Rows are gathered and written table by table: statement by statement, the first build of a large
    index would take half as long again.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        (last,) = connection.execute("SELECT coalesce(max(n), 0) FROM config").fetchone()
        self._last_number: int = last
        self._all_known = last == 0
        self._known: dict[ConfigId, _Known] = {}
        self._texts: dict[str, int] = {}
        self._dirty: set[int] = set()
        self._leaves = Leaves(self._number_of_key, self._number_of_text)
        self._configs: list[tuple[int, ConfigId]] = []
        self._counts: list[tuple[int, int]] = []
        self._objects: list[tuple[int, int]] = []
        self._records: list[tuple[object, ...]] = []

    def take(self, plane: int, files: Iterable[Found]) -> set[ConfigId]:
        """Take in files of a plane; returns the configs of which something is gone or damaged."""
        lost: set[ConfigId] = set()
        for found in files:
            if found.data is None:
                self._remove(plane, found.stored)
                lost.add(found.stored.id)
                continue
            try:
                self._add(plane, found.stored, found.data)
            except GittrackError as error:
                self._remove(plane, found.stored)
                lost.add(found.stored.id)
                self._note_damage(plane, found.stored, str(error))
            if self._leaves.waiting > _ROWS_AT_ONCE:
                self._write()
        self._write()
        if plane == CATALOGUE_PLANE:
            self._supersede()
        self._forget_mended()
        return lost

    def finish(self) -> None:
        """Fold anew the records of every config that was touched."""
        numbers = sorted(self._dirty)
        for start in range(0, len(numbers), _CONFIGS_AT_ONCE):
            self._summarise(json.dumps(numbers[start : start + _CONFIGS_AT_ONCE]))
        self._dirty.clear()

    def _add(self, plane: int, stored: Stored, data: bytes) -> None:
        if stored.record is None:
            number = self._object(stored.id, data)
            self._objects.append((number, plane))
        else:
            number = self._record(plane, stored.id, stored.record, data)
        self._dirty.add(number)

    def _remove(self, plane: int, stored: Stored) -> None:
        self._db.execute(
            "DELETE FROM damaged WHERE plane = ? AND path = ?", (plane, path_of(stored))
        )
        known = self._find(stored.id)
        if known is None:
            return
        if stored.record is None:
            self._db.execute(
                "DELETE FROM object WHERE config = ? AND plane = ?", (known.number, plane)
            )
        else:
            self._db.execute(
                "DELETE FROM record WHERE config = ? AND plane = ? AND name = ?",
                (known.number, plane, stored.record),
            )
        self._dirty.add(known.number)

    def _forget_mended(self) -> None:
        """Damage is told as long as neither that plane nor the catalogue has the file whole."""
        damaged: list[tuple[int, str]] = self._db.execute(
            "SELECT plane, path FROM damaged"
        ).fetchall()
        for plane, path in damaged:
            stored = parse_path(path)
            if stored is not None and self._is_held(stored, plane):
                self._db.execute("DELETE FROM damaged WHERE plane = ? AND path = ?", (plane, path))

    def _is_held(self, stored: Stored, plane: int) -> bool:
        known = self._find(stored.id)
        if known is None:
            return False
        query = "SELECT 1 FROM object WHERE config = ? AND plane IN (0, ?)"
        values: tuple[int | str, ...] = (known.number, plane)
        if stored.record is not None:
            query = "SELECT 1 FROM record WHERE config = ? AND plane IN (0, ?) AND name = ?"
            values += (stored.record,)
        return self._db.execute(query, values).fetchone() is not None

    def _supersede(self) -> None:
        """What the catalogue has, the other planes need not keep."""
        self._db.execute(
            "DELETE FROM object WHERE plane > 0"
            " AND config IN (SELECT config FROM object WHERE plane = 0)"
        )
        self._db.execute(
            "DELETE FROM record WHERE plane > 0"
            " AND (config, name) IN (SELECT config, name FROM record WHERE plane = 0)"
        )

    def _object(self, config_id: ConfigId, data: bytes) -> int:
        if hashlib.sha256(data).hexdigest() != config_id:
            raise DataError("its bytes do not hash to its name")
        known = self._find(config_id)
        if known is not None and known.complete:
            return known.number
        config = read(data)
        if not isinstance(config, dict):
            raise DataError("not a mapping")
        if known is None:
            known = self._new(config_id)
        self._counts.append((self._leaves.add(known.number, config), known.number))
        known.complete = True
        return known.number

    def _record(self, plane: int, config_id: ConfigId, name: str, data: bytes) -> int:
        if record_name(data) != name:
            raise DataError("its bytes do not hash to its name")
        record = decode_record(data)
        number = (self._find(config_id) or self._new(config_id)).number
        parents = json.dumps(record.parents) if record.parents else _NO_PARENTS
        self._records.append(
            (
                number,
                plane,
                name,
                record.created_at,
                record.author,
                record.description,
                parents,
                record.source,
            )
        )
        return number

    def _find(self, config_id: ConfigId) -> _Known | None:
        known = self._known.get(config_id)
        if known is None and not self._all_known:
            row = self._db.execute(
                "SELECT n, leaves IS NOT NULL FROM config WHERE id = ?", (config_id,)
            ).fetchone()
            if row is not None:
                known = self._known[config_id] = _Known(row[0], bool(row[1]))
        return known

    def _new(self, config_id: ConfigId) -> _Known:
        self._last_number += 1
        known = self._known[config_id] = _Known(self._last_number, complete=False)
        self._configs.append((known.number, config_id))
        return known

    def _number_of_key(self, name: str) -> int:
        return self._stored_number("key", name)

    def _number_of_text(self, text: str) -> int:
        number = self._texts.get(text)
        if number is None:
            if len(self._texts) > _TEXTS_AT_ONCE:
                self._texts.clear()
            number = self._texts[text] = self._stored_number("text", text)
        return number

    def _stored_number(self, table: str, text: str) -> int:
        row = self._db.execute(f"SELECT n FROM {table} WHERE name = ?", (text,)).fetchone()
        if row is None:
            cursor = self._db.execute(f"INSERT INTO {table} (name) VALUES (?)", (text,))
            return int(cursor.lastrowid or 0)
        return int(row[0])

    def _note_damage(self, plane: int, stored: Stored, reason: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO damaged VALUES (?, ?, ?)", (plane, path_of(stored), reason)
        )

    def _write(self) -> None:
        write = self._db.executemany
        write("INSERT INTO config (n, id) VALUES (?, ?)", self._configs)
        write("UPDATE config SET leaves = ? WHERE n = ?", self._counts)
        write("INSERT OR IGNORE INTO object VALUES (?, ?)", self._objects)
        write("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._records)
        for rows in self._leaves.take_rows():
            write("INSERT OR IGNORE INTO param VALUES (?, ?, ?, ?, ?)", rows)
        for waiting in (self._configs, self._counts, self._objects, self._records):
            waiting.clear()

    def _summarise(self, numbers: str) -> None:
        """Fold the records of these configs (a JSON list) anew, for each plane that shows them."""
        these = "WHERE config IN (SELECT value FROM json_each(?))"
        holding: dict[int, set[int]] = {}
        ids: dict[int, str] = {}
        for number, plane, config_id in self._db.execute(
            f"SELECT config, plane, id FROM object JOIN config ON n = config {these}", (numbers,)
        ):
            holding.setdefault(number, set()).add(plane)
            ids[number] = config_id
        records: dict[int, list[_RecordRow]] = {}
        for number, *record in self._db.execute(
            "SELECT config, plane, name, created_at, author, description, parents, source"
            f" FROM record {these}",
            (numbers,),
        ):
            records.setdefault(number, []).append(tuple(record))
        if not self._all_known:
            self._db.execute(f"DELETE FROM summary {these}", (numbers,))
        rows = (
            (plane, number, _folded(records.get(number, []), plane))
            for number, planes in holding.items()
            for plane in _showing(planes, records.get(number, []))
        )
        self._db.executemany(
            "INSERT INTO summary VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((plane, time, ids[n], n, *rest) for plane, n, (time, *rest) in rows),
        )


_RecordRow = tuple[int, str, str, str, str | None, str, str | None]


def _showing(holding: set[int], records: Iterable[_RecordRow]) -> set[int]:
    """The planes in which a config is shown in its own way."""
    if CATALOGUE_PLANE not in holding:
        return holding
    return holding | {record[0] for record in records}


def _folded(records: Sequence[_RecordRow], plane: int) -> tuple[object, ...]:
    """The columns that records fold to; the usual single record needs no folding."""
    if len(records) == 1 and records[0][0] in (CATALOGUE_PLANE, plane):
        _, _, created_at, author, description, parents, source = records[0]
        return created_at, author, description or "", parents, source
    return _columns(fold(_named(records, plane)))


def _named(records: Iterable[_RecordRow], plane: int) -> list[tuple[str, MetaRecord]]:
    return [
        (name, MetaRecord(created_at, author, description, tuple(json.loads(parents)), source))
        for place, name, created_at, author, description, parents, source in records
        if place in (CATALOGUE_PLANE, plane)
    ]


def _columns(known: Folded) -> tuple[object, ...]:
    parents = json.dumps(known.parents) if known.parents else _NO_PARENTS
    return known.created_at, known.author, known.description, parents, known.source


def path_of(stored: Stored) -> str:
    """Where a stored file lies."""
    if stored.record is None:
        return object_path(stored.id)
    return meta_path(stored.id, stored.record)
