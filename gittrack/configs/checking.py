"""Configs finished: overrides put in, references resolved, and held against schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.configs.faults import ConfigError
from gittrack.configs.interpolation import Unresolved, resolve
from gittrack.configs.loaded import LoadedConfig, Origin, Provenance
from gittrack.configs.overrides import Applied, Fault, OverrideError, Overrides, apply
from gittrack.errors import ValueRefusedError
from gittrack.query.paths import Key, Path, path_text

if TYPE_CHECKING:  # only where a schema speaks
    from gittrack.schemas import Schema, SchemaFault, Violation


def plain_mapping(config: Mapping[str | int, Any]) -> dict[str | int, Plain]:
    """A config as plain data of its own.

    Raises:
        ValueRefusedError: it holds something that no config can hold.
    """
    plain = to_plain(dict(config))
    if not isinstance(plain, dict):
        raise ValueRefusedError("a config is a mapping at the top")
    return plain


def finish(
    data: dict[str | int, Plain],
    provenance: Provenance,
    overrides: Overrides,
    schemas: Sequence[Schema],
    *,
    checked: bool = True,
) -> tuple[LoadedConfig, list[ConfigError]]:
    """The config of `data`, which it takes over, and its references that lead nowhere.

    With `checked`, overrides must also fit the schemas.

    Raises:
        OverrideError: overrides that do not fit, all of them.
    """
    applied, resolved, unresolved = put_in(data, overrides, schemas, checked=checked)
    for path, override in applied.done.items():
        provenance.replace(path, override.text)
    config = LoadedConfig(resolved, provenance)
    errors = [
        ConfigError(path_text(one.path), one.message, config.nearest_origin(one.path))
        for one in unresolved
    ]
    return config, errors


def put_in(
    data: dict[str | int, Plain],
    overrides: Overrides,
    schemas: Sequence[Schema],
    *,
    checked: bool = True,
) -> tuple[Applied, dict[str | int, Plain], list[Unresolved]]:
    """`data` changed by the overrides; the same with references resolved; those that lead nowhere.

    Raises:
        OverrideError: overrides that do not fit, all of them.
    """
    applied = apply(data, overrides, lambda path: _said_of(path, schemas))
    resolved, unresolved = resolve(applied.data)
    faults = [*applied.faults, *_misfits(applied, resolved, schemas, checked=checked)]
    if faults:
        raise OverrideError(faults)
    return applied, resolved, unresolved


def violations(config: LoadedConfig, schemas: Iterable[Schema]) -> list[ConfigError]:
    """What in a config does not satisfy schemas, in the config's order for each."""
    return [
        ConfigError(
            path_text(found.path),
            found.message,
            config.nearest_origin(found.path),
            found.keyword,
            found.schema,
        )
        for schema in schemas
        for found in schema.violations(config.data)
    ]


def broken(faults: Iterable[SchemaFault]) -> list[ConfigError]:
    """Schema files that cannot be used, as errors: nobody knows what they would say."""
    return [
        ConfigError("", fault.message, Origin(fault.path, fault.line, 1), schema=fault.path)
        for fault in faults
    ]


def _misfits(
    applied: Applied, data: dict[str | int, Plain], schemas: Sequence[Schema], *, checked: bool
) -> list[Fault]:
    """What schemas say against overrides, and keys that look mistyped where they say nothing."""
    if not applied.done or not (schemas or applied.suspects):
        return []
    found: list[Fault] = []
    explained: set[Path] = set()
    for schema in schemas:
        for violation in schema.violations(data):
            for path in [p for p in applied.done if _is_about(violation, p)]:
                explained.add(path)
                if checked:
                    found.append(_misfit(applied, path, violation, schema))
    return [*found, *(fault for p, fault in applied.suspects.items() if p not in explained)]


def _misfit(applied: Applied, path: Path, violation: Violation, schema: Schema) -> Fault:
    inner = path_text(violation.path) + ": " if len(violation.path) > len(path) else ""
    said = violation.message
    suspect = applied.suspects.get(path)
    if suspect is not None and violation.key and "did you mean" not in said:
        said += f"; did you mean {suspect.meant}?"
    return Fault(f"override {applied.done[path].text}: {inner}{said} (schema {schema.name})")


def _is_about(violation: Violation, path: Path) -> bool:
    """Whether a violation is of what was set at `path`: there, within, or a key on the way to it.

    A required key that an override took away is missing from its parent.
    """
    if violation.keyword == "required":
        return violation.path == path[:-1] and _ends_in(path, violation.message)
    place = violation.path
    return place[: len(path)] == path or (violation.key and path[: len(place)] == place)


def _ends_in(path: Path, message: str) -> bool:
    last = path[-1]
    return isinstance(last, Key) and f" {path_text((last,))} " in f"{message} "


def _said_of(path: Path, schemas: Iterable[Schema]) -> Mapping[str, Any] | None:
    for schema in schemas:
        said = schema.at(path)
        if said is not None:
            return {str(keyword): value for keyword, value in said.items()}
    return None
