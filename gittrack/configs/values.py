"""Values of overrides: what a text given for a key means, alone and to a schema; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gittrack.canonical import Plain
from gittrack.errors import SourceError, UsageError
from gittrack.sources import parse_documents

_MARKED = re.compile(r"""\s*["'\[{&*!|>]""")
_COMMENT = re.compile(r"(?:^|\s)#")


def read_value(text: str) -> Plain:
    """What a text says as a value in YAML 1.2: `0.01`, `[1, 2]`, `{a: 1}`, `'1'`; nothing is null.

    A text of several lines, or with a `#` that YAML would take for a comment, is that text.

    Raises:
        UsageError: YAML would refuse it.
    """
    if "\n" in text or "\r" in text or (_COMMENT.search(text) and not _MARKED.match(text)):
        return text
    try:
        documents = parse_documents(f"value: {text}\n".encode("utf-8", "surrogatepass"), "value")
    except SourceError as error:
        reason = error.message.partition(": ")[2]
        hint = "if it is meant as text, put it in quotes: KEY='\"TEXT\"'"
        raise UsageError(reason, hint=hint) from None
    return documents[0].data["value"]


def value_for(text: str, schema: Mapping[str, Any] | None) -> Plain:
    """What a text says where a schema says what may stand there.

    Where a string may stand, and what the text says may not, it is the text itself.

    Raises:
        UsageError: YAML would refuse the text, and no string may stand there.
    """
    kinds = _kinds(schema)
    try:
        value = read_value(text)
    except UsageError:
        if "string" in kinds:
            return text
        raise
    if "string" in kinds and not kinds & _kinds_of(value):
        return text
    return value


def _kinds(schema: Mapping[str, Any] | None) -> set[str]:
    kinds = (schema or {}).get("type", [])
    listed = kinds if isinstance(kinds, list) else [kinds]
    return {kind for kind in listed if isinstance(kind, str)}


def _kinds_of(value: Plain) -> set[str]:
    """The types that JSON Schema finds in a value."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int | float):
        return {"number", "integer"} if value == value // 1 else {"number"}
    if value is None:
        return {"null"}
    return {
        "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
    }
