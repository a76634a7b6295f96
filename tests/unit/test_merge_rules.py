"""How records merge: neither the order of merging nor merging twice makes a difference."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gittrack.runs.model import FAILED, FINISHED, KILLED, RUNNING
from gittrack.sync.rules.fields import (
    NOTHING,
    Fields,
    Key,
    Side,
    first_places,
    merge_fields,
    put_together,
    take_apart,
    value_bytes,
    writes_between,
)
from gittrack.sync.rules.models import number_versions, version_id
from gittrack.sync.rules.records import merge_experiments, merge_runs
from gittrack.sync.rules.series import Point, merge_points, summarize

Record = dict[str | int, Any]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(0, 2), st.just(1.0), st.sampled_from("ab")
)
names = st.sampled_from("abc")
records = st.dictionaries(
    names,
    st.one_of(
        scalars,
        st.dictionaries(names, scalars, min_size=1),
        st.lists(scalars, min_size=1, max_size=4),
    ),
)


class History:
    """Writers that change one record and meet: each knows all commits that it ever met.

    A commit is its generation, made unique by its place in the list of all.
    """

    def __init__(self) -> None:
        self.commits: list[tuple[int, Fields, Fields]] = []

    def write(self, known: frozenset[int], before: Fields, after: Record) -> frozenset[int]:
        generation = 1 + max((self.commits[one][0] for one in known), default=0)
        self.commits.append((generation, before, take_apart(after)))
        return known | {len(self.commits) - 1}

    def generation(self, commit: str) -> int:
        return self.commits[int(commit)][0]

    def writes(self, commits: frozenset[int]) -> dict[Key, list[tuple[str, int, bytes]]]:
        found: dict[Key, list[tuple[str, int, bytes]]] = {}
        for commit in sorted(commits):
            _, before, after = self.commits[commit]
            for key, write in writes_between(str(commit), before, after).items():
                found.setdefault(key, []).append(write)
        return found

    def merge(
        self, states: Sequence[tuple[frozenset[int], Fields]]
    ) -> tuple[frozenset[int], Fields]:
        """As the merge of commits does it: only what not all know is looked at."""
        states = [
            one
            for number, one in enumerate(states)
            if not any(
                one[0] < other[0] or (one[0] == other[0] and place < number)
                for place, other in enumerate(states)
            )
        ]
        if len(states) == 1:
            return states[0]
        common = frozenset.intersection(*(known for known, _ in states))
        sides = [Side(fields, self.writes(known - common)) for known, fields in states]
        known = frozenset.union(*(known for known, _ in states))
        places = first_places(self.writes(known), self.generation)
        return known, merge_fields(sides, self.generation, lambda: places)


steps = st.lists(
    st.tuples(st.integers(0, 2), st.one_of(records, st.integers(0, 2))), min_size=3, max_size=12
)


@given(steps)
def test_three_writers_agree_in_every_order(
    steps: list[tuple[int, Record | int]],
) -> None:
    """Whatever they wrote and whomever they met: all orders, and all at once, give one record."""
    history = History()
    states: list[tuple[frozenset[int], Fields]] = [(frozenset(), NOTHING)] * 3
    for writer, step in steps:
        known, fields = states[writer]
        if isinstance(step, int):
            states[writer] = history.merge([states[writer], states[step]])
        else:
            states[writer] = history.write(known, fields, step), take_apart(step)
    at_once = history.merge(states)[1]
    for order in itertools.permutations(states):
        merged = order[0]
        for other in order[1:]:
            merged = history.merge([merged, other])
        assert exact(merged[1]) == exact(at_once)
        assert shape(merged[1]) == shape(at_once)


def apart(steps: Sequence[tuple[int, str | int]]) -> tuple[History, list[Any]]:
    """Three clones of one record with a list: each step is of one, who adds a text or meets one."""
    history = History()
    states = [(history.write(frozenset(), NOTHING, {}), NOTHING)] * 3
    for writer, step in steps:
        known, fields = states[writer]
        if isinstance(step, int):
            states[writer] = history.merge([states[writer], states[step]])
        else:
            record = put_together(fields)
            texts: Any = record.get("notes", [])
            after: Record = {"notes": [*texts, step]}
            states[writer] = history.write(known, fields, after), take_apart(after)
    return history, states


additions = st.lists(
    st.tuples(st.integers(0, 2), st.one_of(st.sampled_from("abc"), st.integers(0, 2))),
    min_size=4,
    max_size=10,
)


@pytest.mark.slow
@settings(max_examples=400)
@given(additions)
@example([(0, "a"), (1, "b"), (1, "a"), (2, 1), (1, "c"), (2, "d")])
def test_lists_that_grew_apart_have_one_order(steps: list[tuple[int, str | int]]) -> None:
    """Whoever meets first, and even if several wrote the same: what was written first leads."""
    history, states = apart(steps)
    at_once = history.merge(states)[1]
    for order in itertools.permutations(states):
        merged = order[0]
        for other in order[1:]:
            merged = history.merge([merged, other])
        assert shape(merged[1]) == shape(at_once)


def exact(fields: Fields) -> dict[Key, bytes]:
    return {key: value_bytes(value) for key, value in fields.values.items()}


def shape(fields: Fields) -> dict[str | int, tuple[Key, ...]]:
    """The order of all lists that are not empty."""
    return {name: keys for name, keys in fields.order.items() if keys}


@given(records)
def test_a_record_taken_apart_is_put_together_again(record: Record) -> None:
    """Nothing is lost or changed, down to the type of each number."""
    assert value_bytes(put_together(take_apart(record))) == value_bytes(record)


@given(records)
def test_a_record_merged_with_itself_is_itself(record: Record) -> None:
    """Also where both sides wrote all of it."""
    fields = take_apart(record)
    writes = {key: [write] for key, write in writes_between("0", NOTHING, fields).items()}
    places = first_places(writes, lambda _: 1)
    merged = merge_fields([Side(fields, writes), Side(fields)], lambda _: 1, lambda: places)
    assert value_bytes(put_together(merged)) == value_bytes(record)


values = st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")])
points = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(-1, 2)), values), max_size=6
)


def shown(history: Sequence[Point]) -> list[tuple[int, int | None, str]]:
    return [(time, step, repr(value)) for time, step, value in history]


@given(points, points, points)
def test_histories_of_a_metric_merge_in_any_order(
    one: list[Point], other: list[Point], third: list[Point]
) -> None:
    """Commutative, associative and idempotent, with NaN and both zeros told apart."""
    both = merge_points([one, other])
    assert shown(both) == shown(merge_points([other, one]))
    assert shown(merge_points([both, one])) == shown(both)
    assert shown(merge_points([one, one])) == shown(one)
    late = merge_points([one, merge_points([other, third])])
    assert shown(merge_points([both, third])) == shown(late)


@given(points, points)
def test_no_point_of_a_metric_is_lost(one: list[Point], other: list[Point]) -> None:
    """But one whose moment is not known is the same as a like one that has a moment."""
    merged = shown(merge_points([one, other]))
    for time, step, value in [*shown(one), *shown(other)]:
        assert (time, step, value) in merged or (
            time == 0 and (step, value) in [found[1:] for found in merged]
        )


def test_a_metric_of_one_value_is_part_of_its_longer_history() -> None:
    """Its moment is not kept, so it is recognised by step and value."""
    history: list[Point] = [(5, 0, 1.0), (6, 1, 2.0)]
    assert merge_points([history, [(0, 1, 2.0)]]) == history
    assert summarize(history).last == 2.0


statuses = st.sampled_from([RUNNING, KILLED, FAILED, FINISHED])
runs = st.builds(
    lambda status, ended: {"status": status} | ({"ended": ended} if status != RUNNING else {}),
    statuses,
    st.sampled_from(["2020", "2099"]),
)


def alone(record: Record) -> Side:
    return Side(take_apart(record))


@given(runs, runs, runs)
def test_the_more_final_state_of_a_run_counts(one: Record, other: Record, third: Record) -> None:
    """In any order; a run that finished was not killed, whatever another machine took it for."""
    both = merge_runs([alone(one), alone(other)], lambda _: 0)
    again = merge_runs([Side(both), alone(third)], lambda _: 0)
    late = merge_runs([alone(other), alone(third)], lambda _: 0)
    assert again.values == merge_runs([alone(one), Side(late)], lambda _: 0).values
    assert both.values == merge_runs([alone(other), alone(one)], lambda _: 0).values
    if FINISHED in (one["status"], other["status"]):
        assert both.values[("status",)] == FINISHED


def test_a_file_and_a_folder_of_one_name_are_both_kept() -> None:
    """git cannot store both: the file gets a suffix from its SHA-256."""
    file = {"path": "model", "size": 1, "sha256": "ab" * 32}
    inside = {"path": "model/weights", "size": 1, "sha256": "cd" * 32}
    sides = [alone({"artifacts": [file]}), alone({"artifacts": [inside]})]
    merged: Any = put_together(merge_runs(sides, lambda _: 0))
    assert sorted(one["path"] for one in merged["artifacts"]) == ["model.abababab", "model/weights"]


numbers = st.integers(1, 50)


@given(numbers, numbers)
def test_no_number_of_a_run_is_given_twice(one: int, other: int) -> None:
    """An experiment's next number is the greater one, its birth the earlier."""
    sides = [
        alone({"next_number": one, "created_at": "2020"}),
        alone({"next_number": other, "created_at": "2019"}),
    ]
    merged = merge_experiments(sides, lambda _: 0).values
    assert merged == {("next_number",): max(one, other), ("created_at",): "2019"}


registrations = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(1, 4), st.integers(1, 3))
)


@given(registrations)
def test_every_version_has_a_number_of_its_own(registered: dict[str, tuple[int, int]]) -> None:
    """The earliest keeps what it was given; no number that somebody was given changes hands."""
    found = number_versions(registered)
    assert found.keys() == registered.keys()
    assert len(set(found.values())) == len(found)
    for number in {number for number, _ in registered.values()}:
        rivals = [v for v, given in registered.items() if given[0] == number]
        [kept] = [v for v in rivals if found[v] == number]
        assert registered[kept][1] == min(registered[v][1] for v in rivals)


@given(registrations)
def test_a_version_registered_after_a_merge_moves_no_other(
    registered: dict[str, tuple[int, int]],
) -> None:
    """Its number is greater than all: those of the others stay as they are."""
    found = number_versions(registered)
    number = max(found.values(), default=0) + 1
    assert number_versions({**registered, "new": (number, 9)}) == {**found, "new": number}


def test_a_version_is_known_by_what_made_it() -> None:
    """Number, description, tags and stage may change."""
    record: Record = {"number": 1, "created_at": "x", "sha256": "y"}
    assert version_id(record) == version_id({**record, "number": 2, "stage": "Staging"})
    assert version_id(record) != version_id({**record, "sha256": "z"})
