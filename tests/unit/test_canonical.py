"""The canonical form: layout, limits, and what errors say."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict
from typing import Any

import pytest

from gittrack.canonical import (
    MAX_BYTES,
    MAX_KEY_TEXT,
    MAX_LEVELS,
    config_id,
    emit,
    path_text,
    read,
    scalar_text,
)
from gittrack.errors import NotCanonicalError, ValueRefusedError


def nested_lists(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def nested_mappings(levels: int, leaf: Any) -> Any:
    value = leaf
    for _ in range(levels):
        value = {"a": value}
    return value


def test_layout() -> None:
    """Mappings and sequences are in block style, indented by two, with one final newline."""
    data = {"b": [1, [2, 3], {"x": 1, "w": {"v": None}}], "a": {"k": True}, "c": {}}
    assert emit(data).decode() == (
        "a:\n  k: true\nb:\n  - 1\n  - - 2\n    - 3\n  - w:\n      v: null\n    x: 1\nc: {}\n"
    )


def test_order_of_insertion_does_not_count() -> None:
    """The same data gives the same bytes, whatever order its keys were set in."""
    assert emit({"a": 1, "b": {"c": 1, "d": 2}}) == emit({"b": {"d": 2, "c": 1}, "a": 1})


def test_id_is_what_sha256sum_prints() -> None:
    """The config id is the SHA-256 of the canonical bytes."""
    assert config_id(b"lr: 0.1\n") == (
        "d245e06b9b1158bf71d1c6061882569148a7b6a2ff201e885d55f1dd0cfae70a"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-12, "-12"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e-7, "1.0e-07"),
        (1.5e300, "1.5e+300"),
        (float("-inf"), "-.inf"),
        ("moving average", "moving average"),
        ("no", '"no"'),
        ("1", '"1"'),
        ("é\u200b", '"é\\u200B"'),
    ],
)
def test_scalar_text(value: Any, text: str) -> None:
    """One scalar's spelling is that which it has in a config."""
    assert scalar_text(value) == text
    assert emit(value) == f"{text}\n".encode()


@pytest.mark.parametrize("value", [[], {}, 1j, b"x", (1,)])
def test_scalar_text_takes_scalars_only(value: Any) -> None:
    """What is not a scalar is refused."""
    with pytest.raises(ValueRefusedError):
        scalar_text(value)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"model": {"layers": [1, 2, {"units": {1, 2}}]}}, "model.layers[2].units"),
        ({"a": ("x",)}, "a"),
        ([OrderedDict()], "[0]"),
        ({"a b": {"c": "\ud800"}}, "['a b'].c"),
        ({1: object()}, "[1]"),
        ({"a": [{True: 1}]}, "a[0]"),
        ({"a": {None: 1}}, "a"),
        ({"a": {1.5: 1, "b": 2}}, "a"),
        ({"a": 10**4300}, "a"),
        ({"a": {"k" * 1001: 1}}, f"a['{'k' * 60}...']"),
        ({"a": {'"' * 500: 1}}, f"a['{chr(34) * 60}...']"),
        ({"a": {"\ud800": 1}}, "a['\\ud800']"),
        (float, ""),
    ],
)
def test_refusal_has_the_path(data: Any, path: str) -> None:
    """What cannot be written is refused with the path to it, and with a way out."""
    with pytest.raises(ValueRefusedError) as caught:
        emit(data)
    assert caught.value.path.startswith(path)
    assert caught.value.path == path or path in ("a[0]", "a")
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_string_subclass_is_refused() -> None:
    """Only the plain types are written: a subclass could say anything about itself."""

    class Name(str):
        __slots__ = ()

    with pytest.raises(ValueRefusedError):
        emit({"a": Name("x")})
    with pytest.raises(ValueRefusedError):
        emit({Name("x"): 1})


def test_path_text() -> None:
    """Names are joined by dots; positions and unusual keys stand in brackets."""
    assert path_text(["a", "b-c", 2, "x y", 3, "é"]) == "a.b-c[2]['x y'][3].é"
    assert path_text([]) == ""


@pytest.mark.parametrize("leaf", [1, {}, []])
def test_64_levels_are_accepted_and_65_are_not(leaf: Any) -> None:
    """Writer and reader both stop after 64 levels, empty collections included."""
    own = 0 if leaf == 1 else 1
    data = nested_mappings(MAX_LEVELS - own, leaf)
    assert read(emit(data)) == data
    with pytest.raises(ValueRefusedError):
        emit({"a": data})
    lists = nested_lists(MAX_LEVELS)
    assert read(emit(lists)) == lists
    with pytest.raises(ValueRefusedError):
        emit([lists])


@pytest.mark.parametrize("unit", [b"- ", b"a:\n", b"  ", b"- a: "])
def test_hostile_nesting_is_refused(unit: bytes) -> None:
    """A million levels are refused as a matter of course."""
    with pytest.raises(NotCanonicalError):
        read(unit * 1_000_000 + b"[]\n")


def test_16_mib_are_accepted_and_more_are_not() -> None:
    """The limit is exact, for the writer and for the reader."""
    data = {"a": "x" * (MAX_BYTES - len("a: \n"))}
    written = emit(data)
    assert len(written) == MAX_BYTES
    assert read(written) == data
    with pytest.raises(ValueRefusedError, match="16 MiB"):
        emit({"a": data["a"] + "x"})
    with pytest.raises(NotCanonicalError, match="16 MiB"):
        read(b"a: " + b"x" * (MAX_BYTES - 3) + b"\n")
    with pytest.raises(ValueRefusedError, match="16 MiB"):
        emit({"a": "é" * (MAX_BYTES // 2)})


@pytest.mark.slow
def test_shared_data_is_stopped_early() -> None:
    """Data that is small in memory but huge when written is refused, not written out."""
    value: Any = ["x"]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(ValueRefusedError, match="16 MiB"):
        emit(value)


def test_longest_key() -> None:
    """A key of 1,000 characters as written is the longest."""
    data = {"k" * MAX_KEY_TEXT: 1}
    assert read(emit(data)) == data


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: 01\n", 2),
        (b"a:\n  b:\n    - x\n    - y z\n    - yes\n", 5),
        (b"b: 1\na: 1\n", 2),
        (b"a: 1\n  b: 2\n", 2),
        (b"a:\n  - b: 1\n     c: 2\n", 3),
        (b"a: 1\nb: \xff\n", 2),
        (b"a: 1\nb: 2", 2),
    ],
)
def test_reader_says_the_line(data: bytes, line: int) -> None:
    """A refusal by the reader names the line at which it shows."""
    with pytest.raises(NotCanonicalError) as caught:
        read(data)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: ")


def test_empty_collections_are_new_each_time() -> None:
    """What is read may be changed without harm to what is read next."""
    first: Any = read(b"a: {}\nb: []\n")
    first["a"]["x"] = 1
    first["b"].append(1)
    assert read(b"a: {}\nb: []\n") == {"a": {}, "b": []}


def test_digit_limit_of_the_interpreter_does_not_matter() -> None:
    """A long integer has the same bytes where the interpreter is set to fewer digits."""
    code = (
        "import sys; sys.set_int_max_str_digits(640)\n"
        "from gittrack.canonical import emit, read\n"
        "value = -(10**4300 - 3)\n"
        "assert emit({'a': value}) == b'a: -' + b'9' * 4299 + b'7\\n'\n"
        "assert read(b'a: -' + b'9' * 4299 + b'7\\n') == {'a': value}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_import_is_light() -> None:
    """The canonical form needs none of the modules that cost start-up time."""
    code = "import sys, gittrack.canonical; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    heavy = {"dataclasses", "inspect", "json", "ruamel", "yaml", "numpy", "git", "pathlib"}
    assert not heavy & set(run.stdout.split())
