"""Random data, written as YAML in random styles, and random changes of it."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from gittrack.canonical import Plain
from gittrack.configs.edit import REMOVED, Edit
from gittrack.diff import Key, Path, Position

keys = st.sampled_from(["a", "b", "lr", "x y", "k.d", "yes", "1", "#no", "ü", 1, -2, "<<"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-50, 50),
    st.floats(allow_nan=False),
    st.sampled_from(["", "word", "two words", "it's", 'say "x"', "a: b", "c #d", "on", "1.5"]),
    st.sampled_from(["one\ntwo\n", "tab\there", "\x1b[31m", "- x", "&a", "*b", "é☃"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(keys, values, min_size=1, max_size=4)


class Writer:
    """Writes data as YAML in styles that are drawn, with a comment above each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.unit = draw(st.sampled_from([1, 2, 4]))
        self.comments: dict[str, Path] = {}

    def document(self, data: dict[str | int, Plain]) -> str:
        return "\n".join(["# file", "", *self.mapping(data, (), 0), "# end", ""])

    def mapping(self, data: dict[str | int, Plain], place: Path, column: int) -> list[str]:
        lines: list[str] = []
        margin = " " * column
        for key, value in data.items():
            here = (*place, Key(key))
            if self.draw(st.booleans()):
                comment = f"# c{len(self.comments)}."
                self.comments[comment] = here
                lines += [*([""] if self.draw(st.booleans()) else []), margin + comment]
            lines += self.entry(f"{margin}{self.key(key)}:", value, here, column)
        return lines

    def sequence(self, data: list[Plain], place: Path, column: int) -> list[str]:
        lines: list[str] = []
        for index, value in enumerate(data):
            here = (*place, Position(index))
            if isinstance(value, dict) and value and self.draw(st.booleans()):
                rest = self.mapping(value, here, column + 2)
                lines += [" " * column + "-", *rest]
            else:
                lines += self.entry(" " * column + "-", value, here, column)
        return lines

    def entry(self, head: str, value: Plain, place: Path, column: int) -> list[str]:
        note = self.draw(st.sampled_from(["", "  # note"]))
        if not value or not isinstance(value, dict | list) or self.draw(st.integers(0, 3)) == 0:
            return [f"{head} {self.flow(value)}{note}"]
        if isinstance(value, dict):
            return [head + note, *self.mapping(value, place, column + max(self.unit, 1))]
        deeper = self.unit if head.endswith("-") or self.draw(st.booleans()) else 0
        return [head + note, *self.sequence(value, place, column + deeper)]

    def flow(self, value: Plain) -> str:
        if isinstance(value, dict):
            inner = [f"{self.key(key)}: {self.flow(item)}" for key, item in value.items()]
            return "{" + ", ".join(inner) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.flow, value)) + "]"
        if isinstance(value, str):
            plain = value.isalpha() and value != "on"
            if plain and self.draw(st.booleans()):
                return value
            if value.isprintable() and self.draw(st.booleans()):
                return "'" + value.replace("'", "''") + "'"
            return json.dumps(value)
        if isinstance(value, float):
            text = json.dumps(value).replace("Infinity", ".inf")
            return text.replace("e", ".0e") if "e" in text and "." not in text else text
        return json.dumps(value)

    def key(self, key: str | int) -> str:
        if isinstance(key, int) or (key.isalpha() and key != "yes" and self.draw(st.booleans())):
            return str(key)
        return json.dumps(key)


@st.composite
def written(draw: st.DrawFn) -> tuple[dict[str | int, Plain], str, dict[str, Path]]:
    """Data, a text that says it, and the comments in it with the keys that they are about."""
    data = draw(documents)
    writer = Writer(draw)
    text = writer.document(data)
    if draw(st.integers(0, 4)) == 0:
        text = text.replace("\n", "\r\n")
    return data, text, writer.comments


def places(data: Plain, here: Path = ()) -> list[Path]:
    inner: list[tuple[Any, Plain]] = []
    if isinstance(data, dict):
        inner = [(Key(key), value) for key, value in data.items()]
    elif isinstance(data, list):
        inner = [(Position(index), value) for index, value in enumerate(data)]
    found = [here]
    for step, value in inner:
        found += places(value, (*here, step))
    return found


def put(data: Any, place: Path, value: Any) -> None:
    """The plain way: change the data in place."""
    for step in place[:-1]:
        data = data[step.name if isinstance(step, Key) else step.index]
    last = place[-1]
    at = last.name if isinstance(last, Key) else last.index
    if value is REMOVED:
        del data[at]
    elif isinstance(data, list) and at == len(data):
        data.append(value)
    else:
        data[at] = value


@st.composite
def edits(draw: st.DrawFn, data: dict[str | int, Plain]) -> tuple[Plain, list[Edit]]:
    """Changes that fit the data one after another, and what it is then."""
    now: Any = copy.deepcopy(data)
    made: list[Edit] = []
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(now)))
        target = now
        for step in place:
            target = target[step.name if isinstance(step, Key) else step.index]
        value: Any = draw(values | st.just(REMOVED)) if place else draw(values)
        if isinstance(target, dict) and (not place or draw(st.booleans())):
            place = (*place, Key(draw(keys)))
        elif isinstance(target, list) and draw(st.booleans()):
            place = (*place, Position(len(target)))
        if value is REMOVED and place not in places(now):
            continue
        put(now, place, copy.deepcopy(value))
        made.append((place, value))
    return now, made
