"""What the validator finds, in words for people: one line each, harmless in a terminal."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from typing import Any

from gittrack.query.paths import Key, path_text
from gittrack.schemas.json_form import LARGEST, plain_form
from gittrack.shown import typed_text
from gittrack.terminal import inline, json_text

_LONGEST_VALUE = 60
_LONGEST_COMPARED = 80
_MOST_CHOICES = 8

_TYPES = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}


def value_text(value: Any) -> str:
    """A value as the config spells it, cut where it is long; of a collection what it is."""
    if isinstance(value, dict):
        return "this mapping" if value else "{}"
    if isinstance(value, list):
        return "this list" if value else "[]"
    if isinstance(value, str):
        shown = json_text(value[:_LONGEST_VALUE])
        return shown if len(value) <= _LONGEST_VALUE else f'{shown[:-1]}…"'
    return cut(typed_text(value))


def cut(text: str) -> str:
    """The text on one line, with an ellipsis where it is too long."""
    shown = inline(text[: _LONGEST_VALUE + 1])
    return shown if len(text) <= _LONGEST_VALUE else shown[:_LONGEST_VALUE] + "…"


def key_text(name: str | int) -> str:
    """A key as a query writes it."""
    return cut(path_text((Key(name),)))


def choices_text(choices: Iterable[Any]) -> str:
    """Allowed values in a row; of many the first ones."""
    shown = [value_text(choice) for choice in choices]
    more = len(shown) - _MOST_CHOICES
    return ", ".join(shown[:_MOST_CHOICES]) + (f" and {more} more" if more > 0 else "")


def types_text(types: Iterable[str]) -> str:
    """JSON Schema's types in words: `a string or null`."""
    names = [_TYPES.get(name, name) for name in types]
    if "a number" in names and "an integer" in names:
        names.remove("an integer")
    return " or ".join(sorted(names, key=lambda name: (name == "null", name)))


def guess(word: Any, known: Iterable[Any]) -> str | None:
    """The one of the known words that was probably meant."""
    if not isinstance(word, str) or len(word) > _LONGEST_COMPARED:
        return None
    words = [other for other in known if isinstance(other, str) and other != word]
    found = difflib.get_close_matches(word, words, 1)
    # Only the case is wrong, or the hyphens: no match by letters, and yet the same word.
    folded = {_folded(other): other for other in words}
    return folded.get(_folded(word), found[0] if found else None)


def error_text(error: Any, value: Any) -> str:
    """The sentence for an error that concerns one value; `value` is that value."""
    name = type(error.kind).__name__
    if name in ("AnyOf", "OneOfNotValid"):
        return _no_branch(error, value)
    if name in _SENTENCES:
        return _SENTENCES[name]
    known = _TEXTS.get(name)
    return cut(str(error.message)) if known is None else known(error.kind, value)


def _folded(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "")


def _type_text(kind: Any, value: Any) -> str:
    return _wrong_type(kind.types, value)


def _wrong_type(types: Iterable[str], value: Any) -> str:
    wanted = types_text(types)
    if value is None:
        return f"null is not {wanted}"
    if isinstance(value, dict | list):
        what = "a mapping" if isinstance(value, dict) else "a list"
        return f"{what} is not {wanted}" if not value else f"this is {what}, not {wanted}"
    kinds = {bool: "a boolean", int: "an integer", float: "a float"}
    return f"{value_text(value)} is {kinds.get(type(value), 'a string')}, not {wanted}"


def _enum_text(kind: Any, value: Any) -> str:
    return _none_of(plain_form(kind.options), value)


def _none_of(options: list[Any], value: Any) -> str:
    if len(options) == 1:
        return f"{value_text(value)} is not {value_text(options[0])}"
    meant = guess(value, options)
    advice = "" if meant is None else f"; did you mean {value_text(meant)}?"
    return f"{value_text(value)} is none of {choices_text(options)}{advice}"


def _constant_text(kind: Any, value: Any) -> str:
    wanted = plain_form(kind.expected_value)
    if isinstance(wanted, dict | list) and wanted:
        return f"{value_text(value)} is not {cut(typed_text(wanted))}"
    return f"{value_text(value)} is not {value_text(wanted)}"


def _bound_text(problem: str, name: str) -> Callable[[Any, Any], str]:
    def text(kind: Any, value: Any) -> str:
        limit = value_text(plain_form(kind.limit))
        if math.isfinite(value):
            return f"{value_text(value)} is {problem} {limit}"
        advice = "" if kind.limit == LARGEST else f"; the {name} is {limit}"
        return f"{value_text(value)} is not a finite number{advice}"

    return text


def _count_text(problem: str, unit: str) -> Callable[[Any, Any], str]:
    def text(kind: Any, value: Any) -> str:
        units = unit if kind.limit == 1 else f"{unit}s"
        what = f"{value_text(value)} has" if isinstance(value, str) else "there are"
        return f"{what} {len(value)}, {problem} {kind.limit} {units}"

    return text


def _multiple_text(kind: Any, value: Any) -> str:
    return f"{value_text(value)} is not a multiple of {value_text(plain_form(kind.multiple_of))}"


def _format_text(kind: Any, value: Any) -> str:
    return f"{value_text(value)} is not a valid {cut(kind.format)}"


def _pattern_text(kind: Any, value: Any) -> str:
    return f"{value_text(value)} does not match the pattern {value_text(kind.pattern)}"


def _required_text(kind: Any, value: Any) -> str:  # noqa: ARG001 - all of the table take both
    return f"the key {key_text(kind.property)} is missing"


_SENTENCES = {
    "Contains": "too few or too many of the elements are of the kind that the list must contain",
    "FalseSchema": "nothing is allowed here",
    "Not": "this is just what the schema rules out",
    "OneOfMultipleValid": "this fits several alternatives where one is allowed",
    "UnevaluatedItems": "the list has more elements than the schema knows",
    "UniqueItems": "an element is here twice",
}

_TEXTS: dict[str, Callable[[Any, Any], str]] = {
    "Constant": _constant_text,
    "Enum": _enum_text,
    "ExclusiveMaximum": _bound_text("not below", "limit"),
    "ExclusiveMinimum": _bound_text("not above", "limit"),
    "Format": _format_text,
    "MaxItems": _count_text("more than", "element"),
    "MaxLength": _count_text("more than", "character"),
    "MaxProperties": _count_text("more than", "key"),
    "Maximum": _bound_text("above the maximum", "maximum"),
    "MinItems": _count_text("fewer than", "element"),
    "MinLength": _count_text("fewer than", "character"),
    "MinProperties": _count_text("fewer than", "key"),
    "Minimum": _bound_text("below the minimum", "minimum"),
    "MultipleOf": _multiple_text,
    "Pattern": _pattern_text,
    "Required": _required_text,
    "Type": _type_text,
}


def _no_branch(error: Any, value: Any) -> str:
    """Why a value fits no alternative: what all of them demand, or what the nearest one misses."""
    branches = error.kind.context
    here = list(error.instance_path)
    firsts = [[e for e in branch if list(e.instance_path) == here] for branch in branches]
    if branches and all(_is_other_type(branch, here) for branch in branches):
        types = [name for first in firsts for e in first if _is(e, "Type") for name in e.kind.types]
        return _wrong_type(dict.fromkeys(types), value)
    options = [option for first in firsts for e in first for option in _options(e)]
    if branches and all(any(_options(e) for e in first) for first in firsts):
        return _none_of(options, value)
    nearest: list[Any] = min(branches, key=lambda branch: _distance(branch, here), default=[])
    if not nearest:
        return f"{value_text(value)} fits none of the alternatives"
    reason = _inner_text(nearest[0], error, value)
    if sum(_is_other_type(branch, here) for branch in branches) == len(branches) - 1:
        return reason
    return f"this fits none of {len(branches)} alternatives; of the nearest, {reason}"


def _is(error: Any, name: str) -> bool:
    return type(error.kind).__name__ == name


def _options(error: Any) -> list[Any]:
    if _is(error, "Enum"):
        return list(plain_form(error.kind.options))
    return [plain_form(error.kind.expected_value)] if _is(error, "Constant") else []


def _distance(branch: list[Any], here: list[Any]) -> tuple[int, int, int]:
    # A `const` or `enum` mostly says which alternative is meant: `kind: adam`.
    other = sum(bool(_options(e)) for e in branch)
    return _is_other_type(branch, here), other, len(branch)


def _is_other_type(branch: list[Any], here: list[Any]) -> bool:
    return any(_is(error, "Type") and list(error.instance_path) == here for error in branch)


def _inner_text(error: Any, outer: Any, value: Any) -> str:
    steps = list(error.instance_path)[len(outer.instance_path) :]
    place: list[Any] = []
    for step in steps:
        place.append(step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = plain_form(error.instance)
            break
    name = ".".join(str(step) for step in place)
    if type(error.kind).__name__ in ("AdditionalProperties", "UnevaluatedProperties"):
        text = f"unknown key {key_text(error.kind.unexpected[0])}"
    else:
        text = error_text(error, value)
    return f"{cut(name)}: {text}" if name else text
