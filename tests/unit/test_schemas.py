"""JSON Schemas: which speak of a config, what they find, their own faults, their defaults."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gittrack.errors import AmbiguousError, NotFoundError
from gittrack.query.paths import Key, Position, path_text
from gittrack.schemas import Schema, SchemaSet, create_default, default_text
from gittrack.sources import parse_documents

DOCS = Path(__file__).parents[2] / "docs" / "schemas.md"
FOLDER = ".exptrack/schema/"
HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]")


def loaded(**files: str | bytes) -> SchemaSet:
    """The schemas of files; `train` is train.yaml."""
    return SchemaSet.load(
        {
            f"{FOLDER}{name}.yaml": text if isinstance(text, bytes) else text.encode()
            for name, text in files.items()
        }
    )


def only(text: str, **others: str) -> Schema:
    schemas = loaded(train=text, **others)
    assert schemas.faults == ()
    return schemas.named("train")


def found(text: str, config: Any, **others: str) -> list[str]:
    """What is wrong with a config, as `path: message`."""
    return [
        f"{path_text(violation.path)}: {violation.message}".removeprefix(": ")
        for violation in only(text, **others).violations(config)
    ]


def faults(text: str | bytes, **others: str) -> list[tuple[int, str]]:
    schemas = loaded(train=text, **others)
    assert "train" not in [schema.name for schema in schemas.schemas]
    mine = [fault for fault in schemas.faults if fault.path.endswith("train.yaml")]
    assert all("\n" not in fault.message for fault in mine)
    return [(fault.line, fault.message) for fault in mine]


def read(text: str) -> Any:
    (document,) = parse_documents(text.encode(), "a.yaml")
    return document.data


@pytest.mark.parametrize(
    ("schema", "config", "expected"),
    [
        (
            "{properties: {learning_rate: {}}, additionalProperties: false}",
            {"learning_rte": 1},
            ["learning_rte: unknown key; did you mean learning_rate?"],
        ),
        (
            "{properties: {a: {}}, unevaluatedProperties: false}",
            {"x": 1, "a": 2, "y": 3},
            ["x: unknown key", "y: unknown key"],
        ),
        ("additionalProperties: false", {"b": 1, "c": 2}, ["b: unknown key", "c: unknown key"]),
        (
            "required: [seed, run id]",
            {},
            ["the key seed is missing", "the key `run id` is missing"],
        ),
        (
            "dependentRequired: {a: [b]}",
            {"a": 1},
            ["the key b is missing: a needs it"],
        ),
        ("properties: {a: {type: number}}", {"a": "abc"}, ['a: "abc" is a string, not a number']),
        ("properties: {a: {type: integer}}", {"a": 1.5}, ["a: 1.5 is a float, not an integer"]),
        ("properties: {a: {type: string}}", {"a": True}, ["a: true is a boolean, not a string"]),
        ("properties: {a: {type: string}}", {"a": None}, ["a: null is not a string"]),
        ("properties: {a: {type: string}}", {"a": [1]}, ["a: this is a list, not a string"]),
        (
            "properties: {a: {type: ['null', string]}}",
            {"a": {"b": 1}},
            ["a: this is a mapping, not a string or null"],
        ),
        ("properties: {a: {minimum: 0}}", {"a": -1.0}, ["a: -1.0 is below the minimum 0"]),
        ("properties: {a: {maximum: 0.5}}", {"a": 1}, ["a: 1 is above the maximum 0.5"]),
        ("properties: {a: {exclusiveMinimum: 0}}", {"a": 0}, ["a: 0 is not above 0"]),
        ("properties: {a: {multipleOf: 8}}", {"a": 12}, ["a: 12 is not a multiple of 8"]),
        (
            "properties: {a: {enum: [adam, sgd]}}",
            {"a": "adamm"},
            ['a: "adamm" is none of "adam", "sgd"; did you mean "adam"?'],
        ),
        ("properties: {a: {const: x}}", {"a": "y"}, ['a: "y" is not "x"']),
        ("properties: {a: {uniqueItems: true}}", {"a": [1, 1]}, ["a: an element is here twice"]),
        ("properties: {a: {format: date}}", {"a": "soon"}, ['a: "soon" is not a valid date']),
        (
            "properties: {a: {pattern: ^b}}",
            {"a": "x"},
            ['a: "x" does not match the pattern "^b"'],
        ),
        (
            "properties: {a: {minItems: 2}}",
            {"a": [1]},
            ["a: there are 1, fewer than 2 elements"],
        ),
        (
            "properties: {a: {prefixItems: [{}], items: false}}",
            {"a": [1, 2]},
            ["a[1]: the list must end before this element"],
        ),
        (
            "properties: {a: {anyOf: [{type: string}, {type: 'null'}]}}",
            {"a": 3},
            ["a: 3 is an integer, not a string or null"],
        ),
        (
            "properties: {a: {anyOf: [{type: number, minimum: 0}, {type: 'null'}]}}",
            {"a": -1},
            ["a: -1 is below the minimum 0"],
        ),
        (
            "properties: {a: {oneOf: [{properties: {name: {const: x}, p: {type: string}}},"
            " {properties: {name: {const: y}}}]}}",
            {"a": {"name": "x", "p": 1}},
            [
                "a: this fits none of 2 alternatives; of the nearest, "
                "p: 1 is an integer, not a string"
            ],
        ),
        (
            "properties: {a: {oneOf: [{type: number}, {minimum: 1}]}}",
            {"a": 2},
            ["a: this fits several alternatives where one is allowed"],
        ),
        (
            "properties: {a: {not: {type: string}}}",
            {"a": "x"},
            ["a: this is just what the schema rules out"],
        ),
        (
            "{if: {properties: {a: {const: 1}}}, then: {required: [b]}}",
            {"a": 1},
            ["the key b is missing"],
        ),
        (
            "properties: {a: false}",
            {"a": 1},
            ["a: this key is not allowed here"],
        ),
        (
            "propertyNames: {pattern: '^[a-z]+$'}",
            {"B": 1},
            ['B: this key is not allowed: "B" does not match the pattern "^[a-z]+$"'],
        ),
    ],
)
def test_messages(schema: str, config: Any, expected: list[str]) -> None:
    """Each kind of fault is told in one plain line, at the key or value that it is about."""
    assert found(schema, config) == expected


def test_key_or_value() -> None:
    """An unknown key is a fault of the key, with its path; a missing one is its parent's."""
    schema = only("{properties: {a: {required: [b], additionalProperties: false}}}")
    unknown, missing = sorted(schema.violations({"a": {"c": 1}}), key=lambda fault: not fault.key)
    assert (unknown.path, unknown.key) == ((Key("a"), Key("c")), True)
    assert (missing.path, missing.key) == ((Key("a"),), False)
    assert (unknown.keyword, missing.keyword) == ("additionalProperties", "required")
    assert unknown.schema == f"{FOLDER}train.yaml"


def test_order_of_the_config() -> None:
    """Faults come in the order of the config, whatever the schema's order, each once."""
    text = "{type: string}"
    schema = (
        f"{{properties: {{a: {text}, z: {{items: {text}}}}}, allOf: [properties: {{a: {text}}}]}}"
    )
    expected = ["z[0]", "z[2]", "a"]
    lines = found(schema, {"z": [1, "x", 2], "a": 1})
    assert [line.partition(":")[0] for line in lines] == expected


def test_integer_keys() -> None:
    """An integer key has the name of its digits, and is reported as the integer that it is."""
    schema = only("{properties: {1: {type: string}}, additionalProperties: false}")
    paths = [fault.path for fault in schema.violations({1: 2, 22: 1, "3": 1})]
    assert paths == [(Key(1),), (Key(22),), (Key("3"),)]


def test_an_integer_and_its_digits() -> None:
    """Keys that a schema cannot tell apart are a fault: one of them would not be checked."""
    (fault,) = only("{}").violations({"a": {1: "x", "1": "y"}})
    assert (fault.path, fault.key) == ((Key("a"), Key(1)), True)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("schema", "is_fine"),
    [
        ("type: number", True),
        ("type: integer", False),
        ("type: 'null'", False),
        ("minimum: 0", False),
        ("exclusiveMinimum: 0", False),
        ("maximum: 0", False),
        ("enum: [null, 1]", False),
        ("enum: [.nan, .inf, -.inf]", True),
        ("anyOf: [{minimum: 0}, {enum: [.nan, .inf, -.inf]}]", True),
        ("anyOf: [{minimum: 0}, {type: string}]", False),
        ("$ref: '#/$defs/low'", False),
        ("$ref: 'other.yaml'", False),
    ],
)
def test_not_finite(number: float, schema: str, is_fine: bool) -> None:
    """A number that is not finite is a number, but within no limits and in no list but by name."""
    lines = found(
        f"{{properties: {{a: {{{schema}}}}}, $defs: {{low: {{minimum: 0}}}}}}",
        {"a": number},
        other="minimum: 0",
    )
    assert (lines == []) is is_fine


def test_not_finite_message() -> None:
    """The message names the limit, where there is one, and never a stand-in."""
    assert found("properties: {a: {maximum: 1}}", {"a": -math.inf}) == [
        "a: -.inf is not a finite number; the maximum is 1"
    ]
    assert found("properties: {a: {minimum: 1}}", {"a": math.nan}) == [
        "a: .nan is not a finite number"
    ]


def test_hostile_values() -> None:
    """Values, keys and choices in messages are cut, on one line, and harmless in a terminal."""
    evil = "\x1b[31m\n\u202e" + "x" * 5000
    schema = "{properties: {a: {enum: [b, c]}, d: {maxLength: 1}}, additionalProperties: false}"
    for fault in only(schema).violations({"a": evil, "d": evil, evil: 1}):
        assert len(fault.message) < 200
        assert not HARMFUL.search(fault.message)


def test_thousands_of_unknown_keys() -> None:
    """Every unknown key is a fault of its own, however many there are."""
    schema = only("{properties: {known: {}}, additionalProperties: false}")
    assert len(schema.violations({f"k{n}": n for n in range(3000)})) == 3000


def test_evil_pattern() -> None:
    """A pattern that makes others backtrack for ever is matched in linear time."""
    assert found("properties: {a: {pattern: '(a+)+$'}}", {"a": "a" * 50_000 + "b"})


MATCHED = {
    "train": "{}",
    "nested/eval": "{}",
    "by_file": "x-match: {files: [configs/**, '*.run.yaml']}",
    "by_kind": "x-match: {kind: [train, special]}",
    "default": "{}",
}


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ({"kind": "train"}, [], ["by_kind", "train"]),
        ({"kind": "special"}, [], ["by_kind"]),
        ({"kind": "eval"}, [], ["eval"]),
        ({"kind": "by_file"}, [], ["default"]),
        ({}, ["configs/a/b.yaml"], ["by_file"]),
        ({"kind": "special"}, ["x/a.run.yaml"], ["by_file", "by_kind"]),
        ({"kind": "default"}, ["b.yaml"], ["default"]),
        ({"kind": ["train"]}, [], ["default"]),
        ({}, [], ["default"]),
    ],
)
def test_which_configs(config: Any, files: list[str], expected: list[str]) -> None:
    """`x-match` names kinds and files, else the name is the kind; the default takes the rest."""
    schemas = loaded(**MATCHED)
    assert schemas.faults == ()
    assert sorted(schema.name for schema in schemas.for_config(config, files)) == expected


def test_a_default_does_not_hide_faults() -> None:
    """Where a schema with faults speaks of a config, the default schema does not step in."""
    schemas = loaded(train="type: 5", default="required: [x]")
    assert schemas.for_config({"kind": "train"}) == ()
    assert [schema.name for schema in schemas.for_config({})] == ["default"]


def test_named() -> None:
    """A schema is found by its file's name, its path and its kind."""
    schemas = loaded(**MATCHED)
    for name in ("eval", "nested/eval.yaml", f"{FOLDER}nested/eval.yaml"):
        assert schemas.named(name).path == f"{FOLDER}nested/eval.yaml"
    assert schemas.named("special").name == "by_kind"


def test_not_named() -> None:
    """A name that is unknown, of a schema with faults, or of several is an error with a way out."""
    schemas = loaded(train="{}", broken="type: 5", **{"a/x": "{}", "b/x": "{}"})
    with pytest.raises(NotFoundError, match="no schema called trian") as caught:
        schemas.named("trian")
    assert caught.value.hint == "did you mean train?"
    with pytest.raises(NotFoundError, match=r"broken has a fault: .*broken\.yaml:1: "):
        schemas.named("broken")
    with pytest.raises(AmbiguousError) as several:
        schemas.named("x")
    assert several.value.candidates == (f"{FOLDER}a/x.yaml", f"{FOLDER}b/x.yaml")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: [1", 2, "a bracket or brace is not closed"),
        ("title: x\ntype: strin\n", 2, 'did you mean "string"?'),
        ("properties:\n  a:\n    minimum: x\n", 3, '"x" is a string, not a number'),
        ("properties:\n  a: {$ref: 'http://x.invalid/a'}\n", 2, "leads out of the schema folder"),
        ("\n$ref: file:///etc/passwd", 2, "leads out of the schema folder"),
        ("$ref: ../../../../etc/passwd", 1, "needs etc/passwd, which is missing"),
        ("\n$ref: none.yaml", 2, "needs .exptrack/schema/none.yaml, which is missing"),
        ("\n$ref: '#/$defs/none'", 2, "the $ref #/$defs/none leads nowhere"),
        ("$id: https://x.invalid/s/a.json\n$ref: b.json", 2, "leads out of the schema folder"),
        ("x-match: train", 1, "x-match takes files and kind"),
        ("x-match: {file: a}", 1, "x-match takes files and kind"),
        ("x-match: {kind: [1]}", 1, "kind in x-match is a string or a list of strings"),
        ("a: 1\npattern: (?=a)", 2, "look-around"),
        ("patternProperties:\n  a: {}\n  (: {}", 3, 'the pattern "("'),
        ("pattern: a{1000000}", 1, "too large"),
        ("a: 1\n---\nb: 1", 3, "one document"),
        ("\n$schema: http://json-schema.org/draft-07/schema#", 2, "only JSON Schema 2020-12"),
        ("minimum: .nan", 1, ".nan cannot be a limit"),
        ("# " + "x" * 2**20, 1, "over the limit of 1 MiB"),
        (b"\xff", 1, "not UTF-8"),
    ],
)
def test_faults(text: str | bytes, line: int, message: str) -> None:
    """What is wrong with a schema file is told with its line; nothing is raised or fetched."""
    ((found_line, found_message),) = faults(text)
    assert found_line == line
    assert message in found_message


def test_aliases_that_multiply() -> None:
    """A small file whose aliases stand for a large schema is a fault."""
    lines = ["a0: &a0 {pattern: abcdefgh, type: string}"]
    lines += [f"a{n}: &a{n} {{allOf: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 15)]
    assert "over the limit" in faults("\n".join(lines))[0][1]


def test_references_that_multiply() -> None:
    """References that double again and again, or never end, are a fault; a loop is not."""
    twice = "{{allOf: [{{$ref: '#/$defs/a{0}'}}, {{$ref: '#/$defs/a{0}'}}]}}"
    definitions = [f"  a{n}: {twice.format(n + 1)}" for n in range(60)]
    text = "\n".join(["$ref: '#/$defs/a0'", "$defs:", *definitions, "  a60: {}"])
    assert "lead too far" in faults(text)[0][1]
    chain = "\n".join(f"  a{n}: {{$ref: '#/$defs/a{n + 1}'}}" for n in range(1500))
    assert "lead too far" in faults(f"$ref: '#/$defs/a0'\n$defs:\n{chain}\n  a1500: {{}}")[0][1]
    assert found("{properties: {next: {$ref: '#'}}, maxProperties: 1}", {"next": {"a": {}}}) == []


def test_faults_spread_to_those_who_refer() -> None:
    """A schema that needs one with faults has a fault itself, at its `$ref`."""
    schemas = loaded(a="$ref: b.yaml", b="$ref: c.yaml", c="type: 5", d="$ref: e.yaml", e="{}")
    assert [fault.path for fault in schemas.faults] == [f"{FOLDER}{n}.yaml" for n in "abc"]
    assert [schema.name for schema in schemas.schemas] == ["d", "e"]


@pytest.mark.parametrize(
    "reference",
    [
        "common.yaml#/$defs/rate",
        "./sub/../common.yaml#/$defs/rate",
        "common.yaml#named",
        "https://lab.invalid/common#/$defs/rate",
        "https://lab.invalid/common#named",
        "urn:lab:rate",
    ],
)
def test_references(reference: str) -> None:
    """A `$ref` leads to another schema file by its path, its `$id`, and an anchor in it."""
    common = (
        "{$id: 'https://lab.invalid/common', $defs: {rate: {$anchor: named, maximum: 1},"
        " inner: {$id: 'urn:lab:rate', $ref: '#/$defs/x', $defs: {x: {maximum: 1}}}}}"
    )
    text = f"properties: {{a: {{$ref: '{reference}'}}}}"
    assert found(text, {"a": 2}, common=common) == ["a: 2 is above the maximum 1"]
    assert only(text, common=common).at((Key("a"),)) == {"maximum": 1}


def test_at() -> None:
    """What a schema says of a path is found through properties, patterns, items and references."""
    schema = only(
        """
        properties:
          list: {prefixItems: [{title: first}], items: {title: rest}}
          node: {$ref: '#/$defs/node'}
          both: {description: mine, allOf: [{type: object, properties: {x: {title: x}}}]}
          2: {title: two}
        patternProperties: {^p_: {title: pattern}}
        additionalProperties: {title: other}
        $defs:
          node: {properties: {next: {$ref: '#/$defs/node'}, value: {title: value}}}
        """
    )

    def title(*path: Any) -> Any:
        said = schema.at(tuple(Position(s) if isinstance(s, float) else Key(s) for s in path))
        return None if said is None else said.get("title")

    deep = schema.at((Key("node"), *[Key("next")] * 5, Key("value")))
    assert deep == {"title": "value"}
    assert schema.at((Key("list"), Position(0))) == {"title": "first"}
    assert schema.at((Key("list"), Position(3))) == {"title": "rest"}
    assert (title("p_1"), title("else"), title(2), title("both", "x")) == (
        "pattern",
        "other",
        "two",
        "x",
    )
    both = schema.at((Key("both"),))
    assert both is not None
    assert (both["description"], both["type"]) == ("mine", "object")
    closed = only("{properties: {a: {}}, additionalProperties: false}")
    assert closed.at((Key("b"),)) is None
    assert closed.at((Key("a"), Key("b"))) is None


TEMPLATE = """
description: "First line.\\nSecond \\u2028evil: 1\\n\\0# nul"
required: [kind, seed, opt, need]
properties:
  kind: {type: string}
  seed: {type: integer, description: "%s"}
  rate: {default: 0.1, exclusiveMinimum: 0, maximum: 1}
  opt: {$ref: '#/$defs/opt'}
  optional: {required: [x], properties: {x: {}, y: {default: 1}}}
  section: {properties: {y: {default: .inf}, z: {const: 7}}}
  outer: {default: {b: 5}, properties: {a: {default: 1}, b: {default: 2}}}
  layers: {default: [64, [1, 2], {}], description: sizes}
  "odd: key": {default: "a: b # c\\n", enum: ["a: b # c\\n", x]}
  empty: {default: {}}
  need: {required: [x]}
  tree: {$ref: '#/$defs/tree'}
$defs:
  opt:
    allOf: [{required: [name, momentum]}]
    properties: {name: {default: adam}, momentum: {type: number}}
  tree: {properties: {next: {$ref: '#/$defs/tree'}, value: {default: 1}}}
""" % ("word " * 40)


def test_defaults() -> None:
    """Nested defaults and constants make a config; required keys without one are named."""
    default = create_default(only(TEMPLATE))
    assert default.data == {
        "kind": "train",
        "rate": 0.1,
        "opt": {"name": "adam"},
        "section": {"y": math.inf, "z": 7},
        "outer": {"a": 1, "b": 5},
        "layers": [64, [1, 2], {}],
        "odd: key": "a: b # c\n",
        "empty": {},
        "tree": {"value": 1},
    }
    assert list(map(path_text, default.missing)) == ["seed", "opt.momentum", "need"]


def test_default_text() -> None:
    """The text is the defaults, with descriptions above the keys and limits behind them."""
    schema = only(TEMPLATE)
    text = default_text(schema)
    assert read(text) == create_default(schema).data
    lines = text.splitlines()
    assert "rate: 0.1  # above 0, at most 1" in lines
    assert "# seed:  required: integer" in lines
    assert "  # momentum:  required: number" in lines
    assert lines[:2] == ["# First line.", "# Second"]
    assert all(len(line) <= 88 for line in lines)
    assert "\0" not in text


def test_no_defaults() -> None:
    """Without any default the text is an empty config with the comments."""
    text = default_text(only("{properties: {a: {type: integer}}, required: [a, b c]}"))
    assert text == "# a:  required: integer\n# b c:  required\n{}\n"
    assert read(text) == {}


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        TEXTS,
        st.fixed_dictionaries(
            {},
            optional={
                "default": VALUES,
                "description": TEXTS,
                "enum": st.lists(VALUES, min_size=1),
            },
        ),
        max_size=4,
    ),
    TEXTS,
)
def test_any_defaults_read_back(properties: Any, description: str) -> None:
    """Whatever the keys, values and descriptions are, the text reads back as the defaults."""
    from gittrack.canonical import emit

    document = {"properties": properties, "description": description, "required": list(properties)}
    schema = SchemaSet.load({"train.yaml": emit(document)}).named("train")
    assert read(default_text(schema)) == create_default(schema).data


@settings(max_examples=60, deadline=None)
@given(VALUES, st.sampled_from(["type: string", "minimum: 3", "enum: [a, 1]", "maxItems: 1"]))
def test_any_value_has_a_verdict(value: Any, rule: str) -> None:
    """Every violation leads to a place in the config and has one line of text."""
    for fault in only(f"additionalProperties: {{{rule}}}").violations({"a": value, 5: value}):
        assert fault.path in ((Key("a"),), (Key(5),))
        assert not HARMFUL.search(fault.message)


def test_start_up() -> None:
    """The validator is imported only when there is a schema to compile."""
    code = (
        "import sys; from gittrack.schemas import SchemaSet;"
        "SchemaSet.load({}); print('jsonschema_rs' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_documentation() -> None:
    """The example of the documentation does what the documentation says."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    train, common, config, expected, template, match, script = blocks
    assert found(train, read(config), common=common) == expected.splitlines()
    assert default_text(only(train, common=common)) == template
    assert loaded(other=train.replace("title:", match + "title:"), common=common).faults == ()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "is a string, not an integer" in done.stdout
