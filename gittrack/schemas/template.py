"""A schema's defaults as a YAML file for people, with what the schema says of each key."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from gittrack.canonical import Plain, emit
from gittrack.query.paths import Key, Path
from gittrack.schemas.defaults import create_default, section
from gittrack.schemas.schema import Schema
from gittrack.schemas.subschemas import Document
from gittrack.schemas.wording import choices_text, value_text

_WIDTH = 88
_NARROWEST = 40
_MOST_LINES = 40
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def default_text(schema: Schema) -> str:
    """A YAML text that reads back as exactly the data of `create_default`.

    Descriptions are comments above the keys, allowed values a comment behind them; a required key
    that has no default is a comment to be filled in.
    """
    default = create_default(schema)
    whole = section(schema, schema.absolute).rules
    lines = [*_comment(whole.get("title"), ""), *_comment(whole.get("description"), "")]
    if lines:
        lines.append("")
    lines += _Writer(schema, frozenset(default.missing)).lines(schema.absolute, default.data, ())
    if not default.data:
        lines.append("{}")
    return "\n".join(lines) + "\n"


class _Writer:
    """Writes the lines of a schema's defaults."""

    def __init__(self, schema: Schema, missing: frozenset[Path]) -> None:
        self._schema = schema
        self._missing = missing

    def lines(self, part: Any, data: dict[str | int, Plain], path: Path) -> Iterator[str]:
        """The lines of a mapping."""
        children = dict(section(self._schema, part).children())
        for name, inner in children.items():
            full = (*path, Key(name))
            if name in data:
                yield from self._entry(inner, name, data[name], full)
            elif full in self._missing:
                yield from self._gap(inner, name, path)
        for name in data.keys() - children.keys():
            yield from _indented(emit({name: data[name]}), "  " * len(path))

    def _entry(self, part: Any, name: str | int, value: Plain, path: Path) -> Iterator[str]:
        rules = section(self._schema, part).rules
        indent = "  " * (len(path) - 1)
        yield from _comment(rules.get("description"), indent)
        if isinstance(value, dict):
            inner = list(self.lines(part, value, path))
            (head,) = _indented(emit({name: {}}), indent)
            yield head.removesuffix(" {}") if value else head
            yield from inner
            return
        rule = _rule_text(rules)
        lines = list(_indented(emit({name: value}), indent))
        if len(lines) == 1 and rule and len(lines[0]) + len(rule) < _WIDTH:
            lines = [f"{lines[0]}  # {_printable(rule)}"]
        elif rule:
            yield from _comment(rule, indent)
        yield from lines

    def _gap(self, part: Any, name: str | int, path: Path) -> Iterator[str]:
        rules = section(self._schema, part).rules
        indent = "  " * len(path)
        yield from _comment(rules.get("description"), indent)
        types = rules.get("type", [])
        wanted = types if isinstance(types, str) else " or ".join(types)
        demand = ", ".join(filter(None, [wanted, _rule_text(rules)]))
        (head,) = _indented(emit({name: {}}), "")
        yield f"{indent}# {head.removesuffix(' {}')}  required" + (f": {demand}" if demand else "")


def _indented(text: bytes, indent: str) -> Iterator[str]:
    for line in text.decode().removesuffix("\n").split("\n"):
        yield indent + line


def _comment(text: Any, indent: str) -> Iterator[str]:
    """A text as lines of comment: what is not printable in it cannot end them."""
    if not isinstance(text, str):
        return
    width = max(_NARROWEST, _WIDTH - len(indent) - 2)
    lines: list[str] = []
    for paragraph in text.strip().splitlines():
        lines += textwrap.wrap(_printable(paragraph), width) or [""]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "…"]
    for line in lines:
        yield f"{indent}# {line}".rstrip()


def _printable(text: str) -> str:
    words = " ".join(text.split())
    return "".join(letter if letter.isprintable() else _REPLACEMENT for letter in words)


def _rule_text(rules: Document) -> str:
    """Which values are allowed, shortly."""
    if "const" in rules:
        return f"always {value_text(rules['const'])}"
    if "enum" in rules:
        return f"one of {choices_text(rules['enum'])}"
    parts = [
        f"{words} {value_text(rules[keyword])}"
        for keyword, words in (
            ("exclusiveMinimum", "above"),
            ("minimum", "at least"),
            ("exclusiveMaximum", "below"),
            ("maximum", "at most"),
            ("multipleOf", "a multiple of"),
        )
        if keyword in rules
    ]
    return ", ".join(parts)
