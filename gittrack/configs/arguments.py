"""Options of an argparse parser for the values of a config."""

from __future__ import annotations

import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from gittrack.canonical import Plain
from gittrack.configs.values import read_value
from gittrack.diff import MISSING, Missing
from gittrack.errors import UsageError
from gittrack.query.paths import Key, Path, path_text
from gittrack.shown import typed_text
from gittrack.terminal import inline

if TYPE_CHECKING:
    from gittrack.schemas import Schema

_WIDEST = 40
_MOST, _DEEPEST = 1_000, 8  # a schema may refer to itself
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*")


def add_arguments(
    parser: ArgumentParser, data: dict[str | int, Plain], schemas: Sequence[Schema]
) -> None:
    """Add `--a.b` for each value that is reached by keys alone; a list is one value, as YAML.

    Keys that only a schema knows are there as well. A key that would need quotes has no option.
    """
    values = dict(_by_keys(data, ()))
    known = [path for schema in schemas for path in islice(_properties(schema, ()), _MOST)]
    for path in dict.fromkeys([*values, *known]):
        name = path_text(path)
        if _NAME.fullmatch(name) and f"--{name}" not in parser._option_string_actions:
            said = next((s for schema in schemas if (s := schema.at(path))), {})
            value = values.get(path, MISSING)
            kind = _kind(said.get("type"), value)
            parser.add_argument(
                f"--{name}",
                dest=name,
                default=SUPPRESS,
                type=_reader(kind, value),
                metavar=_METAVARS.get(kind, "YAML"),
                help=_help(said, value),
            )


def _by_keys(data: Plain, start: Path) -> Iterator[tuple[Path, Plain]]:
    """Every scalar, list and empty mapping with its path; lists are not entered."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _by_keys(value, (*start, Key(key)))
    elif start:
        yield start, data


def _properties(schema: Schema, start: Path) -> Iterator[Path]:
    """The paths of what a schema knows by name and does not divide further."""
    inner = (schema.at(start) or {}).get("properties")
    if isinstance(inner, dict) and len(start) < _DEEPEST:
        for key in inner:
            yield from _properties(schema, (*start, Key(key)))
    elif start:
        yield start


def _kind(said: Any, value: Plain | Missing) -> str:
    """One of boolean, integer, number, string, or nothing where any YAML will do."""
    if isinstance(said, str):
        return said
    if said is not None:
        return ""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return kinds.get(type(value), "")


def _reader(kind: str, value: Plain | Missing) -> Callable[[str], Plain]:
    if kind == "number":
        return _number if isinstance(value, int) else float
    return _READERS.get(kind, _yaml)


def _help(said: Mapping[str | int, Any], value: Plain | Missing) -> str:
    description = said.get("description")
    parts = [inline(description)] if isinstance(description, str) else []
    if not isinstance(value, Missing):
        parts.append(f"(now {_shown(value)})")
    elif "default" in said:
        parts.append(f"(default {_shown(said['default'])})")
    return " ".join(parts).replace("%", "%%")


def _shown(value: Plain) -> str:
    text = inline(typed_text(value))
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _yaml(text: str) -> Plain:
    try:
        return read_value(text)
    except UsageError as error:
        raise ArgumentTypeError(error.message) from None


_READERS: Mapping[str, Callable[[str], Plain]] = {
    "boolean": _boolean,
    "integer": int,
    "string": str,
}
_METAVARS = {"boolean": "true|false", "integer": "N", "number": "X", "string": "TEXT"}
