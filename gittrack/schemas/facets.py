"""What a schema says of one place in a config, through references and `allOf`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from gittrack.query.paths import Key, Path, Position
from gittrack.schemas.library import REFERENCES, Library, by_name
from gittrack.schemas.subschemas import Document

_MOST = 1_000
_NOT_MERGED = frozenset(["$anchor", "$comment", "$defs", "$id", "$ref", "$schema", "allOf"])


def facets(library: Library, schemas: Iterable[Any]) -> list[Document]:
    """The schemas and all that they refer to or combine with `allOf`; each one once, own first."""
    found: dict[int, Document] = {}
    waiting = list(schemas)
    while waiting and len(found) < _MOST:
        schema = waiting.pop(0)
        if not isinstance(schema, dict) or id(schema) in found:
            continue
        found[id(schema)] = schema
        names = [schema.get(keyword) for keyword in REFERENCES]
        waiting += [library.find(name) for name in names if isinstance(name, str)]
        parts = schema.get("allOf")
        waiting += parts if isinstance(parts, list) else []
    return list(found.values())


def facets_at(library: Library, schema: Any, path: Path) -> list[Document] | None:
    """All that speaks of the value at a path; None where the schema does not know the path."""
    schemas = [schema]
    for segment in path:
        inner = [child for facet in facets(library, schemas) for child in _children(facet, segment)]
        schemas = [child for child in inner if child is not False]
        if not schemas:
            return None
    # `true` allows everything and says nothing.
    return facets(library, [{} if item is True else item for item in schemas])


def merged(parts: Iterable[Document]) -> Document:
    """One schema for showing and for defaults: of two that say a thing, the first counts.

    Properties and required keys add up; a property of several is all of them together.
    """
    whole: Document = {}
    for part in parts:
        for keyword, value in part.items():
            if keyword in _NOT_MERGED:
                continue
            if keyword == "properties":
                whole[keyword] = _both(whole.get(keyword, {}), value)
            elif keyword == "required":
                known = whole.get(keyword, [])
                whole[keyword] = known + [name for name in value if name not in known]
            else:
                whole.setdefault(keyword, value)
    return whole


def _both(first: Document, second: Document) -> Document:
    both = dict(first)
    for name, schema in second.items():
        both[name] = {"allOf": [both[name], schema]} if name in both else schema
    return both


def _children(facet: Document, segment: Key | Position) -> list[Any]:
    if isinstance(segment, Position):
        return _elements(facet, segment.index)
    found = []
    named = by_name(facet.get("properties", {}), segment.name)
    if named is not None:
        found.append(named)
    for pattern, schema in facet.get("patternProperties", {}).items():
        if matches(str(pattern), str(segment.name)):
            found.append(schema)
    if not found:
        others = ("additionalProperties", "unevaluatedProperties")
        found += [facet[keyword] for keyword in others if keyword in facet][:1]
    return found


def _elements(facet: Document, index: int) -> list[Any]:
    first = facet.get("prefixItems", [])
    if index < len(first):
        return [first[index]]
    return [facet[keyword] for keyword in ("items", "unevaluatedItems") if keyword in facet][:1]


@lru_cache(maxsize=1024)
def matches(pattern: str, text: str) -> bool:
    """Whether a schema's pattern is found in a text, in linear time.

    Raises:
        ValueError: the pattern is not one that can be matched in linear time.
    """
    from jsonschema_rs import Draft202012Validator, RegexOptions

    validator = Draft202012Validator({"pattern": pattern}, pattern_options=RegexOptions())
    return validator.is_valid(text)
