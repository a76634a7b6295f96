"""The schema files of a work tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gittrack.git.repository import Repository
from gittrack.schemas import SchemaFault, SchemaSet
from gittrack.sources import is_config_file
from gittrack.store.layout import ROOT
from gittrack.store.snapshots import WorkTreeSnapshot


def read_schemas(repository: Repository, work_tree: Path) -> SchemaSet:
    """The schemas below `.exptrack/schema/`; a link is not followed, and is a fault."""
    snapshot = WorkTreeSnapshot(repository, work_tree)
    entries = [e for e in snapshot.below(f"{ROOT}/schema") if is_config_file(e.path)]
    texts: dict[str, bytes] = {}
    unread: list[SchemaFault] = []
    for entry, text in zip(entries, snapshot.read_many(entries), strict=True):
        if text is not None:
            texts[entry.path] = text
        else:
            reason = "this is a symbolic link" if entry.kind == "link" else "cannot be read"
            unread.append(SchemaFault(entry.path, 1, reason))
    schemas = SchemaSet.load(texts)
    return replace(schemas, faults=(*schemas.faults, *unread))
