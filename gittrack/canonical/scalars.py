"""The spelling of one scalar or key in the canonical form, and the way back.

The way back accepts a spelling only if writing the value again gives that same spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gittrack.canonical.limits import MAX_BYTES, MAX_DIGITS, MAX_KEY_TEXT
from gittrack.canonical.plain import RefusedError, Scalar

# Longer texts are rarely met twice: caching them would only hold memory.
CACHED_LENGTH = 64
_CACHED_TEXTS = 8192

# Words that some YAML 1.1 or 1.2 reader takes for something else, in whatever case.
RESERVED_WORDS = frozenset(
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"]
)

# One or more words, a single space between them. A word has no character that is special in YAML;
# the first starts like a name, so that it is neither number nor date nor marker. A leading `_`
# needs a letter after it: ruamel.yaml's pattern for integers takes `_` and `_1`.
_PLAIN = re.compile(r"(?:[A-Za-z/]|_+[A-Za-z])[A-Za-z0-9_./+=-]*(?: [A-Za-z0-9_./+=-]+)*")

# Control, invisible and direction-changing characters must not hide in a review. The ranges are
# fixed, so that the bytes do not depend on a version of Unicode.
_ESCAPED_RANGES = (
    (0x0000, 0x001F),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
    (0xE0000, 0xE007F),
    (0xE0100, 0xE01EF),
)


def _escape(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


# A table for `str.translate`: as a regular expression it would take milliseconds to compile.
_ESCAPES = {
    code: _escape(code) for first, last in _ESCAPED_RANGES for code in range(first, last + 1)
}
_ESCAPES |= str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})

_ESCAPE = re.compile(r"\\(x[0-9A-F]{2}|u[0-9A-F]{4}|U[0-9A-F]{8}|.)", re.DOTALL)

_NAMED_CHARACTERS = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r"}

_WORDS: dict[str, Scalar] = {
    "null": None,
    "true": True,
    "false": False,
    ".inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}

# Integers of more bits, and texts of more digits, may meet the interpreter's own limit, which the
# user can lower to 640 digits: they are converted in pieces.
_SMALL_BITS = 2000
_SMALL_DIGITS = 600
_PIECE = 500
_LONGEST_FLOAT = 32


class BadTokenError(Exception):
    """A piece of text is not the canonical spelling of any scalar or key."""


def scalar_text(value: Scalar) -> str:
    """The canonical spelling of one scalar, as it follows `key: ` in a config.

    Raises:
        ValueRefusedError: not a scalar, a lone surrogate, or an integer of too many digits.
    """
    try:
        return spelling(value)
    except RefusedError as refused:
        raise refused.located() from None


def spelling(value: object) -> str:
    """As `scalar_text`, for the writer of whole configs: raises RefusedError."""
    kind = type(value)
    if kind is str:
        return string_text(value)  # type: ignore[arg-type]
    if kind is int:
        return int_text(value)  # type: ignore[arg-type]
    if kind is float:
        return float_text(value)  # type: ignore[arg-type]
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    raise RefusedError(
        f"{kind.__name__} is not a scalar of plain data",
        hint="convert it with gittrack.adapt.to_plain first",
    )


def string_text(value: str) -> str:
    """The canonical spelling of a string: plain where that is safe, else double-quoted."""
    if len(value) <= CACHED_LENGTH:
        return _cached_string_text(value)
    return _string_text(value)


def check_unicode(value: str) -> None:
    """Raise RefusedError if the string holds a lone surrogate, which UTF-8 cannot express."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RefusedError(
            f"a string holds half a character (the lone surrogate U+{ord(value[error.start]):04X})",
            hint='decode the text properly, or use text.encode("utf-8", "replace").decode()',
        ) from None


def float_text(value: float) -> str:
    """The shortest decimal that reads back the same, with a dot and any exponent signed."""
    text = repr(value)
    if "." in text:
        return text
    if "e" in text:
        return text.replace("e", ".0e")
    return _SPECIAL_FLOATS[text]


_SPECIAL_FLOATS = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}


def int_text(value: int) -> str:
    """The decimal digits of an integer, with a minus where it is negative."""
    if value.bit_length() <= _SMALL_BITS:
        return str(value)
    return _long_int_text(value)


def key_text(key: object) -> str:
    """The canonical spelling of a mapping's key.

    Raises:
        RefusedError: not a string or an integer, or longer than 1,000 characters as written.
    """
    kind = type(key)
    if kind is str:
        text = string_text(key)  # type: ignore[arg-type]
    elif kind is int:
        text = int_text(key)  # type: ignore[arg-type]
    else:
        raise RefusedError(
            f"a key is a string or an integer, not {kind.__name__}", hint="use str(key)"
        )
    if len(text) > MAX_KEY_TEXT:
        raise RefusedError(
            f"a key takes {len(text):,} characters as written; the most is {MAX_KEY_TEXT:,}",
            hint="shorten the key, or move it into a value",
        )
    return text


def read_scalar(text: str) -> Scalar:
    """The scalar whose canonical spelling is `text`; BadTokenError where there is none."""
    if len(text) <= CACHED_LENGTH:
        return cached_scalar(text)
    return _read_scalar(text)


def read_key(text: str) -> str | int:
    """The key whose canonical spelling is `text`; BadTokenError where there is none."""
    if len(text) <= CACHED_LENGTH:
        return cached_key(text)
    return _read_key(text)


def _string_text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in RESERVED_WORDS:
        return value
    if len(value) > MAX_BYTES:
        raise RefusedError(
            f"a string of {len(value):,} characters is over the limit of 16 MiB",
            hint="store it in a file beside the config and keep its path",
        )
    if not value.isascii():
        check_unicode(value)
    return f'"{value.translate(_ESCAPES)}"'


def _long_int_text(value: int) -> str:
    rest, sign = abs(value), "-" if value < 0 else ""
    if rest >= 10**MAX_DIGITS:
        raise RefusedError(
            f"an integer of more than {MAX_DIGITS:,} digits cannot be read back everywhere",
            hint="keep it as a string",
        )
    pieces = []
    while rest:
        rest, piece = divmod(rest, 10**_PIECE)
        pieces.append(str(piece).zfill(_PIECE))
    return sign + "".join(reversed(pieces)).lstrip("0")


def _read_scalar(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    first = text[:1]
    if first == '"':
        return _read_quoted(text)
    if first == "-" or first.isdecimal():
        return read_number(text)
    if not (_PLAIN.fullmatch(text) and text.lower() not in RESERVED_WORDS):
        raise BadTokenError(f"{_shown(text)} is not the canonical form of any value")
    return text


def _read_key(text: str) -> str | int:
    if len(text) > MAX_KEY_TEXT:
        raise BadTokenError(f"a key is longer than {MAX_KEY_TEXT:,} characters")
    key = _read_scalar(text)
    if type(key) is str or type(key) is int:
        return key
    raise BadTokenError(f"{_shown(text)} is not a string or an integer, so it cannot be a key")


def _read_quoted(text: str) -> str:
    if len(text) < 2 or text[-1] != '"':
        raise BadTokenError("a quoted string does not end on its line")
    try:
        value = _ESCAPE.sub(_unescape, text[1:-1])
        if _string_text(value) == text:
            return value
    except RefusedError as error:
        raise BadTokenError(error.message) from None
    raise BadTokenError(f"{_shown(text)} is not the canonical form of its string")


def _unescape(match: re.Match[str]) -> str:
    text = match.group(1)
    named = _NAMED_CHARACTERS.get(text)
    if named is not None:
        return named
    code = int(text[1:], 16) if len(text) > 1 else -1
    if 0 <= code <= 0x10FFFF:
        return chr(code)
    raise BadTokenError(f"\\{ascii(text)[1:-1]} is not an escape of the canonical form")


def read_number(text: str) -> int | float:
    """The number that a text begun by a digit or a minus is; long ones are not worth caching.

    Raises:
        BadTokenError: it is not the canonical form of any number.
    """
    if "." in text and len(text) <= _LONGEST_FLOAT:
        try:
            value = float(text)
        except ValueError:
            pass
        else:
            if repr(value) == text or float_text(value) == text:
                return value
    return _read_integer(text)


def _read_integer(text: str) -> int:
    digits = text[1:] if text[0] == "-" else text
    plain = digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS
    if plain and (digits[0] != "0" or text == "0"):
        return _read_int(digits) if digits is text else -_read_int(digits)
    raise BadTokenError(f"{_shown(text)} is not the canonical form of any number")


def _read_int(digits: str) -> int:
    if len(digits) <= _SMALL_DIGITS:
        return int(digits)
    value = 0
    for start in range(0, len(digits), _PIECE):
        piece = digits[start : start + _PIECE]
        value = value * 10 ** len(piece) + int(piece)
    return value


def _shown(text: str) -> str:
    return ascii(text if len(text) <= CACHED_LENGTH else text[:CACHED_LENGTH] + "...")


_cached_string_text = lru_cache(_CACHED_TEXTS)(_string_text)
cached_scalar = lru_cache(_CACHED_TEXTS)(_read_scalar)
cached_key = lru_cache(_CACHED_TEXTS)(_read_key)
