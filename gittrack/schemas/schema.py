"""A schema of the repository: what in a config does not satisfy it, what it says of a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gittrack.canonical import Plain
from gittrack.query.paths import Key, Path, Position
from gittrack.schemas import wording
from gittrack.schemas.facets import facets_at, merged
from gittrack.schemas.json_form import (
    ambiguous_keys,
    is_plain_json,
    json_form,
    true_key,
    true_path,
)
from gittrack.schemas.library import Library
from gittrack.schemas.subschemas import Document
from gittrack.schemas.validator import Validator
from gittrack.schemas.violation import Violation

_MOST_GUESSES = 50

Config = Mapping[str | int, Plain]


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that is sound; `name` is its file's name without folder and suffix.

    `kinds` are the values of the top-level key `kind` that it speaks of.
    """

    path: str
    name: str
    document: dict[str | int, Plain]
    kinds: tuple[str, ...] = field(repr=False)
    absolute: Document = field(repr=False)
    library: Library = field(repr=False, compare=False)
    validator: Validator = field(repr=False, compare=False)

    def violations(self, config: Config) -> list[Violation]:
        """All that does not satisfy the schema, in the config's order; each fault once."""
        data = dict(config)
        clashes = [] if is_plain_json(data) else ambiguous_keys(data)
        instance = data if is_plain_json(data) else json_form(data)
        is_exact = instance is data
        if not clashes and self.validator.is_valid(instance, is_exact):
            return []
        found = [self._clash(path) for path in clashes]
        reader = _Reader(self, data)
        for error in self.validator.errors(instance, is_exact):
            found += reader.violations(error)
        order = _Order(data)
        return sorted(dict.fromkeys(found), key=lambda violation: order.of(violation.path))

    def at(self, path: Path) -> dict[str | int, Any] | None:
        """What the schema says of the value at a path, merged; None if it knows no such path.

        References, `allOf`, `properties`, `patternProperties`, `additionalProperties`, `items` and
        `prefixItems` are followed; `{}` means that anything goes. It is for types, defaults and
        descriptions: where two say different things of one place the nearer one counts, so
        whether a value is allowed is asked of `violations`. A `$ref` within it is absolute.
        """
        found = facets_at(self.library, self.absolute, path)
        return None if found is None else merged(found)

    def _clash(self, path: Path) -> Violation:
        message = "a schema cannot tell this integer from the string of the same digits beside it"
        return Violation(path, message, "properties", self.path, key=True)


class _Reader:
    """Turns the validator's errors on one config into violations."""

    def __init__(self, schema: Schema, config: dict[str | int, Plain]) -> None:
        self._schema = schema
        self._config = config
        self._guesses = 0

    def violations(self, error: Any) -> Iterator[Violation]:
        """What one error says: a violation for each unknown key, else one."""
        path = true_path(self._config, error.instance_path)
        value = _value(self._config, path)
        name, steps = type(error.kind).__name__, list(error.schema_path)
        if name in ("AdditionalProperties", "UnevaluatedProperties"):
            yield from self._unknown(path, value, error.kind.unexpected, steps[-1])
        elif name == "PropertyNames":
            yield self._bad_name(path, value, error.kind.error)
        elif name == "FalseSchema":
            yield from self._refused(path, value, steps)
        elif name == "Required":
            yield self._missing(path, value, str(error.kind.property), steps)
        else:
            message = wording.error_text(error, value)
            yield self._violation(path, message, steps)

    def _violation(
        self, path: Path, message: str, steps: list[Any], key: bool = False
    ) -> Violation:
        keyword = next((str(step) for step in reversed(steps) if isinstance(step, str)), "")
        return Violation(path, message, keyword, self._schema.path, key)

    def _unknown(
        self, path: Path, value: Any, names: Iterable[str], keyword: str
    ) -> Iterator[Violation]:
        known = self._free_keys(path, value)
        for name in names:
            meant = None
            if self._guesses < _MOST_GUESSES:  # thousands of keys, each compared with all
                self._guesses += 1
                meant = wording.guess(name, known)
            advice = "" if meant is None else f"; did you mean {wording.key_text(meant)}?"
            full = (*path, Key(true_key(value, name)))
            yield self._violation(full, f"unknown key{advice}", [keyword], key=True)

    def _bad_name(self, path: Path, value: Any, error: Any) -> Violation:
        name = str(error.instance)
        message = "this key is not allowed: " + wording.error_text(error, name)
        full = (*path, Key(true_key(value, name)))
        return self._violation(full, message, ["propertyNames"], key=True)

    def _refused(self, path: Path, value: Any, steps: list[Any]) -> Iterator[Violation]:
        is_named = len(steps) > 1 and steps[-2] in ("properties", "patternProperties")
        keyword = "" if is_named or not steps else steps[-1]
        if keyword in ("additionalProperties", "unevaluatedProperties", "propertyNames"):
            names = [str(name) for name in value] if isinstance(value, dict) else []
            yield from self._unknown(path, value, names, keyword)
        elif is_named:
            yield self._violation(path, "this key is not allowed here", [steps[-2]], key=True)
        elif keyword in ("items", "prefixItems", "unevaluatedItems"):
            yield self._violation(path, "the list must end before this element", steps)
        else:
            yield self._violation(path, "this is not allowed together with the rest", steps)

    def _missing(self, path: Path, value: Any, name: str, steps: list[Any]) -> Violation:
        message = f"the key {wording.key_text(name)} is missing"
        if steps and steps[-1] == "dependentRequired":
            for facet in facets_at(self._schema.library, self._schema.absolute, path) or []:
                for other, needed in facet.get("dependentRequired", {}).items():
                    if name in needed and true_key(value, str(other)) in value:
                        message += f": {wording.key_text(other)} needs it"
                        return self._violation(path, message, steps)
        return self._violation(path, message, steps)

    def _free_keys(self, path: Path, value: Any) -> list[str]:
        """The keys that the schema knows at a path and that the config does not have there."""
        speaking = facets_at(self._schema.library, self._schema.absolute, path) or []
        names = [str(name) for facet in speaking for name in facet.get("properties", {})]
        taken = {str(key) for key in value} if isinstance(value, dict) else set()
        return [name for name in dict.fromkeys(names) if name not in taken]


class _Order:
    """The order of paths in a config's text."""

    def __init__(self, config: dict[str | int, Plain]) -> None:
        self._config = config
        self._indexes: dict[int, dict[str | int, int]] = {}

    def of(self, path: Path) -> tuple[int, ...]:
        """What to sort a path by."""
        places: list[int] = []
        value: Any = self._config
        for segment in path:
            if isinstance(segment, Position):
                places.append(segment.index)
                value = value[segment.index]
                continue
            if id(value) not in self._indexes:
                self._indexes[id(value)] = {key: index for index, key in enumerate(value)}
            places.append(self._indexes[id(value)].get(segment.name, len(value)))
            value = value.get(segment.name)
        return tuple(places)


def _value(config: Any, path: Path) -> Any:
    for segment in path:
        config = config[segment.index if isinstance(segment, Position) else segment.name]
    return config
