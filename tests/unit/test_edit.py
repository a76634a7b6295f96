"""Values changed in a user's YAML or JSON text, with all else left as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yaml_styles import edits, written

from gittrack.canonical import Plain
from gittrack.configs.edit import REMOVED, Edit, apply_changes
from gittrack.diff import Key, Path, Position, same
from gittrack.errors import GittrackError, NotFoundError, SourceError, UsageError
from gittrack.sources import parse_documents

COMMENTED = """\
# The file's header.

training:
  # how fast
  lr: 0.1  # per step
  name: 'first'
  title: "a title"

  layers: [64, 32]   # wide
  stages:
  - warm   # up
  # the main one
  - name: main
    epochs: 10
# About the data.
data:
    path: /data/v1
    text: |
      one
      two
    empty:
# The end.
"""


def path(*steps: str | int | tuple[int]) -> Path:
    """Keys, and positions as tuples of one."""
    return tuple(Position(step[0]) if isinstance(step, tuple) else Key(step) for step in steps)


def edited(text: str, *changes: tuple[Path, Any], name: str = "x.yaml", index: int = 0) -> str:
    return apply_changes(text, changes, name=name, index=index)


def read(text: str, name: str = "x.yaml", index: int = 0) -> Plain:
    return parse_documents(text.encode(), name)[index].data


@pytest.mark.parametrize(
    ("place", "value", "old", "new"),
    [
        (path("training", "lr"), 0.2, "  lr: 0.1  # per step\n", "  lr: 0.2  # per step\n"),
        (path("training", "lr"), 1, "  lr: 0.1  # per step\n", "  lr: 1  # per step\n"),
        (path("training", "name"), "it's", "'first'", "'it''s'"),
        (path("training", "name"), "a\x1b", "'first'", '"a\\x1B"'),
        (path("training", "title"), "new", '"a title"', '"new"'),
        (path("training", "title"), None, '"a title"', "null"),
        (path("training", "layers", (1,)), 16, "[64, 32]   # wide", "[64, 16]   # wide"),
        (path("training", "layers", (2,)), 16, "[64, 32]   # wide", "[64, 32, 16]   # wide"),
        (path("training", "layers", (0,)), REMOVED, "[64, 32]   # wide", "[32]   # wide"),
        (path("training", "stages", (1,), "epochs"), 20, "epochs: 10\n", "epochs: 20\n"),
        (path("training", "stages", (0,)), REMOVED, "  - warm   # up\n", ""),
        (path("data", "path"), "/data/v2*", "/data/v1", "/data/v2*"),
        (path("data", "path"), "yes", "/data/v1", '"yes"'),
        (path("data", "path"), "1e5", "/data/v1", '"1e5"'),
        (path("data", "path"), "a: b", "/data/v1", '"a: b"'),
        (path("data", "path"), "a #b", "/data/v1", '"a #b"'),
        (path("data", "text"), "three", "|\n      one\n      two\n", "three\n"),
        (path("data", "text"), REMOVED, "    text: |\n      one\n      two\n", ""),
        (path("data", "empty"), 5, "empty:\n", "empty: 5\n"),
        (path("data", "empty", "in"), {"a": 1}, "empty:\n", "empty:\n      in:\n        a: 1\n"),
        (path("data", "new.key"), [1], "empty:\n", "empty:\n    new.key:\n    - 1\n"),
        (path("data", "1"), 1, "empty:\n", 'empty:\n    "1": 1\n'),
        (path("data", 1), 1, "empty:\n", "empty:\n    1: 1\n"),
        (path("data", "path"), [], "/data/v1", "[]"),
        (path("training", "lr"), {"a": 1}, "lr: 0.1  # per step\n", "lr:  # per step\n    a: 1\n"),
    ],
)  # fmt: skip
def test_only_the_value_changes(place: Path, value: Any, old: str, new: str) -> None:
    """The characters of the value change, a line comes or goes; all else is as it was."""
    assert COMMENTED.count(old) == 1
    assert edited(COMMENTED, (place, value)) == COMMENTED.replace(old, new)


def test_the_same_value_changes_nothing() -> None:
    """What says already what is asked stays, however it is written."""
    text = "a: 1e-3\nb: 'x'\nc: ~\n"
    assert edited(text, (path("a"), 0.001), (path("b"), "x"), (path("c"), None)) == text


def test_a_type_counts() -> None:
    """1 and 1.0 are two values."""
    assert edited("a: 1\n", (path("a"), 1.0)) == "a: 1.0\n"


def test_comments_directly_above_a_removed_key_go_with_it() -> None:
    """Its own comments go; the file's header and other keys' comments stay."""
    assert edited(COMMENTED, (path("training", "lr"), REMOVED)) == COMMENTED.replace(
        "  # how fast\n  lr: 0.1  # per step\n", ""
    )
    headed = "# header\na: 1\n# of b\nb: 2\n"
    assert edited(headed, (path("a"), REMOVED)) == "# header\n# of b\nb: 2\n"


def test_the_last_key_of_a_mapping_leaves_it_empty() -> None:
    """A mapping without keys is `{}`; a comment on its line stays."""
    text = "a:  # note\n  b: 1\nc: 2\n"
    assert edited(text, (path("a", "b"), REMOVED)) == "a: {}  # note\nc: 2\n"


def test_the_first_key_of_a_list_element_can_go() -> None:
    """The dash stays for the next key, alone on its line where comments follow."""
    assert edited("- a: 1\n  b: 2\n".join(["l:\n", ""]), (path("l", (0,), "a"), REMOVED)) == (
        "l:\n- b: 2\n"
    )
    text = "l:\n- a: 1\n  # of b\n  b: 2\n"
    assert "# of b\n  b: 2\n" in edited(text, (path("l", (0,), "a"), REMOVED))


def test_line_ends_stay() -> None:
    """A file with CRLF gets new lines with CRLF, and one without a last line end stays so."""
    text = "a: 1\r\nb:\r\n  c: 2"
    assert (
        edited(text, (path("b", "d"), 3), (path("e"), 4))
        == "a: 1\r\nb:\r\n  c: 2\r\n  d: 3\r\ne: 4"
    )


def test_a_byte_order_mark_stays() -> None:
    """The mark at the file's head is no part of the first key."""
    assert edited("\ufeffa: 1\n", (path("a"), 2)) == "\ufeffa: 2\n"


def test_other_documents_stay() -> None:
    """Only the document that is named changes."""
    assert edited("a: 1\n---\na: 1\n...\n", (path("a"), 2), index=1) == "a: 1\n---\na: 2\n...\n"


def test_flow_collections() -> None:
    """Braces and brackets stay, on one line or several, with or without a last comma."""
    assert edited("m: {a: 1, b: 2}\n", (path("m", "a"), REMOVED)) == "m: {b: 2}\n"
    assert edited("m: {a: 1, b: 2}\n", (path("m", "b"), REMOVED)) == "m: {a: 1}\n"
    assert edited("m: {a: 1}\n", (path("m", "c d"), {"x": [1]})) == "m: {a: 1, c d: {x: [1]}}\n"
    text = "m: {\n  a: 1, # one\n  b: 2,\n}\n"
    assert edited(text, (path("m", "c"), 3)) == "m: {\n  a: 1, # one\n  b: 2,\n  c: 3,\n}\n"
    assert edited(text, (path("m", "b"), REMOVED)) == "m: {\n  a: 1, # one\n}\n"


def test_json() -> None:
    """JSON stays JSON: quotes, escapes, commas, and its layout."""
    text = '{\n\t"a": 1,\n\t"b": {"c\\u00e9": [1, 2]},\n\t"url": "http:\\/\\/x"\n}\n'
    result = edited(
        text,
        (path("a"), "é\n"),
        (path("b", "cé", (1,)), None),
        (path("n"), {"x": float("nan")}),
        name="x.json",
    )
    assert result == text.replace("1,\n", '"é\\n",\n').replace("2]", "null]").replace(
        '\\/x"\n', '\\/x",\n\t"n": {"x": NaN}\n'
    )
    assert json.loads(edited(text, (path("url"), REMOVED), name="x.json")).keys() == {"a", "b"}


ANCHORED = """\
base: &base
  lr: 0.1
  depth: 2
prod: *base
dev:
  # like base
  <<: *base
  debug: true
seed: &seed 5
other: *seed
"""


TANGLED = """\
base: &base  # note
  lr: 0.1
  deep: &deep {x: 1, y: [1, 2]}
prod: *base
l:
  - &element
    a: 1
  - *element
  - b: *deep
dev:
  # like base
  <<: [*base, *element]
  debug: true
flow: {<<: *deep, z: *element}
nested:
  <<: *base
  deep:
    <<: *deep
    y: 0
inline:
  <<: {q: 1}
"""


def test_an_alias_gives_way_to_its_meaning() -> None:
    """What shares the changed value elsewhere keeps its own."""
    result = edited(ANCHORED, (path("prod", "lr"), 0.2))
    assert result == ANCHORED.replace("prod: *base\n", "prod:\n  lr: 0.2\n  depth: 2\n")
    result = edited(ANCHORED, (path("seed"), 6))
    assert result == ANCHORED.replace("&seed 5", "&seed 6").replace("*seed", "5")


def test_a_key_that_is_merged_in() -> None:
    """It is overridden by a key of its own; to remove it, the merge key gives way."""
    result = edited(ANCHORED, (path("dev", "lr"), 0.2))
    assert result == ANCHORED.replace("  debug: true\n", "  debug: true\n  lr: 0.2\n")
    result = edited(ANCHORED, (path("dev", "lr"), REMOVED))
    assert result == ANCHORED.replace("  <<: *base\n", "  depth: 2\n")


def test_an_anchor_that_goes_leaves_its_meaning() -> None:
    """Removing what others refer to puts the value where they did."""
    result = edited(ANCHORED, (path("base"), REMOVED))
    assert "*base" not in result
    assert "# like base\n  lr: 0.1\n  depth: 2\n  debug: true\n" in result


@pytest.mark.parametrize(
    ("text", "place", "value", "error"),
    [
        ("a: 1\n", path("b"), REMOVED, NotFoundError),
        ("a: [1]\n", path("a", (1,)), REMOVED, NotFoundError),
        ("a: [1]\n", path("a", (3,)), 1, UsageError),
        ("a: [1]\n", path("a", (-1,)), 1, UsageError),
        ("a: 1\n", path("a", "b"), 1, UsageError),
        ("a: 1\n", (), REMOVED, UsageError),
        ("a: [\n", path("a"), 1, SourceError),
        ("? a\n: 1\n? b\n: 2\n", path("a"), REMOVED, SourceError),
    ],
)
def test_what_cannot_be(text: str, place: Path, value: Any, error: type[GittrackError]) -> None:
    """It is said; nothing wrong is ever returned."""
    with pytest.raises(error):
        edited(text, (place, value))


def test_a_refusal_names_the_place() -> None:
    """File, line and column of what is to be changed by hand."""
    with pytest.raises(
        SourceError, match=r"^x\.yaml:3:5: m\.a cannot be changed in place"
    ) as caught:
        edited("x: 1\nm:\n  ? a\n  : 1\n  ? b\n  : 2\n", (path("m", "a"), REMOVED))
    assert caught.value.hint == "edit the file by hand"


def spared(comment: Path, made: list[Edit]) -> bool:
    """Whether no change was made to a key that a comment is about, nor to what the key is in."""
    if any(isinstance(step, Position) for step in comment):
        return False
    return not any(place == comment[: len(place)] for place, _ in made)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(written(), st.data())
def test_reading_the_result_gives_the_data_changed_so(
    case: tuple[dict[str | int, Plain], str, dict[str, Path]], draw: st.DataObject
) -> None:
    """Whatever the style: the data is what was asked, and other keys' comments are there."""
    data, text, comments = case
    assert same(read(text), data), text
    wanted, made = draw.draw(edits(data))
    result = edited(text, *made)
    assert same(read(result), wanted), (text, result)
    for comment, place in comments.items():
        if spared(place, made):
            assert comment in result, (comment, text, result)
    assert ("\r\n" in text) == ("\r\n" in result)
    assert "# file" in result
    assert "# end" in result


@pytest.mark.slow
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_anchors_never_lead_to_other_data(draw: st.DataObject) -> None:
    """Whatever changes where anchors, aliases and merge keys are: the data is what was asked."""
    before = read(TANGLED)
    assert isinstance(before, dict)
    wanted, made = draw.draw(edits(before))
    assert same(read(edited(TANGLED, *made)), wanted)
