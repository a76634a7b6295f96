"""Reading the index: listings, tags, names; the rows become the model's values here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gittrack.dates import format_time, parse_date
from gittrack.ids import ConfigId
from gittrack.index.sql import Sql
from gittrack.model import ConfigRecord, Problem, TagRecord


@dataclass(frozen=True, slots=True)
class Filter:
    """What a listing shows: all conditions must hold. Dates as `gittrack.dates` reads them."""

    tags: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    author: str | None = None
    where: str | None = None
    words: tuple[str, ...] = ()
    limit: int | None = None


_COLUMNS = "s.id, s.description, s.created_at, s.author, s.parents, s.source"
_TAGS_OF_ONE = (
    "SELECT t.name FROM tagged g JOIN tag t ON t.n = g.tag WHERE g.config_id = ? ORDER BY t.name"
)
_TAGS_OF_ALL = "SELECT g.config_id, t.name FROM tag t JOIN tagged g ON g.tag = t.n ORDER BY t.name"
_MANY = 1000  # rows; from there on, reading all tags at once is cheaper than row by row


def select(connection: sqlite3.Connection, plane: int, wanted: Filter) -> Iterator[ConfigRecord]:
    """The configs of catalogue and plane that the filter lets through, newest first.

    Raises:
        QueryError: `where` cannot be understood.
        UsageError: a date cannot be read.
    """
    condition = _condition(connection, plane, wanted)
    limit = "" if wanted.limit is None else f" LIMIT {int(wanted.limit)}"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM summary s WHERE {condition.text}"
        f" ORDER BY s.created_at DESC, s.id{limit}",
        condition.values,
    )
    return _records(connection, rows)


def by_ids(
    connection: sqlite3.Connection, plane: int, ids: Sequence[ConfigId]
) -> dict[ConfigId, ConfigRecord]:
    """The records of those configs that exist."""
    visible = _visible(connection, plane)
    found = {}
    for config_id in ids:
        row = connection.execute(
            f"SELECT {_COLUMNS} FROM summary s WHERE {visible.text} AND s.id = ?",
            (*visible.values, config_id),
        ).fetchone()
        if row is not None:
            found[config_id] = _record(connection, row)
    return found


def with_prefix(
    connection: sqlite3.Connection, plane: int, prefix: str, limit: int = 20
) -> list[ConfigRecord]:
    """The configs whose id starts so, in order of id."""
    visible = _visible(connection, plane)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM summary s"
        f" WHERE s.id >= ? AND s.id < ? AND {visible.text} ORDER BY s.id LIMIT ?",
        (prefix, f"{prefix}g", *visible.values, limit),
    )
    return [_record(connection, row) for row in rows]


def newest(connection: sqlite3.Connection, plane: int, number: int) -> ConfigRecord | None:
    """The config registered `number` configs before the newest one (0 is the newest)."""
    visible = _visible(connection, plane)
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM summary s WHERE {visible.text}"
        " ORDER BY s.created_at DESC, s.id LIMIT 1 OFFSET ?",
        (*visible.values, number),
    ).fetchone()
    return None if row is None else _record(connection, row)


def newest_of_tag(connection: sqlite3.Connection, tag: str) -> ConfigId | None:
    """The config that was given the tag last."""
    row = connection.execute(
        "SELECT g.config_id FROM tagged g JOIN tag t ON t.n = g.tag WHERE t.name = ?"
        " ORDER BY g.number DESC LIMIT 1",
        (tag,),
    ).fetchone()
    return None if row is None else ConfigId(row[0])


def bearing(connection: sqlite3.Connection, tag: str) -> list[str]:
    """The ids of the configs that bear the tag."""
    rows = connection.execute(
        "SELECT g.config_id FROM tagged g JOIN tag t ON t.n = g.tag WHERE t.name = ?", (tag,)
    )
    return [config_id for (config_id,) in rows]


def tags(connection: sqlite3.Connection) -> list[TagRecord]:
    """All tags that some config bears, by name."""
    rows = connection.execute(
        "SELECT t.name, t.ref, count(*), max(g.number), g.config_id, g.time"
        " FROM tag t JOIN tagged g ON g.tag = t.n GROUP BY t.n ORDER BY t.name"
    )
    return [
        TagRecord(name, ref, number, ConfigId(last), format_time(time * 1_000_000))
        for name, ref, number, _, last, time in rows
    ]


def damaged(connection: sqlite3.Connection, plane: int) -> list[Problem]:
    """Stored files that could not be read as what their names promise."""
    rows = connection.execute(
        "SELECT path, reason FROM damaged WHERE plane IN (0, ?) ORDER BY path", (plane,)
    )
    return [Problem("", path, reason) for path, reason in rows]


def _records(
    connection: sqlite3.Connection, rows: Iterable[Sequence[str]]
) -> Iterator[ConfigRecord]:
    every: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(rows):
        if number < _MANY:
            yield _record(connection, row)
            continue
        if number == _MANY:
            for config_id, name in connection.execute(_TAGS_OF_ALL):
                every[config_id] = (*every.get(config_id, ()), name)
        yield _with_tags(row, every.get(row[0], ()))


def _record(connection: sqlite3.Connection, row: Sequence[str]) -> ConfigRecord:
    return _with_tags(row, tuple(n for (n,) in connection.execute(_TAGS_OF_ONE, (row[0],))))


def _with_tags(row: Sequence[str], tags: tuple[str, ...]) -> ConfigRecord:
    config_id, description, created_at, author, parents, source = row
    return ConfigRecord(
        id=ConfigId(config_id),
        description=description,
        tags=tags,
        created_at=created_at,
        author=author,
        parents=() if parents == "[]" else tuple(json.loads(parents)),
        source=source,
    )


def _visible(connection: sqlite3.Connection, plane: int) -> Sql:
    beside = connection.execute(
        "SELECT 1 FROM summary WHERE plane = ? LIMIT 1", (plane,)
    ).fetchone()
    if beside is None:
        return Sql("s.plane = 0")
    return Sql(
        "(s.plane = ? OR (s.plane = 0 AND s.config NOT IN"
        " (SELECT config FROM summary WHERE plane = ?)))",
        (plane, plane),
    )


def _condition(connection: sqlite3.Connection, plane: int, wanted: Filter) -> Sql:
    parts = [_visible(connection, plane)]
    bearing = (
        "s.id IN (SELECT g.config_id FROM tagged g JOIN tag t ON t.n = g.tag WHERE t.name = ?)"
    )
    parts += [Sql(bearing, (tag,)) for tag in wanted.tags]
    if wanted.since is not None:
        parts.append(Sql("s.created_at >= ?", (parse_date(wanted.since).start,)))
    if wanted.until is not None:
        parts.append(Sql("s.created_at < ?", (parse_date(wanted.until).end,)))
    if wanted.author is not None:
        parts.append(Sql("instr(casefold(s.author), ?) > 0", (wanted.author.casefold(),)))
    if wanted.where is not None:
        parts.append(_where(wanted.where))
    parts += [_word(word) for word in wanted.words]
    return Sql(
        " AND ".join(part.text for part in parts),
        tuple(value for part in parts for value in part.values),
    )


def _where(query: str) -> Sql:
    from gittrack.index.plan import plan  # a listing without a query needs no grammar
    from gittrack.query import parse

    return plan(parse(query), query)


def _word(word: str) -> Sql:
    """A word is looked for in ids, tags, descriptions, sources, keys, texts, and as a number."""
    folded = word.casefold()
    where = (
        "(instr(casefold(s.description), ?) > 0 OR instr(casefold(coalesce(s.source, '')), ?) > 0"
        " OR s.id IN (SELECT g.config_id FROM tagged g JOIN tag t ON t.n = g.tag"
        "   WHERE instr(casefold(t.name), ?) > 0)"
        " OR s.config IN (SELECT config FROM param WHERE key IN"
        "   (SELECT n FROM key WHERE instr(casefold(name), ?) > 0))"
        " OR s.config IN (SELECT config FROM param WHERE kind = 4 AND value IN"
        "   (SELECT n FROM text WHERE instr(casefold(name), ?) > 0))"
    )
    values: list[str | int | float] = [folded] * 5
    if len(folded) >= 4:
        where += " OR substr(s.id, 1, ?) = ?"
        values += [len(folded), folded]
    try:
        values.append(float(word))
        where += " OR s.config IN (SELECT config FROM param WHERE kind IN (2, 3) AND value = ?)"
    except ValueError:
        pass
    return Sql(where + ")", tuple(values))
