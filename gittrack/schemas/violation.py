"""What in a config does not satisfy a schema, and where."""

from __future__ import annotations

from dataclasses import dataclass

from gittrack.query.paths import Path


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a config; `message` is one line, harmless in a terminal.

    `path` leads to the value at fault, to the key at fault where `key` is true, and to the parent
    of what is missing. `keyword` is the schema's keyword that demands otherwise, `schema` the
    path of the schema's file.
    """

    path: Path
    message: str
    keyword: str
    schema: str
    key: bool = False
