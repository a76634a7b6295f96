"""The config that a schema's defaults make."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gittrack.canonical import Plain
from gittrack.query.paths import Key, Path
from gittrack.schemas.facets import facets, merged
from gittrack.schemas.library import by_name
from gittrack.schemas.schema import Schema
from gittrack.schemas.subschemas import Document


@dataclass(frozen=True, slots=True)
class Default:
    """A config of defaults, and the paths of the required keys for which the schema has none."""

    data: dict[str | int, Plain]
    missing: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What a schema says of one mapping: all its parts merged, and its keys in order."""

    rules: Document
    required: frozenset[str]

    def children(self) -> Iterator[tuple[str | int, Any]]:
        """The keys in the schema's order with their schemas; required ones without, at the end."""
        properties = self.rules.get("properties", {})
        yield from properties.items()
        for name in self.rules.get("required", []):
            if by_name(properties, name) is None:
                yield name, True


class _NoDefault:
    pass


_NOTHING = _NoDefault()


def create_default(schema: Schema) -> Default:
    """The config of the schema's defaults, in the schema's order.

    A `default`, a `const` and an `enum` of one value give a value, those of nested keys as well,
    through `$ref` and `allOf`. An optional mapping is left out where it would lack a required key.
    A schema that is matched by the one kind gives the key `kind` this value.
    """
    maker = _Maker(schema)
    value = maker.value(schema.absolute, (), _NOTHING, is_required=True)
    data = value if isinstance(value, dict) else {}
    return Default(data, tuple(maker.missing))


def section(schema: Schema, part: Any) -> Section:
    """What the part of a schema says of a mapping."""
    rules = merged(facets(schema.library, [part]))
    return Section(rules, frozenset(map(str, rules.get("required", []))))


class _Maker:
    """Makes the default of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.missing: list[Path] = []
        self._open: set[int] = set()

    def value(self, part: Any, path: Path, given: Any, *, is_required: bool) -> Any:
        """The default at a path, or `given` by an outer one; _NOTHING if there is none."""
        found = section(self._schema, part)
        rules = found.rules
        if given is _NOTHING:
            given = _given(rules)
        is_open = given is _NOTHING and ("properties" in rules or rules.get("type") == "object")
        if "const" in rules or not (is_open or isinstance(given, dict)):
            return given
        parts = {id(facet) for facet in self._facets(part) if "properties" in facet}
        if parts & self._open:  # a schema that contains itself has no end of defaults
            return given
        self._open |= parts
        try:
            return self._mapping(found, {} if is_open else given, path, is_required or not is_open)
        finally:
            self._open -= parts

    def _mapping(self, found: Section, given: dict[Any, Any], path: Path, is_kept: bool) -> Any:
        before = len(self.missing)
        data: dict[str | int, Any] = {}
        for name, part in found.children():
            needed = str(name) in found.required
            full = (*path, Key(name))
            outer = given[name] if name in given else self._kind(path, name)
            value = self.value(part, full, outer, is_required=needed)
            if value is not _NOTHING:
                data[name] = value
            elif needed:
                self.missing.append(full)
        data.update((key, value) for key, value in given.items() if key not in data)
        if is_kept or (data and len(self.missing) == before):
            return data
        del self.missing[before:]
        return _NOTHING

    def _facets(self, part: Any) -> list[Document]:
        return facets(self._schema.library, [part])

    def _kind(self, path: Path, name: str | int) -> Any:
        speaks_by_kind = not path and name == "kind" and len(self._schema.kinds) == 1
        return self._schema.kinds[0] if speaks_by_kind else _NOTHING


def _given(rules: Document) -> Any:
    if "const" in rules:
        return copy.deepcopy(rules["const"])
    if "default" in rules:
        return copy.deepcopy(rules["default"])
    options = rules.get("enum", [])
    return copy.deepcopy(options[0]) if len(options) == 1 else _NOTHING
