"""Properties of the canonical form, with PyYAML, libyaml and ruamel.yaml as witnesses."""

from __future__ import annotations

import struct
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gittrack.canonical import Plain, emit, read, scalar_text
from gittrack.errors import NotCanonicalError
from gittrack.sources import parse_documents

YAML_SIGNS = " -:#'\"\\{}[],&*!|>%@`?~.0123456789eExo_+=</yYnNtTfFaZ\n\t\r\x85\u2028\ufeff\u202e"
WORDS = ["null", "Yes", "on", ".inf", "1e3", "0x1", "1_0", "2024-01-01", "12:30", "<<", "=", "a b"]

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(YAML_SIGNS, max_size=12),
    st.sampled_from(WORDS),
)
integers = st.one_of(st.integers(), st.integers(-(10**30), 10**30))
scalars = st.one_of(st.none(), st.booleans(), integers, st.floats(), texts)
keys = st.one_of(texts, integers)
plain = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=25,
)


def typed(value: Any) -> Any:
    """A form that compares with every type, NaN and -0.0 told apart."""
    if isinstance(value, float):
        return ("float", "nan" if value != value else struct.pack(">d", value))
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        pairs = [((type(key).__name__, key), typed(item)) for key, item in value.items()]
        return ("map", sorted(pairs, key=lambda pair: repr(pair[0])))
    return (type(value).__name__, value)


def ruamel_load(data: bytes) -> Any:
    return YAML(typ="safe", pure=True).load(data)


def pyyaml_load(data: bytes) -> Any:
    return yaml.load(data, yaml.SafeLoader)


def libyaml_load(data: bytes) -> Any:
    return yaml.load(data, yaml.CSafeLoader)


READERS = [
    pytest.param(pyyaml_load, id="pyyaml"),
    pytest.param(
        libyaml_load,
        id="libyaml",
        marks=pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml"),
    ),
    pytest.param(ruamel_load, id="ruamel"),
]


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(plain)
def test_reading_gives_the_data_back(data: Plain) -> None:
    """What is written is read back as the same data of the same types, and written the same."""
    written = emit(data)
    again = read(written)
    assert typed(again) == typed(data)
    assert emit(again) == written


@pytest.mark.parametrize("load", READERS)
@settings(max_examples=150, deadline=None)
@given(data=plain)
def test_yaml_readers_agree(load: Any, data: Plain) -> None:
    """Every YAML reader, of 1.1 or 1.2, reads the canonical bytes as the same data."""
    assert typed(load(emit(data))) == typed(data)


@pytest.mark.parametrize("load", READERS)
def test_yaml_readers_agree_on_short_strings(load: Any) -> None:
    """Every string of one or two characters that could be plain is the same for all readers."""
    signs = "aeEfFinNoOtTyYxZ019_./+=-~<: "
    short = [*signs, *(a + b for a in signs for b in signs)]
    assert load(emit(short)) == short


@pytest.mark.parametrize("load", READERS)
def test_yaml_readers_agree_on_characters(load: Any) -> None:
    """Every character, at the edges of each range above all, is the same for all readers."""
    step = 1 if load is libyaml_load else 97
    codes = {*range(0x250), *range(0x2000, 0x2100), *range(0x250, 0xD800, step)}
    codes |= {*range(0xE000, 0x10000, step), *range(0xFE00, 0x10000)}
    codes |= {top + low for top in range(0x10000, 0x110000, 0x10000) for low in (0, 0xFFFE, 0xFFFF)}
    codes |= {*range(0xDFFFC, 0xE0110)}
    characters = ["x" + chr(code) for code in sorted(codes)]
    assert load(emit(characters)) == characters


@settings(max_examples=200, deadline=None)
@given(st.floats())
def test_floats_are_spelled_exactly(value: float) -> None:
    """A float's spelling reads back as that float, and always looks like one."""
    text = scalar_text(value)
    assert "." in text
    if text not in (".inf", "-.inf", ".nan"):
        assert struct.pack(">d", float(text)) == struct.pack(">d", value)
        assert "e" not in text or text[text.index("e") + 1] in "+-"


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(keys, scalars, max_size=8), st.randoms())
def test_order_of_keys_does_not_count(data: dict[str | int, Any], random: Any) -> None:
    """The same data in another order of keys has the same bytes."""
    items = list(data.items())
    random.shuffle(items)
    assert emit(dict(items)) == emit(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(texts, min_size=2, max_size=6, unique=True))
def test_different_data_has_different_bytes(data: list[str]) -> None:
    """No two strings share a spelling."""
    assert len({scalar_text(text) for text in data}) == len(data)


def accepts_only_canonical(data: bytes) -> None:
    try:
        value = read(data)
    except NotCanonicalError:
        return
    assert emit(value) == data


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_arbitrary_bytes(data: bytes) -> None:
    """Any bytes at all are canonical or refused with the one error."""
    accepts_only_canonical(data)
    accepts_only_canonical(data + b"\n")


@settings(max_examples=400, deadline=None)
@given(st.text(YAML_SIGNS + "   -:\n\n", max_size=40))
def test_text_like_yaml(text: str) -> None:
    """Text that looks like YAML is canonical or refused."""
    accepts_only_canonical(text.encode() + b"\n")


LINES = ["a:", "b:", "a: 1", "b: x", "- 1", "- a: 1", "- - 2", "- b:", "1: 2", '"": {}', "- []", ""]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(LINES)), min_size=1, max_size=7))
def test_lines_at_any_indentation(lines: list[tuple[int, str]]) -> None:
    """Good lines at wrong places are refused, at right ones read as PyYAML reads them."""
    data = "".join(f"{'  ' * indent}{line}\n" for indent, line in lines).encode()
    try:
        value = read(data)
    except NotCanonicalError:
        return
    assert emit(value) == data
    assert typed(value) == typed(pyyaml_load(data))


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(plain, st.data())
def test_changed_bytes(value: Plain, draw: st.DataObject) -> None:
    """Canonical bytes with something cut, put in or exchanged are canonical or refused."""
    data = emit(value)
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, min(len(data), start + 4)))
    piece = draw.draw(
        st.one_of(
            st.sampled_from([b"", b" ", b"  ", b"\n", b"- ", b'"', b"\\", b":", b": ", b"0", b"e"]),
            st.binary(max_size=3),
        )
    )
    accepts_only_canonical(data[:start] + piece + data[end:])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(plain, st.randoms())
def test_exchanged_lines(value: Plain, random: Any) -> None:
    """Canonical lines in another order are canonical or refused."""
    lines = emit(value).splitlines(keepends=True)
    random.shuffle(lines)
    accepts_only_canonical(b"".join(lines))


@pytest.mark.parametrize(
    "source",
    [
        "{lr: 0.001, i: 16, b: true, z: null, s: abc, k: 1000.0}",
        "k: 1e3\nz: ~\nb: True\ns: 'abc'\nlr: 1.0E-3\ni: 0x10\n",
        "# note\ni: 0o20\nlr: +.001\nk: 1_000.\ns: >-\n  abc\nz:\nb: TRUE\n",
        '---\n"lr": .1e-2\ni: 1_6\nb: !!bool true\nz: null\n? s\n: "\\x61bc"\nk: !!float 1e3\n',
    ],
)
def test_spelling_in_the_source_does_not_count(source: str) -> None:
    """However a file spells its numbers and strings, the same data has the same bytes."""
    (document,) = parse_documents(source.encode(), "a.yaml")
    assert emit(document.data) == b"b: true\ni: 16\nk: 1000.0\nlr: 0.001\ns: abc\nz: null\n"
