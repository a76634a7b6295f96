"""Configs against the schemas that speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

from gittrack.checks.finding import Finding
from gittrack.checks.objects import Sound
from gittrack.checks.scope import SCHEMAS
from gittrack.ids import ConfigId
from gittrack.query.paths import path_text
from gittrack.schemas import SchemaSet
from gittrack.store.snapshots import Entry, Snapshot

_SUFFIXES = (".json", ".yaml", ".yml")


def load_schemas(snapshot: Snapshot, entries: Sequence[Entry]) -> tuple[SchemaSet, list[Finding]]:
    """The schemas among some files, and what is wrong with them."""
    named = [entry for entry in entries if entry.path.endswith(_SUFFIXES)]
    files: dict[str, bytes] = {}
    findings: list[Finding] = []
    for entry, data in zip(named, snapshot.read_many(named), strict=True):
        if data is None:
            reason = "it is a symbolic link" if entry.kind == "link" else "it cannot be read"
            findings.append(Finding("schema-form", entry.path, 1, reason))
        else:
            files[entry.path] = data
    schemas = SchemaSet.load(files)
    findings += [Finding("schema-form", f.path, f.line, f.message) for f in schemas.faults]
    return schemas, findings


def check_against(
    schemas: SchemaSet, objects: Iterable[Sound], files: Mapping[ConfigId, Iterable[str]]
) -> Iterator[Finding]:
    """Where configs break the schemas that speak of them; `files` says where each came from."""
    for one in objects:
        sources = sorted(set(files.get(one.id, ())))
        violations = [
            violation
            for schema in schemas.for_config(one.config, sources)
            for violation in schema.violations(one.config)
        ]
        if not violations:
            continue
        mend = f"git exp config validate {quote(sources[0])}" if sources else ""
        places = _places(one)
        for violation in violations:
            where = path_text(violation.path)
            reason = f"{where}: {violation.message}" if where else violation.message
            line = places.nearest(violation.path).line
            schema = violation.schema.removeprefix(f"{SCHEMAS}/")
            yield Finding("schema-violation", one.path, line, f"{reason} (schema {schema})", mend)


def _places(one: Sound) -> Any:
    from gittrack.sources.places import places  # reads the file again: only where it is wrong

    return places(one.data, one.path)
