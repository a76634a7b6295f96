"""What a person writes for a config, found: an id, a prefix, a tag, `@{N}`, a file's path."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from gittrack.canonical.plain import Plain
from gittrack.errors import AmbiguousError, NotFoundError, UsageError
from gittrack.ids import ConfigId, is_config_id, is_prefix, short
from gittrack.index import select
from gittrack.model import ConfigRecord

_NTH = re.compile(r"@\{(\d{1,9})\}|@")


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: a config's id, and its data where the name was a file."""

    id: ConfigId
    data: dict[str | int, Plain] | None = None


def find(connection: sqlite3.Connection, plane: int, name: str) -> Named:
    """The config that a name stands for.

    In this order: `@{N}` (the N-th newest, `@` for `@{0}`), `tag:NAME`, a whole id, a tag (the
    config that was given it last), a prefix of four or more digits, a file of the user's.

    Raises:
        NotFoundError: nothing has that name.
        AmbiguousError: a prefix stands for several configs; lists them.
    """
    if match := _NTH.fullmatch(name):
        return Named(_nth(connection, plane, int(match[1] or 0)))
    if name.startswith("tag:"):
        return Named(_newest_of_tag(connection, name.removeprefix("tag:")))
    if is_config_id(name):
        return Named(ConfigId(name))
    tagged = select.newest_of_tag(connection, name)
    if tagged is not None:
        return Named(tagged)
    if is_prefix(name):
        candidates = select.with_prefix(connection, plane, name)
        if len(candidates) > 1:
            raise _ambiguous(name, candidates)
        if candidates:
            return Named(candidates[0].id)
    if _looks_like_file(name):
        return _file(name)
    raise _unknown(name)


def _nth(connection: sqlite3.Connection, plane: int, number: int) -> ConfigId:
    record = select.newest(connection, plane, number)
    if record is None:
        raise NotFoundError(f"there is no config @{{{number}}}", hint="see them: git exp list")
    return record.id


def _newest_of_tag(connection: sqlite3.Connection, tag: str) -> ConfigId:
    found = select.newest_of_tag(connection, tag)
    if found is None:
        raise NotFoundError(f"no config bears the tag {tag!r}", hint="see them: git exp tags")
    return found


def _looks_like_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _file(name: str) -> Named:
    from gittrack.canonical import config_id, emit  # most names are no files
    from gittrack.sources import read_documents

    documents = read_documents(Path(name))
    if len(documents) != 1:
        raise UsageError(
            f"{name} holds {len(documents)} configs; a name must stand for one",
            hint=f"see their ids: git exp hash {name}",
        )
    return Named(config_id(emit(documents[0].data)), documents[0].data)


def _ambiguous(name: str, candidates: list[ConfigRecord]) -> AmbiguousError:
    lines = [f"{c.short_id}  {c.description or '-'}" for c in candidates]
    return AmbiguousError(
        f"{name!r} is the start of {len(lines)} configs" + (" or more" if len(lines) == 20 else ""),
        candidates=lines,
        hint="write more digits",
    )


def _unknown(name: str) -> NotFoundError:
    if re.fullmatch(r"[0-9a-f]{1,3}", name):
        return NotFoundError(
            f"no config is called {name!r}", hint="a prefix of an id needs four digits or more"
        )
    return NotFoundError(
        f"no config is called {name!r}",
        hint="name it by id, prefix, tag, @{N} or file; see them: git exp list",
    )


def not_registered(config_id: ConfigId, name: str | None = None) -> NotFoundError:
    """The error for an id that stands for nothing here."""
    if name is not None and not is_config_id(name):
        return NotFoundError(
            f"{name} ({short(config_id)}) is not registered",
            hint=f"register it: git exp add {name}",
        )
    return NotFoundError(
        f"no config has the id {config_id}",
        hint="it may have been deleted (git exp restore), or not been fetched yet",
    )
