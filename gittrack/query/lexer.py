"""A query's text to tokens: whole fields, values, keywords and signs, each with its column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from math import inf, isinf, nan

from gittrack.errors import QueryError
from gittrack.query.paths import BARE_WORD, AnyElement, Key, Position, Segment, is_keyword
from gittrack.query.tree import Operator, Value

MAX_LENGTH = 10_000
"""Characters in a query."""

MAX_DIGITS = 600
"""Characters of a number: whatever its limit is set to, the interpreter converts that many."""

BARE_TAG = r"[^\s()'\"`,=<>!]++"
"""A tag's name that needs no quotes."""

OPERATORS = {operator.value: operator for operator in Operator} | {
    "==": Operator.EQUAL,
    "<>": Operator.NOT_EQUAL,
}


class Kind(Enum):
    """What a token is; the value names it in an error message."""

    FIELD = "a field"
    STRING = "a string"
    NUMBER = "a number"
    KEYWORD = "a keyword"
    OPERATOR = "an operator"
    SIGN = "a sign"
    TAG = "a tag"
    END = "the end of the query"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `text` is its source (upper case for a keyword), `value` what a value means."""

    kind: Kind
    text: str
    column: int
    value: Value = ""
    segments: tuple[Segment, ...] = ()


# Possessive quantifiers (`++`, `*+`) keep every pattern linear: nothing is ever tried twice.
_STRING = r"'(?:[^']++|'')*+'"
_DOUBLE = r'"(?:[^"]++|"")*+"'
_BACKTICK = r"`(?:[^`]++|``)*+`"
_QUOTED_KEY = re.compile(f"{_BACKTICK}|{_DOUBLE}")
_WORD = re.compile(BARE_WORD)
_LATER_WORD = re.compile(r"-?[0-9]++(?![\w-])|\w++(?:-++\w++)*+")
_CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_INDEX = re.compile(r"\[\s*+([0-9]*+)\s*+\]")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+(?![\w.-])"
    r"|(?:[+-]\.?|\.)(?i:inf)\b|\.(?i:nan)\b"
)
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
_TAG = re.compile(r"(?i:tag):")
_TAG_NAME = re.compile(f"({_STRING}|{_DOUBLE})|{BARE_TAG}")
_STRING_ALONE = re.compile(_STRING)
_OPERATOR = re.compile(r"==|<>|!=|<=|>=|[=<>]")
_SIGN = re.compile(r"[(),]")
_SPACE = re.compile(r"\s*+")
_SURROGATE = re.compile("[\ud800-\udfff]")

_FOREIGN = (
    ("&&", "write AND"),
    ("||", "write OR"),
    ("=~", "write LIKE '%…%'"),
    ("!", "write NOT, or != for 'differs'"),
    (":", "only `tag:` takes a colon; compare with ="),
    ("[", "a list position follows its field directly, as in layers[0]"),
    (".", "a field starts with a key, without a space before a dot"),
    ("*", "write `[]` after a field for any element of a list"),
)


def tokenize(query: str) -> list[Token]:
    """The tokens of `query`, the last of kind `END`. Raises `QueryError`."""
    _check_text(query)
    tokens = []
    position = _skip_space(query, 0)
    while position < len(query):
        token, end = _next_token(query, position)
        tokens.append(token)
        position = _skip_space(query, end)
    tokens.append(Token(Kind.END, "", len(query) + 1))
    return tokens


def _check_text(query: str) -> None:
    if len(query) > MAX_LENGTH:
        raise QueryError(
            f"a query has at most {MAX_LENGTH:,} characters, this one {len(query):,}",
            query=query,
            column=MAX_LENGTH + 1,
        )
    if surrogate := _SURROGATE.search(query):
        raise _refusal(query, surrogate.start(), "not a character (the text is not valid UTF-8)")


def _skip_space(query: str, position: int) -> int:
    match = _SPACE.match(query, position)
    return match.end() if match else position


def _next_token(query: str, position: int) -> tuple[Token, int]:
    column = position + 1
    if _TAG.match(query, position):
        return _tag(query, position)
    if match := _NUMBER.match(query, position):
        return Token(Kind.NUMBER, match[0], column, _number(query, match)), match.end()
    if match := _STRING_ALONE.match(query, position):
        return Token(Kind.STRING, match[0], column, unquote(match[0])), match.end()
    if _WORD.match(query, position) or _QUOTED_KEY.match(query, position):
        return _field(query, position)
    if match := _OPERATOR.match(query, position):
        return Token(Kind.OPERATOR, match[0], column), match.end()
    if match := _SIGN.match(query, position):
        return Token(Kind.SIGN, match[0], column), match.end()
    raise _unknown(query, position)


def unquote(text: str) -> str:
    """What a quoted text means: the quotes off, the doubled ones single."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _tag(query: str, position: int) -> tuple[Token, int]:
    start = position + len("tag:")
    match = _TAG_NAME.match(query, start)
    name = "" if match is None else unquote(match[0]) if match[1] else match[0]
    if match is None or not name:
        hint = "as in tag:baseline or tag:'with space'"
        raise _refusal(query, start, "expected a tag's name directly after tag:", hint)
    return Token(Kind.TAG, query[position : match.end()], position + 1, name), match.end()


def _number(query: str, match: re.Match[str]) -> int | float:
    text = match[0]
    if len(text) > MAX_DIGITS:
        raise _refusal(query, match.start(), f"a number of more than {MAX_DIGITS} characters")
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    named = text.lower().replace(".inf", "inf")
    if named.endswith("inf"):
        return -inf if named.startswith("-") else inf
    if named == ".nan":
        return nan
    value = float(text)
    if isinf(value):
        raise _refusal(query, match.start(), f"{text} is out of range", "infinity is written inf")
    return value


def _field(query: str, position: int) -> tuple[Token, int]:
    segment, end = _key(query, position, _WORD)
    segments: list[Segment] = [segment]
    while end < len(query) and query[end] in ".[":
        if query[end] == ".":
            segment, end = _later_key(query, end + 1)
            segments.append(segment)
        else:
            element, end = _element(query, end)
            segments.append(element)
    text = query[position:end]
    if len(segments) == 1 and is_keyword(text):
        return Token(Kind.KEYWORD, text.upper(), position + 1), end
    return Token(Kind.FIELD, text, position + 1, segments=tuple(segments)), end


def _key(query: str, position: int, word: re.Pattern[str]) -> tuple[Key, int]:
    if match := _QUOTED_KEY.match(query, position):
        return Key(unquote(match[0])), match.end()
    if match := word.match(query, position):
        return Key(_bare_key(query, match)), match.end()
    if position < len(query) and query[position] in "`\"'":
        raise _unknown(query, position)
    hint = "a key with other signs or a space is written in backticks, as in a.`b c`"
    raise _refusal(query, position, "expected a key after the dot", hint)


def _later_key(query: str, position: int) -> tuple[Key, int]:
    """After a dot, where no value can stand, single quotes do for a key, too, as in MLflow."""
    if match := _STRING_ALONE.match(query, position):
        return Key(unquote(match[0])), match.end()
    return _key(query, position, _LATER_WORD)


def _bare_key(query: str, match: re.Match[str]) -> str | int:
    if not _CANONICAL_INTEGER.fullmatch(match[0]):
        return match[0]
    if len(match[0]) > MAX_DIGITS:
        raise _refusal(query, match.start(), f"a number of more than {MAX_DIGITS} characters")
    return int(match[0])


def _element(query: str, position: int) -> tuple[Position | AnyElement, int]:
    match = _INDEX.match(query, position)
    if match is None or len(match[1]) > MAX_DIGITS:
        hint = "positions count from 0; write [] for any element"
        raise _refusal(query, position, "expected a list position such as [0], or []", hint)
    return Position(int(match[1])) if match[1] else AnyElement(), match.end()


def _unknown(query: str, position: int) -> QueryError:
    sign = query[position]
    if sign in "`\"'":
        hint = f"a {sign} inside the quotes is written twice"
        return _refusal(query, position, f"the quote {sign} is never closed", hint)
    if sign.isdigit() or (sign in "+-." and query[position + 1 : position + 2].isdigit()):
        hint = "dates and other text are written in single quotes, keys in backticks"
        return _refusal(query, position, "this is not a number", hint)
    hints = (hint for foreign, hint in _FOREIGN if query.startswith(foreign, position))
    hint = next(hints, "keys with other signs are written in backticks, text in single quotes")
    return _refusal(query, position, f"unexpected character {sign!r}", hint)


def _refusal(query: str, position: int, message: str, hint: str | None = None) -> QueryError:
    return QueryError(message, query=query, column=position + 1, hint=hint)
