"""How many checks a schema comes to once its references are followed."""

from __future__ import annotations

from gittrack.schemas.library import REFERENCES, Library
from gittrack.schemas.subschemas import Document, inner_schemas

MOST_CHECKS = 1_000_000
"""What a schema may come to; a few lines that refer to each other twice would never end."""

MOST_STEPS = 200
"""How many schemas may stand in each other or refer to each other in a row."""


def is_endless(library: Library, schema: Document) -> bool:
    """Whether a schema passes one of the limits; one that contains itself counts once."""
    return _extent(library, schema, {}, 0) > MOST_CHECKS


def _extent(library: Library, schema: object, known: dict[int, int], steps: int) -> int:
    if not isinstance(schema, dict):
        return 1
    if steps > MOST_STEPS:
        return MOST_CHECKS + 1
    if id(schema) not in known:
        known[id(schema)] = 1  # what a schema that leads back here counts for
        parts = [inner for _, inner in inner_schemas(schema)]
        parts += [library.find(schema[name]) for name in REFERENCES if name in schema]
        total = sum(_extent(library, part, known, steps + 1) for part in parts)
        known[id(schema)] = 1 + total
    return known[id(schema)]
