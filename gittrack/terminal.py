"""Text made harmless for terminals: no data that is shown can act on one."""

from __future__ import annotations

import json
import re
from typing import Any

# C0 without tab and newline, DEL, C1, and the characters that reorder or hide text.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def clean(text: str) -> str:
    """The text with control characters made visible."""
    return _CONTROL.sub(lambda match: _escaped(match[0]), text)


def inline(text: str) -> str:
    """The text on one line: clean, with its tabs and line ends made visible as well."""
    return clean(text).replace("\t", "\\t").replace("\n", "\\n")


def one_line(text: str) -> str:
    """The text's first line, clean; an ellipsis says that there is more."""
    if text.isprintable():  # nearly always, and much faster to ask
        return text
    first, newline, _ = text.strip().partition("\n")
    return clean(first.replace("\t", " ")) + (" …" if newline else "")


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON with control characters escaped, other characters as they are."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _CONTROL.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
