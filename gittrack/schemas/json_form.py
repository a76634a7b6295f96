"""Configs and schemas as a JSON validator can see them: integer keys, `.nan`, `.inf`.

JSON has names only, and no number that is not finite. A number that is not finite becomes a
stand-in: larger than every float and every usual integer, and not whole. So it is a number, no
integer, above every maximum, and equal to itself alone. That it is below every minimum as well
takes a further maximum beside each minimum: `bounded`.
"""

from __future__ import annotations

import copy
import math
from decimal import Decimal
from typing import Any

from gittrack.canonical import Plain
from gittrack.query.paths import Key, Path, Position
from gittrack.schemas.subschemas import walk

LARGEST = 10**400 - 1
"""The maximum of what must be finite: above every float; more digits cost milliseconds a value."""

_NAN, _INFINITY, _MINUS_INFINITY = (
    Decimal(f"{LARGEST}.{digits}") for digits in ("123456789", "312345678", "712345689")
)
_MEANINGS = {_NAN: math.nan, _INFINITY: math.inf, _MINUS_INFINITY: -math.inf}

_LOWER = ("minimum", "exclusiveMinimum")
_UPPER = ("maximum", "exclusiveMaximum")
BOUNDS = (*_LOWER, *_UPPER)
"""The keywords that limit a number."""


def is_plain_json(data: Any) -> bool:
    """Whether the data is JSON as it is: names only, finite numbers only."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind is dict:
            if not all(type(key) is str for key in value):
                return False
            waiting += value.values()
        elif kind is list:
            waiting += value
        elif kind is float and not math.isfinite(value):
            return False
    return True


def json_form(value: Any) -> Any:
    """The data with names for integer keys, and stand-ins for numbers that are not finite.

    Of two keys that are one name, 1 and "1", the string counts.
    """
    if isinstance(value, dict):
        names = {str(key): inner for key, inner in value.items()}
        return {name: json_form(value.get(name, inner)) for name, inner in names.items()}
    if isinstance(value, list):
        return [json_form(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return _NAN
        return _INFINITY if value > 0 else _MINUS_INFINITY
    return value


def plain_form(value: Any) -> Any:
    """What a value that the validator gives back stands for."""
    if isinstance(value, Decimal):
        return _MEANINGS.get(value, float(value) if value.copy_abs() < LARGEST else math.inf)
    if isinstance(value, list):
        return [plain_form(inner) for inner in value]
    if isinstance(value, dict):
        return {name: plain_form(inner) for name, inner in value.items()}
    return value


def bounded(schema: Any) -> Any:
    """A copy of a schema in JSON form that also has a maximum wherever it has a minimum."""
    copied = copy.deepcopy(schema)
    for _, _, inner in walk(copied):
        has_lower = any(keyword in inner for keyword in _LOWER)
        if has_lower and not any(keyword in inner for keyword in _UPPER):
            inner["maximum"] = LARGEST
    return copied


def true_path(config: Plain, steps: list[str | int]) -> Path:
    """The path of the place in the config that the validator calls by these names and positions."""
    path: list[Key | Position] = []
    value: Any = config
    for step in steps:
        if isinstance(value, list):
            path.append(Position(int(step)))
            value = value[int(step)]
        else:
            key = true_key(value, str(step))
            path.append(Key(key))
            value = value.get(key) if isinstance(value, dict) else None
    return tuple(path)


def true_key(mapping: Any, name: str) -> str | int:
    """The key of the mapping that has this name; the name itself if it has none."""
    if not isinstance(mapping, dict) or name in mapping:
        return name
    return next((key for key in mapping if str(key) == name), name)


def ambiguous_keys(config: Any) -> list[Path]:
    """The integer keys that have the name of a string beside them: only one of them is seen."""
    found: list[Path] = []
    waiting: list[tuple[Path, Any]] = [((), config)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            found += [
                (*path, Key(key)) for key in value if isinstance(key, int) and str(key) in value
            ]
            waiting += [((*path, Key(key)), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, Position(i)), inner) for i, inner in enumerate(value)]
    return found
