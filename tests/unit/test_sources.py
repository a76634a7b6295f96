"""Users' files to documents: what is read, and what messages say about faults."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gittrack.canonical import MAX_BYTES, emit
from gittrack.errors import SourceError
from gittrack.sources import (
    Document,
    find_config_files,
    is_config_file,
    parse_documents,
    read_documents,
)


def load(text: str, name: str = "a.yaml") -> Any:
    (document,) = parse_documents(text.encode(), name)
    return document.data


def refusal(text: str | bytes, name: str = "a.yaml") -> SourceError:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(SourceError) as caught:
        parse_documents(data, name)
    assert "\n" not in str(caught.value)
    assert caught.value.file == name
    return caught.value


def test_yaml_12_spellings() -> None:
    """Plain scalars mean what YAML 1.2 says, not 1.1."""
    text = (
        "hex: 0x10\noctal: 0o17\nzero: 010\nunder: 1_000\nexp: 1e3\nsexagesimal: 12:30\n"
        "yes: yes\non: on\ntrue_: TRUE\nnone: ~\nempty:\ninf: -.INF\nnan: .nan\nversion: 1.2.3\n"
        "equals: =\nstr: !!str 5\nfloat: !!float 5\nquoted: '1'\n"
    )
    data = load(text)
    assert math.isnan(data.pop("nan"))
    assert data == {
        "hex": 16,
        "octal": 15,
        "zero": 10,
        "under": 1000,
        "exp": 1000.0,
        "sexagesimal": "12:30",
        "yes": "yes",
        "on": "on",
        "true_": True,
        "none": None,
        "empty": None,
        "inf": -math.inf,
        "version": "1.2.3",
        "equals": "=",
        "str": "5",
        "float": 5.0,
        "quoted": "1",
    }
    assert [type(data[key]) for key in ("hex", "exp", "float", "true_")] == [
        int,
        float,
        float,
        bool,
    ]


def test_times_become_iso_strings() -> None:
    """Dates and times are strings in ISO 8601, with their offset where they have one."""
    data = load("d: 2024-01-02\nt: 2024-01-02 03:04:05\nz: 2024-01-02T03:04:05.5+02:00\n")
    assert data == {
        "d": "2024-01-02",
        "t": "2024-01-02T03:04:05",
        "z": "2024-01-02T03:04:05.500000+02:00",
    }


def test_block_scalars_flow_and_comments() -> None:
    """The whole of YAML's syntax is understood."""
    text = (
        "# c\na: |\n  x\n  y\nb: >-\n  x\n  y\n"
        "c: {d: [1, 'it''s'], 'e f': \"\\u00e9\"} # c\n? g\n: 1\n"
    )
    expected = {"a": "x\ny\n", "b": "x y", "c": {"d": [1, "it's"], "e f": "é"}, "g": 1}
    assert load(text) == expected


def test_anchors_and_merge_keys() -> None:
    """Aliases are copies, and a merge key gives defaults."""
    text = (
        "base: &base {lr: 0.1, layers: [1, 2]}\nother: &other {lr: 0.5, seed: 1}\n"
        "a: {<<: *base, lr: 0.2}\nb:\n  <<: [*base, *other]\nc: *base\nd: &name x\n*name : 1\n"
    )
    data = load(text)
    assert data["a"] == {"lr": 0.2, "layers": [1, 2]}
    assert data["b"] == {"lr": 0.1, "layers": [1, 2], "seed": 1}
    assert data["x"] == 1
    data["c"]["layers"].append(3)
    assert data["base"]["layers"] == data["a"]["layers"] == [1, 2]


def test_several_documents() -> None:
    """Each document has its index and the line at which its content begins."""
    documents = parse_documents(b"a: 1\n---\n# c\nb: 2\n--- {c: 3}\n", "f.yaml")
    assert documents == [
        Document({"a": 1}, "f.yaml", 0, 1),
        Document({"b": 2}, "f.yaml", 1, 4),
        Document({"c": 3}, "f.yaml", 2, 5),
    ]


def test_canonical_files_are_read_directly() -> None:
    """Canonical bytes are read as the data they were written from."""
    data = {"a": {"b": [1, {"c": None}], 3: -0.0}, "s": "no"}
    assert parse_documents(emit(data), "f.yaml") == [Document(data, "f.yaml", 0, 1)]


def test_byte_order_mark_is_ignored() -> None:
    """A byte order mark, as some editors write it, is no part of the first key."""
    assert load("\ufeffa: 1\n") == {"a": 1}
    assert load('\ufeff{"a": 1}', "a.json") == {"a": 1}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "m0: &m0 {k: 1}\n" + "".join(
    f"m{i}: &m{i}\n  <<: *m{i - 1}\n  k{i}: 1\n" for i in range(1, 3500)
)
DEEP_ALIAS = "a: &a " + nested(40) + "\nb: " + "[" * 40 + "*a" + "]" * 40 + "\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\na: 2\n", 2, 1, "the key a is here a second time; the first is in line 1"),
        (
            "x:\n  1: a\n\n  0x1: b\n",
            4,
            3,
            "the key 1 is here a second time",
        ),
        ("a: 1\n b: 2\n", 2, 3, "colon"),
        ("a:\n\t- 1\n", 2, 1, "a tab"),
        ("a: *x\n", 1, 4, "*x has no anchor"),
        ("a: &x [1, *x]\n", 1, 11, "inside its own anchor"),
        ("a: &x\n  b: *x\n", 2, 6, "inside its own anchor"),
        (BOMB, 7, 32, "16 MiB"),
        (MERGES, None, None, "16 MiB"),
        (DEEP_ALIAS, 2, 44, "64 levels"),
        ("a: 1\nb: !foo 1\n", 2, 4, "tag !foo"),
        ("a: !!python/object/apply:os.system [x]\n", 1, 4, "tag !!python/object/apply:os.system"),
        ("a:\n  - !!binary aGk=\n", 2, 5, "tag !!binary"),
        ("a: !!set {x, y}\n", 1, 4, "tag !!set"),
        ("a: !!omap [x: 1]\n", 1, 4, "tag !!omap"),
        ("a: !x!y 1\n", 1, 4, "tag"),
        ("1.5: a\n", 1, 1, "not a float"),
        ("a:\n  true: a\n", 2, 3, "not a boolean"),
        ("~: a\n", 1, 1, "not an empty value"),
        ("2024-01-02: a\n", 1, 1, "not a time"),
        ("[1, 2]: a\n", 1, 1, "a list cannot be a key"),
        ("? {a: 1}\n: a\n", 1, 3, "a mapping cannot be a key"),
        ("a: 1\nb: \0\n", 2, 4, "U+0000"),
        ("a: \x1b\n", 1, 4, "U+001B"),
        ("- 1\n", 1, 1, "is a list, not a mapping"),
        ("# c\nfoo\n", 2, 1, "is a string, not a mapping"),
        ("a: 1\n---\n- 2\n", 3, 1, "document 2 is a list"),
        ("a: 1\n---\n", 3, 1, "document 2 is empty"),
        ("a: [1, 2\n", 2, 1, "not closed"),
        ("a: 'x\n", 2, 1, "not closed"),
        ('a: "\\q"\n', 1, 6, "escape"),
        ('a:\n  - "\\ud800"\n', 2, 5, "U+D800"),
        ('"\\udfff": 1\n', 1, 1, "U+DFFF"),
        ("a: @x\n", 1, 4, "cannot begin with this character"),
        ("a: -_\n", 1, 4, "'-_' cannot be read as an integer"),
        ("a: !!int x\n", 1, 4, "'x' cannot be read as an integer"),
        ("a: !!bool x\n", 1, 4, "'x' cannot be read as a boolean"),
        ("a: 2024-13-01\n", 1, 4, "cannot be read as a time"),
        ("a: " + "9" * 4301, 1, 4, "cannot be read as an integer"),
        ("a: 0x" + "f" * 5000, 1, 4, "4,300 digits"),
        ("a: " + nested(65), 1, 67, "64 levels"),
        ("a: " + "[" * 10_000, 1, 67, "64 levels"),
        ("a: " + "{a: " * 10_000, None, None, "64 levels"),
        ("- " * 10_000, 1, 129, "64 levels"),
        ("<<: 1\n", 1, 5, "<<"),
        ("a: {<<: {}, <<: {}}\n", 1, 13, "a second <<"),
        ("%YAML 2.0\n---\na: 1\n", 1, 1, ""),
        ("", None, None, "empty"),
        (" \n\n", None, None, "empty"),
        ("# only a comment\n", None, None, "no document"),
    ],
)
def test_faults_in_yaml(text: str, line: int | None, column: int | None, message: str) -> None:
    """A fault in a YAML file is told in one line of plain words, with its line and column."""
    error = refusal(text)
    assert message in str(error)
    if line is not None:
        assert (error.line, error.column) == (line, column)
        assert str(error).startswith(f"a.yaml:{line}:{column}: ")


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"a": 1,\n "b": {"a": 2},\n "a": 3}', 3, 2, "the key a is here a second time"),
        ('{"a": {"x": 1, "\\u0078": 2}}', 1, 16, "the key x is here a second time"),
        ('{"a": 1 "b": 2}', 1, 9, "not JSON"),
        ("{'a': 1}", 1, 2, "not JSON"),
        ("x", 1, 1, "not JSON"),
        ('{"a": 1} {', 1, 10, "not JSON"),
        ('{"a": "\t"}', 1, 8, "not JSON"),
        ("[1]", 1, 1, "a list, not an object"),
        ('{"a": [1,\n"\\ud800"]}', 2, 1, "U+D800"),
        ('{"a":\n {"\\ud800": 1}}', 2, 3, "U+D800"),
        ('{"a": ' + nested(64) + "}", 1, 70, "64 levels"),
        ('{"a": ' + nested(100_000) + "}", 1, 70, "64 levels"),
        ('{"a": ' + "9" * 4301 + "}", 1, 7, "4,300 digits"),
        ("", None, None, "empty"),
    ],
)
def test_faults_in_json(text: str, line: int | None, column: int | None, message: str) -> None:
    """A fault in a JSON file is told with its line and column, repeated keys included."""
    error = refusal(text, "a.json")
    assert message in str(error)
    assert (error.line, error.column) == (line, column)


def test_json_values() -> None:
    """JSON numbers keep their type, NaN and Infinity are read, two \\u may be one character."""
    data = load(
        '{"i": 1, "f": 1.0, "e": 1e2, "n": NaN, "m": -Infinity, "s": "\\ud83d\\ude00"}', "a.JSON"
    )
    assert math.isnan(data.pop("n"))
    assert data == {"i": 1, "f": 1.0, "e": 100.0, "m": -math.inf, "s": "\U0001f600"}
    assert [type(data[key]) for key in "ife"] == [int, float, float]


def test_not_utf8() -> None:
    """A file that is not UTF-8 is refused with the place of the first wrong byte."""
    error = refusal("a: 1\nb: é\n".encode("latin-1"))
    assert (error.line, error.column) == (2, 4)
    refusal("a: 1\n".encode("utf-16"))


def test_too_large_files_are_refused_before_parsing(tmp_path: Path) -> None:
    """A file of more than 16 MiB is refused, whatever is in it."""
    path = tmp_path / "big.yaml"
    path.write_bytes(b"[" * (MAX_BYTES + 1))
    with pytest.raises(SourceError, match="16 MiB"):
        read_documents(path)


def test_reading_files(tmp_path: Path) -> None:
    """A file is read under its path, or under the name it is given."""
    path = tmp_path / "a.yml"
    path.write_text("a: 1 # c\n")
    assert read_documents(path) == [Document({"a": 1}, str(path), 0, 1)]
    assert read_documents(str(path), "conf/a.yml")[0].name == "conf/a.yml"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and an impossible path are told apart."""
    with pytest.raises(SourceError, match="there is no such file"):
        read_documents(tmp_path / "a.yaml")
    with pytest.raises(SourceError, match="a folder"):
        read_documents(tmp_path)
    (tmp_path / "f").write_text("")
    with pytest.raises(SourceError, match="cannot be read: not a directory"):
        read_documents(tmp_path / "f" / "a.yaml")
    with pytest.raises(SourceError, match="not a valid path"):
        read_documents("a\0b")
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    with pytest.raises(SourceError, match="cannot be read"):
        read_documents(loop)


def test_is_config_file() -> None:
    """YAML and JSON files are known by their suffix, in any case."""
    assert all(map(is_config_file, ["a.yaml", "b/c.yml", Path("d.json"), "E.YAML"]))
    assert not any(map(is_config_file, ["a.toml", "yaml", "a.yaml.bak", "a.jsonl"]))


def test_find_config_files(tmp_path: Path) -> None:
    """Configs are found in all folders, sorted; hidden ones, loops and dead links are left out."""
    for name in ("b.yaml", "a/z.yml", "a/b/c.json", "a/x.txt", ".hidden/a.yaml", "a/.b.yaml"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "o.yaml").write_text("a: 1\n")
    root = tmp_path / "root"
    (root / "a" / "loop").symlink_to(root)
    (root / "again").symlink_to(root / "a")
    (root / "linked").symlink_to(outside)
    (outside / "back").symlink_to(root / "a")
    (root / "dead.yaml").symlink_to(root / "nowhere")
    found = [path.relative_to(root).as_posix() for path in find_config_files(root)]
    assert found == ["a/b/c.json", "a/z.yml", "b.yaml", "linked/o.yaml"]
    assert found == sorted(found)


def test_find_in_a_folder_that_is_missing(tmp_path: Path) -> None:
    """A folder that cannot be listed is an error, not an empty answer."""
    with pytest.raises(SourceError, match="cannot be listed"):
        find_config_files(tmp_path / "nowhere")


SIGNS = " \n\n  -:#'\"{}[],&*!|>%@?~.0179eE_+x=<ab"


@settings(max_examples=500, deadline=None)
@given(st.text(SIGNS, max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is in a file, it is read as ruamel.yaml reads it, or refused with a SourceError."""
    try:
        documents = parse_documents(text.encode(), "a.yaml")
    except SourceError:
        return
    for document in documents:
        emit(document.data)
    try:
        expected = list(YAML(typ="safe", pure=True).load_all(text))
    except (YAMLError, ValueError):
        return
    assert json.dumps([document.data for document in documents]) == json.dumps(
        expected, default=str
    )


@settings(max_examples=200, deadline=None)
@given(st.text('{}[],:"\\ u0d8a1eN\n', max_size=30))
def test_any_json_is_read_or_refused(text: str) -> None:
    """Whatever is in a JSON file, it is read or refused with a SourceError."""
    try:
        (document,) = parse_documents(text.encode(), "a.json")
    except SourceError:
        return
    assert document.data == json.loads(text)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=50))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever bytes a file holds, the answer is documents or a SourceError."""
    for name in ("a.yaml", "a.json"):
        try:
            assert parse_documents(data, name)
        except SourceError as error:
            message = str(error)
        else:
            continue
        assert message.startswith(name)
        assert "\n" not in message
