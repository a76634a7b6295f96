"""Where a JSON Schema holds further schemas: everything else in it is data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin

from gittrack.query.paths import Key, Path, Position

_MAPPINGS = frozenset(["$defs", "dependentSchemas", "patternProperties", "properties"])
_LISTS = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])
_SINGLE = frozenset(
    [
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)

Document = dict[str | int, Any]
"""A schema as its file spells it; integer keys are possible in YAML."""


def walk(schema: Any, base: str = "", path: Path = ()) -> Iterator[tuple[Path, str, Document]]:
    """The schema and all in it that are mappings, outer before inner: path, address, schema.

    `base` is the address of the whole; a `$id` changes it for what it stands in.
    """
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("$id"), str):
        base = join(base, schema["$id"])
    yield path, base, schema
    for inner_path, inner in inner_schemas(schema):
        yield from walk(inner, base, path + inner_path)


def join(base: str, reference: str) -> str:
    """The absolute form of a reference that stands in a schema with the address `base`."""
    if reference.startswith("#"):  # urljoin does it for the schemes that it knows only
        return urldefrag(base).url + reference
    return urljoin(base, reference)


def inner_schemas(schema: Document) -> Iterator[tuple[Path, Any]]:
    """The schemas that stand directly in a schema, with their paths."""
    for keyword, value in schema.items():
        if keyword in _MAPPINGS and isinstance(value, dict):
            for name, inner in value.items():
                yield (Key(keyword), Key(name)), inner
        elif keyword in _LISTS and isinstance(value, list):
            for index, inner in enumerate(value):
                yield (Key(keyword), Position(index)), inner
        elif keyword in _SINGLE:
            yield (Key(keyword),), value
