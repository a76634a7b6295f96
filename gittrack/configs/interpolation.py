"""`${model.depth}` in a config's strings replaced by what it stands for, as OmegaConf reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gittrack.adapt import to_plain
from gittrack.canonical import MAX_BYTES, Plain
from gittrack.configs.growth import too_large
from gittrack.configs.paths import look_up
from gittrack.diff import Missing, flatten
from gittrack.errors import ValueRefusedError
from gittrack.query.paths import Key, Path, Position

_MARK = "${"
_PREFIX = re.compile(r"\w+ (?:raised )?while resolving interpolation: ")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A string whose references lead nowhere, and why."""

    path: Path
    message: str


def has_references(data: Plain) -> bool:
    """Whether some string in the data has a reference in it."""
    return any(True for _ in _references(data))


def resolve(data: dict[str | int, Plain]) -> tuple[dict[str | int, Plain], list[Unresolved]]:
    """The data with every reference replaced; what cannot be is left, and told.

    `${a.b}` is looked up from the top, `${.b}` from the mapping that holds the string,
    `${oc.env:NAME}` in the environment; a string that is one reference takes its value and type.
    Data without references is given back as it is.
    """
    found = list(_references(data))
    if not found:
        return data, []
    return _Resolver(data, found).resolved()


class _Resolver:
    """Resolves the strings of one config."""

    def __init__(self, data: dict[str | int, Plain], references: list[tuple[Path, str]]) -> None:
        self._data = _copied(data)
        self._references = references
        self._faults: list[Unresolved] = []
        self._refused = too_large(data, references)
        self._size = 0

    def resolved(self) -> tuple[dict[str | int, Plain], list[Unresolved]]:
        """The data, and what could not be resolved."""
        from omegaconf import OmegaConf  # 60 ms, and most configs have no reference

        readable = _without_twins(self._data)
        paths = [path for path, text in self._references if self._is_readable(path, text, readable)]
        tree = OmegaConf.create(readable)
        values = [(path, self._value(tree, path)) for path in paths]
        for path, value in values:
            if value is not _FAILED:
                _put(self._data, path, value)
        return self._data, self._faults

    def _is_readable(self, path: Path, text: str, readable: Plain) -> bool:
        """Whether OmegaConf can read a string; if not, it is told, and left out of `readable`."""
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        if isinstance(look_up(readable, path), Missing):
            message = "a key on the way differs from another one in its type only"
            self._faults.append(Unresolved(path, message))
            return False
        try:
            OmegaConf.create({"value": text})
        except OmegaConfBaseException as error:
            self._faults.append(Unresolved(path, f"cannot be read: {_first_line(error)}"))
            _put(readable, path, None)
            return False
        if path in self._refused:
            self._faults.append(Unresolved(path, self._refused[path]))
            _put(readable, path, None)
            return False
        return True

    def _value(self, tree: Any, path: Path) -> Any:
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        try:
            value = _node(tree, path[:-1])[_step(path[-1])]
            if OmegaConf.is_config(value):
                value = OmegaConf.to_container(value, resolve=True)
            plain = to_plain(value)
        except OmegaConfBaseException as error:
            self._faults.append(Unresolved(path, _first_line(error)))
        except RecursionError:
            self._faults.append(Unresolved(path, "the references run in a circle"))
        except ValueRefusedError as error:
            self._faults.append(Unresolved(path, error.message))
        else:
            self._size += sum(len(leaf) for _, leaf in flatten(plain) if isinstance(leaf, str))
            if self._size <= MAX_BYTES:
                return plain
            self._faults.append(Unresolved(path, "with its references the config is over 16 MiB"))
        return _FAILED


_FAILED = object()


def _references(data: Plain) -> Iterator[tuple[Path, str]]:
    for path, leaf in flatten(data):
        if isinstance(leaf, str) and _MARK in leaf:
            yield path, leaf


def _node(tree: Any, path: Path) -> Any:
    """The mapping or list at a path, with nothing resolved on the way."""
    for step in path:
        tree = tree._get_node(_step(step))
    return tree


def _step(step: Key | Position) -> str | int:
    return step.name if isinstance(step, Key) else step.index


def _put(data: Any, path: Path, value: Plain) -> None:
    for step in path[:-1]:
        data = data[_step(step)]
    data[_step(path[-1])] = value


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    return value


def _without_twins(value: Any) -> Any:
    """A copy without keys such as `"5"` beside `5`, which OmegaConf refuses."""
    if isinstance(value, dict):
        numbers = {str(key) for key in value if isinstance(key, int)}
        kept = [key for key in value if isinstance(key, int) or key not in numbers]
        return {key: _without_twins(value[key]) for key in kept}
    if isinstance(value, list):
        return [_without_twins(inner) for inner in value]
    return value


def _first_line(error: Exception) -> str:
    text = _PREFIX.sub("", str(error).strip().partition("\n")[0]).strip('"')
    return f"{text[:1].lower()}{text[1:]}"
