"""Values set in a user's file, the rest of which stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from gittrack.canonical import Plain
from gittrack.configs.checking import put_in
from gittrack.configs.edit import REMOVED, Removed, apply_changes
from gittrack.configs.layers import Stack
from gittrack.configs.overrides import Applied, Fault, OverrideError, Overrides
from gittrack.configs.paths import look_up
from gittrack.configs.writing import replace_text
from gittrack.diff import Change, Missing, compare
from gittrack.query.paths import Path, Position, path_text
from gittrack.sources import parse_documents

if TYPE_CHECKING:
    from gittrack.schemas import Schema


def set_values(
    file: FilePath,
    layered: Stack,
    overrides: Overrides,
    schemas: Sequence[Schema],
    *,
    checked: bool,
) -> list[Change]:
    """Write overrides into the file that is the top of a stack; see `ConfigurationManager`."""
    name = layered.provenance.layers[-1].name
    data = file.read_bytes()
    own = parse_documents(data, name)[0].data
    applied, _, _ = put_in(layered.data, overrides, schemas, checked=checked)
    faults = list(_elsewhere(applied, own, layered, name))
    if faults:
        raise OverrideError(faults)
    changes = [(path, _value(applied, path)) for path in applied.done]
    text = data.decode()
    changed = apply_changes(text, changes, name=name)
    if changed != text:
        replace_text(file, changed)
    return compare(own, parse_documents(changed.encode(), name)[0].data)


def _value(applied: Applied, path: Path) -> Plain | Removed:
    value = look_up(applied.data, path)
    return REMOVED if isinstance(value, Missing) else value


def _elsewhere(
    applied: Applied, own: dict[str | int, Plain], layered: Stack, name: str
) -> Iterator[Fault]:
    """Overrides that need something which only a file below has."""
    for path, override in applied.done.items():
        needed = path if isinstance(_value(applied, path), Removed) else _list_in(path)
        if needed is not None and isinstance(look_up(own, needed), Missing):
            other = layered.provenance.origin(needed)
            yield Fault(
                f"override {override.text}: {path_text(needed)} is not in {name}, but in {other}",
                "set it there, or all of it here",
            )


def _list_in(path: Path) -> Path | None:
    """The start of a path that leads to its first list."""
    for number, step in enumerate(path):
        if isinstance(step, Position):
            return path[:number]
    return None
