"""Overrides: single values set, added or removed in a config, as people write them."""

from __future__ import annotations

import difflib
import re
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gittrack.adapt import to_plain
from gittrack.canonical import Plain
from gittrack.configs.paths import child, fitted, look_up, read_path
from gittrack.configs.values import value_for
from gittrack.diff import Missing
from gittrack.errors import UsageError
from gittrack.query.paths import Key, Path, Position, path_text
from gittrack.shown import typed_text

Overrides = Iterable[str] | Mapping[str | int, Any] | Namespace
"""What a caller may give: `["training.lr=0.01"]`, a mapping, or parsed arguments."""

SchemaAt = Callable[[Path], Mapping[str, Any] | None]
"""What a schema says of the value at a path; `None` where none speaks of it."""

_ALIKE = 0.8
_HINT = "write KEY=VALUE, +KEY=VALUE to add a key, or ~KEY to remove one"
_KEY_END = re.compile(r"(?:[^`=]|`(?:[^`]|``)*`)*")
_DIGITS = re.compile(r"\d+")


class OverrideError(UsageError):
    """Overrides that do not fit; `candidates` has a line for each, where they are several."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        alone = faults[0] if len(faults) == 1 else None
        super().__init__(
            alone.message if alone else f"{len(faults)} overrides do not fit",
            hint=alone.hint if alone else None,
        )
        self.candidates = () if alone else tuple(fault.message for fault in faults)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an override, in one line, and what to do; `meant` is a similar key."""

    message: str
    hint: str | None = None
    meant: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """One override as it was written; `raw` is a value's text, `value` one with a type already."""

    text: str
    path: Path
    action: Literal["set", "add", "remove"]
    raw: str | None = None
    value: Plain = None


@dataclass(slots=True)
class Applied:
    """A config with overrides in it; `suspects` are keys that were added and look mistyped."""

    data: dict[str | int, Plain]
    done: dict[Path, Override] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    suspects: dict[Path, Fault] = field(default_factory=dict)


def read_override(text: str) -> Override:
    """The override that a text such as `training.lr=0.01`, `+a.b=1` or `~a` says.

    Raises:
        UsageError: it says none.
    """
    sign = text[:1] if text[:1] in ("+", "~") else ""
    match = _KEY_END.match(text, len(sign))
    end = match.end() if match else 0
    name, value = text[len(sign) : end].strip(), text[end + 1 :]
    if sign == "~":
        if end < len(text):
            raise UsageError(f"override {text}: ~ takes a key and no value", hint=_HINT)
        return Override(text, read_path(name), "remove")
    if end >= len(text) or not name:
        missing = "= in it" if name else "key in it"
        raise UsageError(f"override {text}: there is no {missing}", hint=_HINT)
    return Override(text, read_path(name), "add" if sign else "set", value)


def apply(data: dict[str | int, Plain], overrides: Overrides, schema_at: SchemaAt) -> Applied:
    """Change `data` by all overrides, in their order; what does not fit is in `faults`."""
    applied = Applied(data)
    for override in _all(overrides, applied, schema_at):
        try:
            _apply(override, applied, schema_at)
        except UsageError as error:
            applied.faults.append(Fault(error.message, error.hint))
    return applied


def _all(overrides: Overrides, applied: Applied, schema_at: SchemaAt) -> Iterable[Override]:
    if isinstance(overrides, Namespace):
        return _from_arguments(vars(overrides), applied.data, schema_at)
    if isinstance(overrides, Mapping):
        plain = to_plain(overrides)
        return _from_mapping(plain, (), applied.data) if isinstance(plain, dict) else ()
    return _from_texts([overrides] if isinstance(overrides, str) else overrides, applied)


def _from_texts(texts: Iterable[str], applied: Applied) -> Iterable[Override]:
    for text in texts:
        try:
            yield read_override(text)
        except UsageError as error:
            applied.faults.append(Fault(error.message, error.hint))


def _from_mapping(
    mapping: dict[str | int, Plain], start: Path, data: dict[str | int, Plain]
) -> Iterable[Override]:
    """An override for each value; a key that the config has is that key, dots or not."""
    for key, value in mapping.items():
        path = (*start, *_keys(key, look_up(data, start)))
        if isinstance(value, dict) and value:
            yield from _from_mapping(value, path, data)
        else:
            yield Override(f"{path_text(path)}={typed_text(value)}", path, "set", value=value)


def _from_arguments(
    arguments: Mapping[str, Any], data: dict[str | int, Plain], schema_at: SchemaAt
) -> Iterable[Override]:
    for name, given in arguments.items():
        try:
            path = fitted(_keys(name, data), data)
        except UsageError:
            continue  # no path: an argument of the program's own
        known = not isinstance(look_up(data, path), Missing) or schema_at(path) is not None
        if known and given is not None:
            value = to_plain(given)
            yield Override(f"{path_text(path)}={typed_text(value)}", path, "set", value=value)


def _keys(key: str | int, parent: Plain | Missing) -> Path:
    if isinstance(key, int) or (isinstance(parent, dict) and key in parent):
        return (Key(key),)
    return read_path(key)


def _apply(override: Override, applied: Applied, schema_at: SchemaAt) -> None:
    path = fitted(override.path, applied.data)
    if override.action == "remove":
        _remove(override, path, applied)
        return
    value = override.value
    if override.raw is not None:
        try:
            value = value_for(override.raw, schema_at(path))
        except UsageError as error:
            raise UsageError(
                f"override {override.text}: {error.message}", hint=error.hint
            ) from None
    _set(override, path, value, applied, schema_at)


def _set(
    override: Override, path: Path, value: Plain, applied: Applied, schema_at: SchemaAt
) -> None:
    here: Plain = applied.data
    for number, step in enumerate(path):
        last = number == len(path) - 1
        found = child(here, step)
        if isinstance(found, Missing):
            _check_place(override, here, path[: number + 1])
            if override.action == "set" and schema_at(path[: number + 1]) is None:
                _suspect(path[: number + 1], path, here, applied)
        if last:
            _store(here, step, value)
        elif isinstance(found, Missing):
            if isinstance(path[number + 1], Position):
                missing = path_text(path[: number + 1])
                message = f"override {override.text}: there is no {missing}"
                raise UsageError(message, hint=f"set the whole list: {missing}=[VALUE]")
            new: Plain = {}
            _store(here, step, new)
            here = new
        else:
            here = found
    _note(override, path, applied)


def _remove(override: Override, path: Path, applied: Applied) -> None:
    parent = look_up(applied.data, path[:-1])
    step = path[-1]
    if isinstance(parent, Missing) or isinstance(child(parent, step), Missing):
        similar = None if isinstance(parent, Missing) else _similar(step, parent)
        advice = "" if similar is None else f"; did you mean {_step_text(similar)}?"
        raise UsageError(
            f"override {override.text}: there is no {path_text(path)} to remove{advice}"
        )
    if isinstance(parent, dict) and isinstance(step, Key):
        del parent[step.name]
        _note(override, path, applied)
    elif isinstance(parent, list) and isinstance(step, Position):
        del parent[step.index]
        _note(override, path[:-1], applied)  # all that came behind it has another position now


def _note(override: Override, path: Path, applied: Applied) -> None:
    for known in [known for known in applied.done if known[: len(path)] == path]:
        del applied.done[known]
    applied.done[path] = override


def _check_place(override: Override, parent: Plain, path: Path) -> None:
    """Refuse a step into something that cannot take it."""
    step, above = path[-1], path_text(path[:-1]) or "the config"
    if isinstance(step, Key):
        if isinstance(parent, dict):
            return
        message = f"{above} is {_kind(parent)}, not a mapping"
        hint = f"set all of it: {above}={{{_step_text(step.name)}: VALUE}}"
    elif not isinstance(parent, list):
        message, hint = f"{above} is {_kind(parent)}, not a list", None
    elif override.action == "add" and step.index == len(parent):
        return
    else:
        count = len(parent)
        size = f"{count} element{'' if count == 1 else 's'}"
        message = f"there is no {path_text(path)}: the list has {size}"
        hint = f"to append one: +{above}[{len(parent)}]=VALUE"
    raise UsageError(f"override {override.text}: {message}", hint=hint)


def _suspect(missing: Path, path: Path, parent: Plain, applied: Applied) -> None:
    similar = _similar(missing[-1], parent)
    if similar is not None:
        applied.suspects[path] = Fault(
            f"{path_text(missing)} is not in the config; did you mean {_step_text(similar)}?"
            f" (to add it: +{path_text(path)}=…)",
            meant=_step_text(similar),
        )


def _similar(step: Key | Position, parent: Plain) -> str | None:
    """A key of the mapping that the step may have been meant for."""
    if not isinstance(step, Key) or not isinstance(parent, dict) or not isinstance(step.name, str):
        return None
    known = [key for key in parent if isinstance(key, str)]
    for match in difflib.get_close_matches(step.name, known, n=3, cutoff=_ALIKE):
        if _DIGITS.sub("", match) != _DIGITS.sub("", step.name):
            return match
    return None


def _store(parent: Plain, step: Key | Position, value: Plain) -> None:
    if isinstance(parent, dict) and isinstance(step, Key):
        parent[step.name] = value
    elif isinstance(parent, list) and isinstance(step, Position):
        parent[step.index : step.index + 1] = [value]


def _step_text(name: str | int) -> str:
    return path_text((Key(name),))


def _kind(value: Plain) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return typed_text(value)
