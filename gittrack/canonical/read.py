"""Canonical bytes to plain data; bytes that are not canonical are refused.

Strict by construction: the structure leaves no choice of layout, every key and scalar must be
written again as it stands, and keys must come in ascending order. So whatever is read here is
written again as the same bytes.
"""

from __future__ import annotations

import re
from typing import Any

from gittrack.canonical.limits import MAX_BYTES, MAX_KEY_TEXT, MAX_LEVELS
from gittrack.canonical.plain import Plain
from gittrack.canonical.scalars import (
    CACHED_LENGTH,
    BadTokenError,
    cached_key,
    cached_scalar,
    read_key,
    read_number,
    read_scalar,
)
from gittrack.errors import NotCanonicalError

_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_KEY_WINDOW = MAX_KEY_TEXT + 1
_LONG_NUMBER = 12  # characters; such numbers are rarely met twice


def read(data: bytes) -> Plain:
    """The data whose canonical bytes are `data`: `emit(read(data)) == data`.

    Raises:
        NotCanonicalError: no data has these canonical bytes; `line` says where that shows.
    """
    lines = _lines(data)
    texts = [line.lstrip(" ") for line in lines]
    indents = [len(line) - len(text) for line, text in zip(lines, texts, strict=True)]
    # An end mark that no collection takes for its own spares each of them a test for the end.
    texts.append("")
    indents.append(-1)
    if indents[0] != 0:
        raise NotCanonicalError("the first line is indented", line=1)
    value: Plain
    value, end = _item(texts, indents, 0, 0, 0)
    if end != len(lines):
        raise NotCanonicalError("the line does not fit what is before it", line=end + 1)
    return value


def _lines(data: bytes) -> list[str]:
    if len(data) > MAX_BYTES:
        raise NotCanonicalError("over the limit of 16 MiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotCanonicalError("not UTF-8", line=line) from None
    lines = text.split("\n")
    if lines.pop() != "" or not lines:
        raise NotCanonicalError("the last line has no newline", line=len(lines) + 1)
    return lines


# In all of these, `texts` are the lines without their indentation, `indents` the spaces taken off,
# `at` is the line to read, `indent` that of the collection and `level` the collections around it.
# A collection that begins behind a `- ` finds its first line rewritten as a line of its own.


def _item(
    texts: list[str], indents: list[int], at: int, indent: int, level: int
) -> tuple[Any, int]:
    text = texts[at]
    if text.startswith("- "):
        return _sequence(texts, indents, at, indent, level)
    if _is_entry(text):
        return _mapping(texts, indents, at, indent, level)
    try:
        return _leaf(text, level), at + 1
    except BadTokenError as bad:
        raise NotCanonicalError(str(bad), line=at + 1) from None


def _mapping(
    texts: list[str], indents: list[int], at: int, indent: int, level: int
) -> tuple[dict[str | int, Any], int]:
    result: dict[str | int, Any] = {}
    last: Any = None
    try:
        _check_level(level)
        while indents[at] == indent:
            text = texts[at]
            if text[:1] == '"':
                token, rest = _split_quoted(text)
            else:
                token, colon, rest = text.partition(":")
                if not colon:
                    raise BadTokenError("a mapping's line has no colon")
            key = cached_key(token) if len(token) <= CACHED_LENGTH else read_key(token)
            if last is not None and (
                last >= key if type(last) is type(key) else type(last) is not int  # type: ignore[operator]
            ):
                raise BadTokenError("the key is double or not in order")
            last = key
            if rest:
                if rest[0] != " ":
                    raise BadTokenError("there is no space after the colon")
                # This line is read more often than any other: the common case calls one function.
                text = rest[1:]
                if len(text) >= _LONG_NUMBER and text[0] in "-0123456789":
                    result[key] = read_number(text)
                elif len(text) <= CACHED_LENGTH and text[:1] not in "{[":
                    result[key] = cached_scalar(text)
                else:
                    result[key] = _leaf(text, level + 1)
                at += 1
            else:
                if indents[at + 1] != indent + 2:
                    raise BadTokenError("the key has no value")
                nested = _sequence if texts[at + 1].startswith("- ") else _mapping
                result[key], at = nested(texts, indents, at + 1, indent + 2, level + 1)
    except BadTokenError as bad:
        raise NotCanonicalError(str(bad), line=at + 1) from None
    return result, at


def _sequence(
    texts: list[str], indents: list[int], at: int, indent: int, level: int
) -> tuple[list[Any], int]:
    result: list[Any] = []
    try:
        _check_level(level)
        while indents[at] == indent:
            text = texts[at]
            if not text.startswith("- "):
                raise BadTokenError("a line of a sequence does not begin with a hyphen and a space")
            text = text[2:]
            if text.startswith("- ") or _is_entry(text):
                texts[at] = text
                indents[at] = indent + 2
                value, at = _item(texts, indents, at, indent + 2, level + 1)
                result.append(value)
            else:
                result.append(_leaf(text, level + 1))
                at += 1
    except BadTokenError as bad:
        raise NotCanonicalError(str(bad), line=at + 1) from None
    return result, at


def _is_entry(text: str) -> bool:
    # Unquoted keys and scalars have no colon; a quoted key ends within the limit for keys.
    if text[:1] != '"':
        return ":" in text
    quoted = _QUOTED.match(text, 0, _KEY_WINDOW)
    return quoted is not None and text[quoted.end() : quoted.end() + 1] == ":"


def _split_quoted(text: str) -> tuple[str, str]:
    quoted = _QUOTED.match(text, 0, _KEY_WINDOW)
    if quoted is None or text[quoted.end() : quoted.end() + 1] != ":":
        raise BadTokenError("a quoted key is too long, or has no end or no colon after it")
    return quoted.group(), text[quoted.end() + 1 :]


def _leaf(text: str, level: int) -> Any:
    if text == "{}" or text == "[]":
        _check_level(level)
        return {} if text == "{}" else []
    return read_scalar(text)


def _check_level(level: int) -> None:
    if level >= MAX_LEVELS:
        raise BadTokenError(f"more than {MAX_LEVELS} levels of lists and mappings")
