"""Paths into configs as people write them: read, and followed through data."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gittrack.canonical import Plain
from gittrack.diff import MISSING, Missing
from gittrack.errors import UsageError
from gittrack.query.paths import Key, Path, Position

_STEP = re.compile(r"`((?:[^`]++|``)++)`|\[([0-9]{1,9})\]|([^.\[\]`]++)")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")

_HINT = "as in training.lr, layers[0].units, or with backticks: model.`learning rate`"


def read_path(text: str) -> Path:
    """The path that `path_text` writes as `text`; bare keys may hold more than it leaves bare.

    Raises:
        UsageError: the text is no path.
    """
    path: list[Key | Position] = []
    position = 0
    while position < len(text) or not path:
        match = _STEP.match(text, position)
        if match is None:
            raise UsageError(f"cannot read the path {text!r}", hint=_HINT)
        path.append(_step(match))
        position = _next(text, match.end())
    return tuple(path)


def _next(text: str, position: int) -> int:
    """Where the next step begins, behind the dot; a dot with nothing behind it is refused."""
    if position == len(text) or text[position] == "[":
        return position
    if text[position] != "." or position + 1 == len(text) or text[position + 1] == "[":
        raise UsageError(f"cannot read the path {text!r}", hint=_HINT)
    return position + 1


def _step(match: re.Match[str]) -> Key | Position:
    quoted, index, bare = match.groups()
    if quoted is not None:
        return Key(quoted.replace("``", "`"))
    if index is not None:
        return Position(int(index))
    return Key(int(bare) if _INTEGER.fullmatch(bare) else bare)


def child(value: Plain, step: Key | Position) -> Plain | Missing:
    """What a step leads to from a value; `MISSING` where it leads nowhere."""
    if isinstance(step, Key):
        return value.get(step.name, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and step.index < len(value):
        return value[step.index]
    return MISSING


def look_up(data: Plain, path: Sequence[Key | Position]) -> Plain | Missing:
    """What a path leads to; `MISSING` where it leads nowhere."""
    value: Plain | Missing = data
    for step in path:
        if isinstance(value, Missing):
            return MISSING
        value = child(value, step)
    return value


def fitted(path: Path, data: Plain) -> Path:
    """The path as the data has it: a number is a position in a list, and may be a text as a key.

    `layers.0` is `layers[0]` where `layers` is a list, and `classes.1` the key `"1"` where
    there is no key `1`: JSON files have no others.
    """
    found: list[Key | Position] = []
    value: Plain | Missing = data
    for step in path:
        if isinstance(step, Key) and isinstance(step.name, int):
            step = _fitted_number(step.name, value)
        found.append(step)
        value = MISSING if isinstance(value, Missing) else child(value, step)
    return tuple(found)


def _fitted_number(number: int, value: Plain | Missing) -> Key | Position:
    if isinstance(value, list) and number >= 0:
        return Position(number)
    if isinstance(value, dict) and number not in value and str(number) in value:
        return Key(str(number))
    return Key(number)
