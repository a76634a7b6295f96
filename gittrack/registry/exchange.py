"""Configs to files and back: export, import, checkout."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gittrack.canonical import config_id, emit
from gittrack.errors import UsageError
from gittrack.ids import ConfigId
from gittrack.inputs import documents_in, source_name
from gittrack.model import ConfigRecord
from gittrack.registry.portable import export_bytes, find_exports, read_export, write_whole
from gittrack.registry.workspace import Workspace
from gittrack.sources import read_documents
from gittrack.store.catalogue import Registration


def export(workspace: Workspace, name: str, path: Path) -> ConfigId:
    """Write a config to a file whose ending says how."""
    [record] = workspace.records([name])
    write_whole(path, export_bytes(record, path.suffix.lower()))
    return record.id


def imported(workspace: Workspace, files: Iterable[Path]) -> list[Registration]:
    """What the files hold, ready to be registered."""
    return [entry for file in files for entry in _imported(workspace.root, file)]


def checkout(workspace: Workspace, name: str, file: Path | None, *, force: bool) -> Path:
    """Write a config as YAML to a file; without one, to the file it came from."""
    [record] = workspace.records([name])
    path = file if file is not None else _source_path(workspace.root, record)
    if path.exists() and not force:
        _check_replaceable(workspace, path)
    write_whole(path, export_bytes(record, ".yaml"))
    return path


def _imported(root: Path | None, path: Path) -> list[Registration]:
    name = source_name(path, root)
    if path.suffix.lower() == ".json" and path.is_file():
        exports = find_exports(path)
        if exports:
            return [read_export(export, name) for export in exports]
    entries = []
    for document in documents_in(path, root):
        data = emit(document.data)
        entries.append(Registration(config_id(data), data, source=document.name))
    return entries


def _source_path(root: Path | None, record: ConfigRecord) -> Path:
    if record.source is None or root is None:
        raise UsageError(f"say to which file: {record.short_id} did not come from one")
    path = (root / record.source).resolve()
    if not path.is_relative_to(root.resolve()):
        raise UsageError(
            f"{record.short_id} came from {record.source}, outside this repository",
            hint="say to which file to write it",
        )
    if path.exists() and len(read_documents(path)) > 1:
        raise UsageError(
            f"{record.source} holds several configs", hint="say to which file to write it"
        )
    return path


def _check_replaceable(workspace: Workspace, path: Path) -> None:
    try:
        present = {config_id(emit(document.data)) for document in read_documents(path)}
    except ValueError:
        present = set()
    if not present or present - workspace.known(present).keys():
        raise UsageError(
            f"{path} holds something that is not registered, and would be lost",
            hint=f"register it first (git exp add {path}), or use --force",
        )
