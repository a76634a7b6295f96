"""A record written anew keeps what others changed in it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gittrack.diff import same
from gittrack.runs.carrying import carry_over

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(["status", "tags", "metrics", "x", "y"])
RECORDS = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=4), max_size=5)
TEXTS = st.lists(st.text(max_size=3), max_size=5)


@given(RECORDS, RECORDS)
def test_where_nobody_else_changed_anything_it_is_ours(base: Any, ours: Any) -> None:
    """The record that we wrote last is still there."""
    assert same(carry_over(base, base, ours), ours)


@given(RECORDS, RECORDS)
def test_where_we_changed_nothing_it_is_theirs(base: Any, theirs: Any) -> None:
    """Every value that they set, changed or took away."""
    assert same(carry_over(base, theirs, base), theirs)


@given(TEXTS, TEXTS, TEXTS)
def test_no_note_is_lost(base: Any, more: Any, mine: Any) -> None:
    """Ours come first, in order; theirs that are new follow."""
    theirs, ours = {"notes": [*base, *more]}, {"notes": [*base, *mine]}
    merged = carry_over({"notes": base}, theirs, ours)["notes"]
    assert merged[: len(base) + len(mine)] == ours["notes"]
    assert set(merged) == {*base, *more, *mine}


def test_an_unknown_base_keeps_what_people_add() -> None:
    """Tags, notes and checks that we lack stay; of all else, ours counts."""
    theirs = {"status": "RUNNING", "host": "a", "tags": {"a": "1", "seen": "yes"}, "notes": ["n"]}
    ours = {"status": "FINISHED", "tags": {"a": "2"}}
    assert carry_over(None, theirs, ours) == {
        "status": "FINISHED",
        "tags": {"a": "2", "seen": "yes"},
        "notes": ["n"],
    }


def test_an_artifact_is_carried_as_a_whole() -> None:
    """One that only they replaced or added is theirs, one that only we replaced is ours."""

    def file(path: str, digest: str) -> dict[str, object]:
        return {"path": path, "size": 1, "sha256": digest}

    base = {"artifacts": [file("a", "1"), file("b", "1")]}
    theirs = {"artifacts": [file("a", "2"), file("b", "1"), file("c", "3")]}
    ours = {"artifacts": [file("a", "1"), file("b", "4")]}
    assert carry_over(base, theirs, ours)["artifacts"] == [
        file("a", "2"),
        file("b", "4"),
        file("c", "3"),
    ]
