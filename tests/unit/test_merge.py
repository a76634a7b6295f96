"""Three states of a config file merged by key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yaml_styles import edits, written

from gittrack.canonical import Plain
from gittrack.configs.edit import apply_changes
from gittrack.configs.merge import Merged, merge
from gittrack.configs.threeway import reconcile
from gittrack.diff import path_text, same
from gittrack.sources import parse_documents

BASE = """\
# How we train.
training:
  # per step
  lr: 0.1  # rate
  epochs: 10
  features:
  - momentum
  - value
model: {name: mlp, depth: 2}
"""


def merged(base: str, ours: str, theirs: str, **options: Any) -> Merged:
    return merge(base, ours, theirs, name="x.yaml", **options)


def read(text: str) -> Plain:
    return [document.data for document in parse_documents(text.encode(), "x.yaml")]


def conflicts(result: Merged) -> list[str]:
    return [path_text(path) for path in result.conflicts]


def test_neighbours_do_not_conflict() -> None:
    """Different keys changed on adjacent lines, or within one line, are both taken."""
    ours = BASE.replace("0.1", "0.2").replace("depth: 2", "depth: 3")
    theirs = BASE.replace("10", "20").replace("mlp", "cnn")
    expected = ours.replace("10", "20").replace("mlp", "cnn")
    assert merged(BASE, ours, theirs) == Merged(expected, ())


def test_comments_of_both_sides_stay() -> None:
    """Ours keeps its comments; a key that theirs added brings its own, and the ones in it."""
    ours = BASE.replace("0.1  # rate", "0.2  # ours")
    theirs = BASE.replace(
        "  epochs: 10\n",
        "  epochs: 20\n  # theirs\n  new:  # at new\n    # in new\n    x: 1\n",
    )
    result = merged(BASE, ours, theirs)
    assert not result.conflicts
    assert "lr: 0.2  # ours\n  epochs: 20\n" in result.text
    assert "  # theirs\n  new:  # at new\n    # in new\n    x: 1\n" in result.text


def test_lines_from_another_indentation_fit_in() -> None:
    """A key that theirs added stands where ours indents."""
    ours = "a:\n    b: 1\n"
    theirs = "a:\n  b: 2\n  # new\n  c:\n    d: 1\n"
    assert merged("a:\n  b: 1\n", ours, theirs).text == (
        "a:\n    b: 2\n    # new\n    c:\n      d: 1\n"
    )


def test_one_key_changed_differently_conflicts() -> None:
    """Its lines alone are between the markers; all else is merged."""
    ours = BASE.replace("0.1", "0.2").replace("depth: 2", "depth: 3")
    theirs = BASE.replace("0.1", "0.3").replace("10", "20")
    result = merged(BASE, ours, theirs, labels=("HEAD", "base", "topic"), marker_size=9)
    assert conflicts(result) == ["training.lr"]
    expected = ours.replace("10", "20").replace(
        "  lr: 0.2  # rate\n",
        "<<<<<<<<< HEAD\n  lr: 0.2  # rate\n=========\n  lr: 0.3  # rate\n>>>>>>>>> topic\n",
    )
    assert result.text == expected


def test_each_side_of_a_conflict_says_what_is_merged() -> None:
    """Where aliases tie other keys to the one in conflict, the markers stand around them all."""
    base, ours, theirs = "a: &x 1\nb: *x\n", "a: &x 2\nb: *x\n", "a: &x 3\nb: 1\n"
    result = merged(base, ours, theirs)
    assert conflicts(result) == ["a"]
    assert read(side_of(result.text, "ours")) == [{"a": 2, "b": 2}]
    assert read(side_of(result.text, "theirs")) == [{"a": 3, "b": 2}]


def test_the_base_is_shown_on_demand() -> None:
    """As git's diff3 style does."""
    result = merged("a: 1\n", "a: 2\n", "a: 3\n", with_base=True)
    assert result.text == (
        "<<<<<<< ours\na: 2\n||||||| base\na: 1\n=======\na: 3\n>>>>>>> theirs\n"
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "places"),
    [
        ("a: 1.0\n", "a: 2\n", ["a"]),
        ("a: 1.0\n", "a: 1\nb: 1\n", []),
        ("b: 1\n", "a: 2\n", ["a"]),
        ("a: 2\n", "{}\n", ["a"]),
        ("a: 2\n", "a: 2.0\n", ["a"]),
        ("a: {x: 1}\n", "a: {y: 1}\n", ["a"]),
        ("a: 1\nm: {x: 1}\n", "a: 1\nm: {y: 1}\n", []),
        ("a: 1\nm: {x: 1}\n", "a: 1\nm: {x: 2}\n", ["m.x"]),
        ("a: 1\nm: {x: 1}\n", "a: 1\nm: 1\n", ["m"]),
        ("a: [1, 2]\n", "a: [0, 1]\n", ["a"]),
    ],
)  # fmt: skip
def test_what_conflicts(ours: str, theirs: str, places: list[str]) -> None:
    """Types count, a change meets a removal, lists of scalars are one value; keys add up."""
    result = merged("a: 1\n", ours, theirs)
    assert conflicts(result) == places
    assert ("<<<<<<< ours\n" in result.text) == bool(places)


def test_lists_of_mappings_are_merged_by_position() -> None:
    """Where their lengths are equal; a list that grew on one side and changed on the other
    conflicts as a whole."""
    base = "l:\n- a: 1\n  b: 1\n- c: 1\n"
    ours, theirs = base.replace("a: 1", "a: 2"), base.replace("b: 1", "b: 2")
    assert merged(base, ours, theirs) == Merged("l:\n- a: 2\n  b: 2\n- c: 1\n", ())
    assert conflicts(merged(base, ours, theirs + "- d: 1\n")) == ["l"]


def test_a_merge_by_lines_that_says_something_else_is_not_taken() -> None:
    """Both sides add the same key at different places: git's clean merge has it twice."""
    base = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n"
    ours, theirs = "new: 1\n" + base, base + "new: 1\n"
    assert merged(base, ours, theirs) == Merged(ours, ())
    assert conflicts(merged(base, ours, base + "new: 2\n")) == ["new"]


def test_conflicts_in_several_documents() -> None:
    """Documents are merged one by one."""
    result = merged("a: 1\n---\nb: 1\n", "a: 2\n---\nb: 2\n", "a: 3\n---\nb: 3\n")
    assert conflicts(result) == ["a", "b"]
    assert result.text.count("<<<<<<< ours") == 2


@pytest.mark.parametrize(
    "texts",
    [
        ("a: 1\n", "a: [\n", "a: 2\n"),
        ("- 1\n", "- 2\n", "- 3\n"),
        ("a: 1\n", "a: 2\n---\nb: 1\n", "a: 3\n"),
        ("", "a: 1\n", "a: 2\n"),
    ],
)
def test_what_is_no_config_is_merged_by_lines(texts: tuple[str, str, str]) -> None:
    """As git merges every text: both sides are there, between its markers."""
    base, ours, theirs = texts
    result = merged(base, ours, theirs)
    assert result.conflicts == ((),)
    assert result.text.startswith("<<<<<<< ours\n")
    assert all(line in result.text for side in (ours, theirs) for line in side.splitlines())


def test_what_cannot_be_edited_is_never_merged_to_something_else() -> None:
    """Explicit keys are not edited: git's merge by lines counts, if it says the right thing."""
    base = "? a\n: 1\n? b\n: 1\n? c\n: 1\n? d\n: 1\n"
    ours, theirs = base.replace("? a\n: 1", "? a\n: 2"), base.replace("? d\n: 1", "? d\n: 2")
    assert merged(base, ours, theirs).text == ours.replace("? d\n: 1", "? d\n: 2")
    fewer = base.replace("? d\n: 1\n", "? n\n: 1\n")
    twice = merged(base, "? n\n: 1\n" + base, fewer)  # git: clean, with n twice
    assert twice.conflicts == ((),)
    assert twice.text.count("<<<<<<< ours") == twice.text.count(">>>>>>> theirs") == 1


def test_line_ends() -> None:
    """Markers end as the file's lines do, and a last line without an end gets one first."""
    result = merged("a: 1\r\nb: 1", "a: 1\r\nb: 2", "a: 1\r\nb: 3")
    assert result.text == ("a: 1\r\n<<<<<<< ours\r\nb: 2\r\n=======\r\nb: 3\r\n>>>>>>> theirs\r\n")


def test_json() -> None:
    """JSON files are merged by key as well."""
    base = '{\n  "a": 1,\n  "b": {"c": 1}\n}\n'
    ours, theirs = base.replace('"a": 1', '"a": 2'), base.replace('"c": 1', '"c": 1, "d": []')
    result = merge(base, ours, theirs, name="x.json")
    assert result == Merged('{\n  "a": 2,\n  "b": {"c": 1, "d": []}\n}\n', ())


relaxed = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@relaxed
@given(written(), st.data())
def test_with_one_side_unchanged_the_other_is_taken(case: Any, draw: st.DataObject) -> None:
    """Merging with what did not change, or with the same, gives the changed side's data."""
    data, text, _ = case
    wanted, made = draw.draw(edits(data))
    changed = apply_changes(text, made, name="x.yaml")
    for ours, theirs in ((changed, text), (text, changed), (changed, changed)):
        result = merged(text, ours, theirs)
        assert not result.conflicts
        assert same(read(result.text), [wanted])


@pytest.mark.slow
@relaxed
@given(written(), st.data())
def test_the_sides_are_equal(case: Any, draw: st.DataObject) -> None:
    """Which side is ours changes neither the conflicts nor, where there is none, the data; where
    there are some, taking a side of each gives a config."""
    data, text, _ = case
    left, right = (apply_changes(text, draw.draw(edits(data))[1], name="x.yaml") for _ in range(2))
    one, other = merged(text, left, right), merged(text, right, left)
    assert set(one.conflicts) == set(other.conflicts)
    if not one.conflicts:
        assert same(read(one.text), read(other.text))
    else:
        assert read(side_of(one.text, "ours"))
        assert read(side_of(one.text, "theirs"))


def side_of(text: str, wanted: str) -> str:
    """What is left when one side of each conflict is taken."""
    kept, side = [], None
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<< "):
            side = "ours"
        elif line.rstrip() == "=======":
            side = "theirs"
        elif line.startswith(">>>>>>> "):
            side = None
        elif side in (None, wanted):
            kept.append(line)
    return "".join(kept) or "{}\n"


@pytest.mark.slow
@given(st.data())
def test_reconciling_is_symmetric(draw: st.DataObject) -> None:
    """The same places conflict whichever side is ours."""
    data = {"a": 1, "m": {"x": [1, 2], "y": [{"z": 1}, {"z": 2}]}, "n": {}}
    (left, _), (right, _) = draw.draw(edits(data)), draw.draw(edits(data))  # type: ignore[arg-type]
    one, other = reconcile(data, left, right), reconcile(data, right, left)  # type: ignore[arg-type]
    assert {c.path for c in one.conflicts} == {c.path for c in other.conflicts}
