"""What clients may send, as JSON Schema: read, checked, and described by the same words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jsonschema_rs

from gittrack.errors import UsageError

Shape = Mapping[str, Any]
"""A JSON Schema."""

_LONGEST = 300

TEXT: Shape = {"type": "string"}
BOOLEAN: Shape = {"type": "boolean"}
ANYTHING: Shape = {}
OBJECT: Shape = {"type": "object"}
TEXTS: Shape = {"type": "array", "items": TEXT}
NUMBER: Shape = {
    "anyOf": [{"type": "number"}, {"enum": [".nan", ".inf", "-.inf"]}],
    "description": "A number; .nan, .inf and -.inf as texts.",
}
STEP: Shape = {"type": ["integer", "null"], "minimum": -(2**53), "maximum": 2**53}
TAGS: Shape = {
    "type": "object",
    "additionalProperties": {"type": ["string", "null"]},
    "description": "Texts by name; null takes one away.",
}
NUMBERS: Shape = {"type": "object", "additionalProperties": NUMBER}


def whole(least: int, most: int) -> Shape:
    """An integer between two bounds."""
    return {"type": "integer", "minimum": least, "maximum": most}


def listing(items: Shape) -> Shape:
    """A list of such."""
    return {"type": "array", "items": items}


def mapping(required: Sequence[str] = (), **properties: Shape) -> Shape:
    """An object with these properties and no others."""
    shape: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return shape | ({"required": list(required)} if required else {})


def answer(**properties: Shape) -> Shape:
    """An object that has all these properties, and perhaps more."""
    return {"type": "object", "properties": properties, "required": list(properties)}


@dataclass(frozen=True)
class Checker:
    """Holds data against a shape; the shape is compiled when it is first asked."""

    shape: Shape

    def check(self, data: Any, what: str) -> None:
        """Refuse data that is not of this shape.

        Raises:
            UsageError: it is not; says where, and why.
        """
        for error in self._validator.iter_errors(data):
            place = "".join(
                f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.instance_path
            )
            reason = error.message
            short = reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…"
            raise UsageError(f"{what}{place[:_LONGEST]}: {short}")

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.validator_for(dict(self.shape))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a request's query; one that is `many` may be given several times."""

    name: str
    shape: Shape
    description: str
    required: bool = False
    many: bool = False
    checker: Checker = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "checker", Checker(self.shape))

    def read(self, given: Sequence[str]) -> Any:
        """The value that was given: a list where it is `many`, `None` where there is none.

        Raises:
            UsageError: it is missing, given twice, or not of its shape.
        """
        if self.required and not given:
            raise UsageError(f"the parameter {self.name} is missing")
        if len(given) > 1 and not self.many:
            raise UsageError(f"the parameter {self.name} is given {len(given)} times")
        values = [self._value(text) for text in given]
        if self.many:
            return values
        return values[0] if values else None

    def _value(self, text: str) -> Any:
        value: Any = text
        if self.shape.get("type") == "integer" and text.lstrip("-").isdecimal() and text.isascii():
            value = int(text) if len(text) < 20 else text
        elif self.shape.get("type") == "boolean":
            value = {"true": True, "false": False}.get(text, text)
        self.checker.check(value, f"the parameter {self.name}")
        return value


def read_json(data: bytes) -> Any:
    """The JSON document in a request's body.

    Raises:
        UsageError: it is none, or holds what cannot be stored.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON: write .nan, .inf or -.inf as a text")

    try:
        found = json.loads(data.decode(), parse_constant=refuse)
        json.dumps(found, ensure_ascii=False).encode()  # lone surrogates are no text
    except UnicodeError:
        raise UsageError("the body is not UTF-8") from None
    except RecursionError:
        raise UsageError("the body is nested too deeply") from None
    except ValueError as error:
        raise UsageError(f"the body is no JSON: {str(error)[:_LONGEST]}") from None
    return found


def number(value: float | str) -> float:
    """A number as JSON gives it: `.nan`, `.inf` and `-.inf` are texts there.

    Raises:
        UsageError: it is an integer beyond what a float can hold.
    """
    if isinstance(value, str):
        return {".nan": float("nan"), ".inf": float("inf"), "-.inf": float("-inf")}[value]
    try:
        return float(value)
    except OverflowError:
        raise UsageError("a metric's value is beyond 1.8e308") from None
