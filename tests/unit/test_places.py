"""Where keys and values stand in the text of a user's file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.canonical import emit, scalar_text
from gittrack.query.paths import Key, Path, Position
from gittrack.sources import Place, Places, parse_documents, places

KEYS = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(["<<", "1", "a b", "="])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
) | st.text(st.characters(codec="utf-8"), max_size=8)


def nested(keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    )
    return st.dictionaries(keys, values, min_size=1, max_size=4)


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*path, Key(key)))
    elif isinstance(data, list) and data:
        for index, value in enumerate(data):
            yield from leaves(value, (*path, Position(index)))
    else:
        yield path, data


def after(text: str, place: Place | None) -> str:
    """The text from a place on."""
    assert place is not None
    return text.split("\n")[place.line - 1][place.column - 1 :]


def located(text: str, name: str = "a.yaml", index: int = 0) -> Places:
    return places(text.encode(), name, index)


@settings(max_examples=150, deadline=None)
@given(nested(KEYS | st.integers()))
def test_canonical_leaves(data: Any) -> None:
    """In canonical YAML every leaf's value and key stand where they are spelled."""
    text = emit(data).decode()
    found = located(text)
    for path, value in leaves(data):
        spelled = emit(value).decode().strip() if value in ([], {}) else scalar_text(value)
        assert after(text, found.value(path)).startswith(spelled)
        if isinstance(path[-1], Key):
            assert after(text, found.key(path)).startswith(scalar_text(path[-1].name))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(nested(KEYS | st.integers()))
def test_canonical_is_yaml(data: Any) -> None:
    """Canonical YAML, which is read in a fast way, has the places that any YAML has."""
    text = emit(data).decode()
    fast, slow = located(text), located(text + "# not canonical\n")
    for path, _value in leaves(data):
        for length in range(len(path) + 1):
            assert fast.key(path[:length]) == slow.key(path[:length])
            assert fast.value(path[:length]) == slow.value(path[:length])


@settings(max_examples=150, deadline=None)
@given(nested(KEYS), st.sampled_from([None, 2, "\t"]), st.booleans())
def test_json_leaves(data: Any, indent: Any, is_ascii: bool) -> None:
    """In pretty and in compact JSON every leaf's value and key stand where they are spelled."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(data, indent=indent, separators=separators, ensure_ascii=is_ascii)
    found = located(text, "a.json")
    for path, value in leaves(data):
        spelled = json.dumps(value, ensure_ascii=is_ascii)
        assert after(text, found.value(path)).startswith(spelled)
        if isinstance(path[-1], Key):
            key = json.dumps(path[-1].name, ensure_ascii=is_ascii)
            assert after(text, found.key(path)).startswith(key)


USERS_FILE = """\
# a comment
base: &base
  rate: 0.1
  steps: [10,  20]
1: integer
"1": text
0x10: hexadecimal
'quoted key' : &name >-
    folded
    text
more: {flow: true, "deep": [{x: 1}]}
again: *base
run:
  <<: [*base, {extra: 5}]
  rate: 0.5
list:
- - inner
- *name
empty:
last: end
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((Key("base"), Key("rate")), "rate: 0.1", "0.1"),
        ((Key("base"), Key("steps"), Position(1)), "20]", "20]"),
        ((Key(1),), "1: integer", "integer"),
        ((Key("1"),), '"1": text', "text"),
        ((Key(16),), "0x10: hexadecimal", "hexadecimal"),
        ((Key("quoted key"),), "'quoted key' :", "&name >-"),
        ((Key("more"), Key("deep"), Position(0), Key("x")), "x: 1}", "1}"),
        ((Key("again"),), "again: *base", "*base"),
        ((Key("again"), Key("rate")), "rate: 0.1", "0.1"),
        ((Key("run"), Key("rate")), "rate: 0.5", "0.5"),
        ((Key("run"), Key("steps")), "steps: [10", "[10"),
        ((Key("run"), Key("extra")), "extra: 5", "5}"),
        ((Key("list"), Position(0), Position(0)), "inner", "inner"),
        ((Key("list"), Position(1)), "*name", "*name"),
        ((Key("last"),), "last: end", "end"),
    ],
)
def test_users_spellings(path: Path, key: str, value: str) -> None:
    """Integer and quoted keys, flow style, aliases and merge keys stand where they are written."""
    found = located(USERS_FILE)
    assert after(USERS_FILE, found.key(path)).startswith(key)
    assert after(USERS_FILE, found.value(path)).startswith(value)


def test_every_leaf_of_a_users_file() -> None:
    """Every path of the data that is read has a key's and a value's place."""
    (document,) = parse_documents(USERS_FILE.encode(), "a.yaml")
    found = located(USERS_FILE)
    for path, _value in leaves(document.data):
        assert found.key(path) is not None
        assert found.value(path) is not None


def test_an_alias_as_a_key() -> None:
    """A key that is an alias stands where the alias is written."""
    text = "a: &seven 7\n*seven : b\n"
    assert located(text).key((Key(7),)) == Place(2, 1)


def test_nearest() -> None:
    """What does not exist is placed at the key of the nearest parent that does."""
    found = located(USERS_FILE)
    assert found.nearest((Key("run"), Key("none"), Position(3))) == found.key((Key("run"),))
    assert found.nearest((Key("none"),)) == Place(2, 1)
    assert found.nearest(()) == Place(2, 1)
    assert found.value((Key("run"), Key("none"))) is None
    assert found.key((Key("base"), Position(0))) is None
    assert found.key((Key("list"), Key(0))) is None


def test_second_document() -> None:
    """Each document of a file has its own places, counted from the file's first line."""
    text = "a: 1\n---\nb: 2\n"
    assert located(text, index=1).key((Key("b"),)) == Place(3, 1)
    assert located(text, index=1).key((Key("a"),)) is None
    assert located(text, index=2).nearest((Key("a"),)) == Place(1, 1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"a: [1", "a.yaml"),
        (b"a: *b\n", "a.yaml"),
        (b"\xff", "a.yaml"),
        (b"a: \0", "a.yaml"),
        (b'{"a": 1}}', "a.json"),
        (b'{"a" "b"', "a.json"),
        (b"]", "a.json"),
        (b'{"\\x": 1}', "a.json"),
        (b"", "a.json"),
        (b"", "a.yaml"),
    ],
)
def test_what_cannot_be_read(text: bytes, name: str) -> None:
    """A text that cannot be read has places that lead to its start, and no error."""
    assert places(text, name).nearest((Key("b"), Position(1))) == Place(1, 1)


def test_aliases_that_multiply() -> None:
    """Aliases of aliases are shared, not copied out."""
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}" for n in range(1, 60)]
    path = (Key("a59"), *[Key("r")] * 59, Key("x"))
    assert located("\n".join(lines)).key(path) == Place(1, 10)
