"""How a new value is written into a user's YAML or JSON text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from gittrack.canonical import Plain, Scalar, scalar_text
from gittrack.canonical.scalars import RESERVED_WORDS
from gittrack.diff import same
from gittrack.errors import SourceError
from gittrack.sources import parse_documents

# What may stay without quotes where the value before had none: it begins like a name or a path, so
# that no reader of YAML 1.1 or 1.2 takes it for a number, a date or a marker.
_PLAIN = re.compile(
    r"(?:[A-Za-z/$]|\.{1,2}/)[^\s\[\]{},\"'`\x7f-\xa0]*(?: [^\s\[\]{},\"'`\x7f-\xa0]+)*"
)


def is_inline(value: Plain) -> bool:
    """Whether a value is written on its key's line in block style: a scalar, `{}` or `[]`."""
    return not value or not isinstance(value, dict | list)


@dataclass(frozen=True, slots=True)
class Layout:
    """How many columns nested mappings, and the dashes of nested lists, stand further in."""

    mapping: int = 2
    dash: int = 2


def block_lines(value: Plain, layout: Layout) -> list[str]:
    """The lines of a value in block style, without their common indentation."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in entry_lines(key, item, layout)]
    if isinstance(value, list) and value:
        return [line for item in value for line in element_lines(item, layout)]
    return [flow_text(value)]


def entry_lines(key: str | int, value: Plain, layout: Layout) -> list[str]:
    """The lines of a key with its value in block style."""
    if is_inline(value):
        return [f"{scalar_text(key)}: {flow_text(value)}"]
    margin = " " * (layout.dash if isinstance(value, list) else layout.mapping)
    return [f"{scalar_text(key)}:", *(margin + line for line in block_lines(value, layout))]


def element_lines(value: Plain, layout: Layout) -> list[str]:
    """The lines of a list's element in block style, with its dash."""
    first, *rest = block_lines(value, layout)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def flow_text(value: Plain) -> str:
    """A value on one line: `{a: 1, b: [2, 3]}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(flow_entry(key, item) for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    scalar: Scalar = value
    return scalar_text(scalar)


def flow_entry(key: str | int, value: Plain) -> str:
    """A key with its value on one line."""
    return f"{scalar_text(key)}: {flow_text(value)}"


def json_text(value: Plain) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def json_entry(key: str | int, value: Plain) -> str:
    """A key with its value as JSON on one line."""
    return f"{json_text(str(key))}: {json_text(value)}"


def restyled(value: Scalar, style: str | None, before: Plain) -> str:
    """A scalar in the style of the one that it replaces, where it reads back the same; else as the
    canonical form spells it."""
    canonical = scalar_text(value)
    if type(value) is not str or type(before) is not str:
        return canonical
    text = _in_style(value, style, canonical)
    return text if _reads_back(text, value) else canonical


def _in_style(value: str, style: str | None, canonical: str) -> str:
    if style == '"':
        return canonical if canonical.startswith('"') else f'"{canonical}"'
    if style == "'" and "\\" not in canonical.replace("\\\\", "").replace('\\"', ""):
        return "'" + value.replace("'", "''") + "'"
    if style is None and _PLAIN.fullmatch(value) and value.lower() not in RESERVED_WORDS:
        return value
    return canonical


def _reads_back(text: str, value: str) -> bool:
    try:
        [document] = parse_documents(f"k: [{text}, {text}]\nl: {text}\n".encode(), "")
    except SourceError:
        return False
    return same(document.data, {"k": [value, value], "l": value})
