"""Saved queries: searches with a name, one small file each below `.exptrack/queries/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gittrack.canonical import Plain, emit
from gittrack.errors import SourceError, UsageError
from gittrack.sources import parse_documents
from gittrack.store.layout import ROOT
from gittrack.store.pins import check_pin_name
from gittrack.store.snapshots import Entry, Snapshot

FOLDER = f"{ROOT}/queries"
MAX_QUERY_BYTES = 64 * 1024
_SUFFIX = ".yaml"
_TEXTS = ("where", "sort")
_LISTS = ("experiments", "columns", "group_by")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A search of runs: a query and an order as `search_runs` takes them, experiments by name, the
    columns to show, what to group by. Empty is what is not said."""

    name: str
    where: str = ""
    sort: str = ""
    experiments: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The query's file."""
        return query_path(self.name)


@dataclass(frozen=True, slots=True)
class BrokenQuery:
    """A file among the saved queries that is none: where it is wrong (a line from 1), and why."""

    name: str
    line: int
    reason: str

    @property
    def path(self) -> str:
        """The query's file."""
        return query_path(self.name)


def query_path(name: str) -> str:
    """The file of a saved query of that name."""
    return f"{FOLDER}/{name}{_SUFFIX}"


def check_query_name(name: str) -> str:
    """The name, if a saved query can have it: as a pin's.

    Raises:
        UsageError: it cannot be a file's name on every machine.
    """
    try:
        return check_pin_name(name)
    except UsageError as error:
        raise UsageError(
            f"a saved query cannot be called {name!r}",
            hint=(error.hint or "").replace("eu/prod", "team/best"),
        ) from None


def encode_query(query: SavedQuery) -> bytes:
    """The bytes of a saved query's file: canonical YAML, without what is not said."""
    fields: dict[str | int, Plain] = {}
    fields |= {key: getattr(query, key) for key in _TEXTS if getattr(query, key)}
    fields |= {key: list(getattr(query, key)) for key in _LISTS if getattr(query, key)}
    return emit(fields)


def decode_query(name: str, data: bytes) -> SavedQuery | BrokenQuery:
    """Read a saved query. People may edit it by hand: any YAML that says the same will do."""
    if len(data) > MAX_QUERY_BYTES:
        return BrokenQuery(name, 1, "it is over 64 KiB: no saved query is")
    try:
        documents = parse_documents(data, query_path(name))
    except SourceError as error:
        place = f"{error.file}:{error.line}:{error.column}: " if error.line else f"{error.file}: "
        return BrokenQuery(name, error.line or 1, error.message.removeprefix(place))
    if len(documents) != 1:
        return BrokenQuery(name, 1, f"it holds {len(documents)} documents, not one")
    return _decoded(name, documents[0].data)


def read_queries(snapshot: Snapshot) -> list[SavedQuery | BrokenQuery]:
    """All saved queries of a place, by name."""
    entries = [entry for entry in snapshot.below(FOLDER) if _name(entry) is not None]
    found = zip(entries, snapshot.read_many(entries), strict=True)
    return sorted((_read(entry, data) for entry, data in found), key=lambda query: query.name)


def read_query(snapshot: Snapshot, name: str) -> SavedQuery | BrokenQuery | None:
    """The saved query of that name; `None` where there is none."""
    for entry in snapshot.at([query_path(name)]).values():
        for data in snapshot.read_many([entry]):
            return _read(entry, data)
    return None


def _decoded(name: str, fields: Mapping[str | int, Plain]) -> SavedQuery | BrokenQuery:
    unknown = sorted(str(key) for key in fields if key not in (*_TEXTS, *_LISTS))
    if unknown:
        known = ", ".join((*_TEXTS, *_LISTS))
        return BrokenQuery(name, 1, f"unknown key {unknown[0]}: a saved query has {known}")
    texts = {key: fields.get(key, "") for key in _TEXTS}
    lists = {key: fields.get(key, []) for key in _LISTS}
    for key, value in texts.items():
        if not isinstance(value, str):
            return BrokenQuery(name, 1, f"{key} is no text")
    for key, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return BrokenQuery(name, 1, f"{key} is no list of texts")
    return SavedQuery(
        name,
        where=str(texts["where"]),
        sort=str(texts["sort"]),
        experiments=_strings(lists["experiments"]),
        columns=_strings(lists["columns"]),
        group_by=_strings(lists["group_by"]),
    )


def _strings(value: Plain) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _name(entry: Entry) -> str | None:
    """The name of the query in a file; what is hidden or of another kind is not ours."""
    path = entry.path.removeprefix(f"{FOLDER}/")
    if not path.endswith(_SUFFIX) or any(part.startswith(".") for part in path.split("/")):
        return None
    return path.removesuffix(_SUFFIX)


def _read(entry: Entry, data: bytes | None) -> SavedQuery | BrokenQuery:
    name = _name(entry) or ""
    if data is not None:
        return decode_query(name, data)
    reasons = {"link": "it is a symbolic link, not a file", "unmerged": "its merge is not finished"}
    return BrokenQuery(name, 1, reasons.get(entry.kind, "it cannot be read as a file"))
