"""The schemas of one folder as `$ref` sees them: by file, by `$id`, by anchor; nothing else."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urldefrag

from gittrack.query.paths import Key, Path
from gittrack.schemas.subschemas import Document, join, walk

# A host that cannot exist (RFC 2606): references that are relative to a file lead to it.
_HOME = "https://schemas.invalid/"

REFERENCES = ("$ref", "$dynamicRef")
"""The keywords that stand for another schema."""

_ANCHORS = ("$anchor", "$dynamicAnchor")


def file_address(path: str) -> str:
    """The address of a schema file."""
    return _HOME + quote(path)


def file_of(address: str) -> str | None:
    """The file in the repository that an address leads to, if it is one of a file at all."""
    if not address.startswith(_HOME):
        return None
    return unquote(urldefrag(address).url.removeprefix(_HOME))


class Library:
    """Finds what a reference leads to, among the schemas that were added."""

    def __init__(self) -> None:
        self._resources: dict[str, Document] = {}
        self._anchors: dict[str, Document] = {}

    def add(self, path: str, document: Document) -> Document:
        """Take a schema file in; gives a copy of its schema with every reference absolute."""
        address = file_address(path)
        schema = copy.deepcopy(document)
        self._resources[address] = schema
        whole = join(address, str(schema.get("$id", "")))
        for _, base, inner in walk(schema, address):
            for keyword in REFERENCES:
                if isinstance(inner.get(keyword), str):
                    inner[keyword] = join(base, inner[keyword])
            if isinstance(inner.get("$id"), str):
                self._resources.setdefault(base, inner)
            for keyword in _ANCHORS:
                if isinstance(inner.get(keyword), str):
                    names = {base, address} if base == whole else {base}
                    self._anchors |= {f"{name}#{inner[keyword]}": inner for name in names}
        return schema

    def remove(self, schema: Document) -> None:
        """Forget a schema that `add` gave, and all the names that lead to it."""
        gone = {id(inner) for _, _, inner in walk(schema)}
        for names in (self._resources, self._anchors):
            for name in [name for name, inner in names.items() if id(inner) in gone]:
                del names[name]

    def resource(self, address: str) -> Document | None:
        """The whole schema at an address without a fragment."""
        return self._resources.get(urldefrag(address).url)

    def find(self, reference: str) -> Any:
        """The schema that an absolute reference leads to; None if there is none."""
        address, fragment = urldefrag(reference)
        if not fragment:
            return self._resources.get(address)
        if not fragment.startswith("/"):
            return self._anchors.get(f"{address}#{fragment}")
        return _pointed(self._resources.get(address), unquote(fragment))


def references(schema: Document) -> Iterator[tuple[Path, str]]:
    """Every reference of a schema, with the path of its keyword."""
    for path, _, inner in walk(schema):
        for keyword in REFERENCES:
            if isinstance(inner.get(keyword), str):
                yield (*path, Key(keyword)), inner[keyword]


def _pointed(value: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; None if there is nothing."""
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = by_name(value, step)
        elif isinstance(value, list) and step.isascii() and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def by_name(mapping: dict[str | int, Any], name: str | int) -> Any:
    """What a mapping holds under a key: JSON Schema knows names only, so 1 and "1" are one."""
    if name in mapping:
        return mapping[name]
    return next((value for key, value in mapping.items() if str(key) == str(name)), None)
