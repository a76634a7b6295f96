"""JSON text to a document, with the places that the standard library does not give."""

from __future__ import annotations

import json
import re
from typing import Any

from gittrack.canonical import MAX_LEVELS, scalar_text
from gittrack.errors import SourceError, ValueRefusedError
from gittrack.sources.documents import (
    LEVELS_HINT,
    LEVELS_MESSAGE,
    QUOTE_HINT,
    TEXT_HINT,
    Document,
    document,
    fail_at,
    kind_text,
    repeated_text,
)


class _RepeatedKeyError(Exception):
    pass


def json_document(text: str, name: str) -> Document:
    """The one document of a JSON text; NaN and Infinity are accepted, repeated keys are not."""
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        fail_at(text, error.pos, message, name, None)
    except (_RepeatedKeyError, RecursionError, ValueError):
        # The parser itself does not tell where: see below.
        _fail_json(text, name)
    line = text[: len(text) - len(text.lstrip())].count("\n") + 1
    if not isinstance(data, dict):
        message = f"the file holds {kind_text(data)}, not an object"
        raise SourceError(message, file=name, line=line, column=1, hint='begin with "{"')
    try:
        return document(data, name, 0, line)
    except SourceError:
        _fail_json(text, name, otherwise=True)
        raise


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _RepeatedKeyError
    return data


_JSON_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],]|[0-9]{4301,}', re.DOTALL)


def _fail_json(text: str, name: str, *, otherwise: bool = False) -> None:
    """Find what is wrong with syntactically correct JSON, and say where; else return."""
    open_keys: list[dict[str, int] | None] = []
    wants_key = False
    for match in _JSON_TOKEN.finditer(text):
        piece, at = match.group(), match.start()
        if piece in "{[":
            open_keys.append({} if piece == "{" else None)
            wants_key = piece == "{"
            if len(open_keys) > MAX_LEVELS:
                fail_at(text, at, LEVELS_MESSAGE, name, LEVELS_HINT)
        elif piece in "}]":
            open_keys.pop()
        elif piece == ",":
            wants_key = open_keys[-1] is not None
        elif piece[0] != '"':
            fail_at(text, at, "an integer of more than 4,300 digits", name, QUOTE_HINT)
        else:
            _check_json_string(text, at, piece, name)
            keys = open_keys[-1] if open_keys else None
            if wants_key and keys is not None:
                key = json.loads(piece, strict=False)
                if key in keys:
                    first = text.count("\n", 0, keys[key]) + 1
                    fail_at(text, at, repeated_text(key, first), name, "keep one of them")
                keys[key] = at
            wants_key = False
    if not otherwise:
        raise SourceError("this is not JSON that can be read", file=name)


def _check_json_string(text: str, at: int, piece: str, name: str) -> None:
    if "\\u" not in piece:
        return
    try:
        scalar_text(json.loads(piece, strict=False))
    except ValueRefusedError as error:
        fail_at(text, at, error.message, name, TEXT_HINT)
