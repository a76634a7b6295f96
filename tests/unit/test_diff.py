"""Comparing configs: what a reviewer is shown, and that nothing is lost or made up."""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from itertools import pairwise, permutations
from math import inf, isnan, nan
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gittrack.canonical import Plain, emit
from gittrack.diff import (
    MISSING,
    Change,
    Key,
    Path,
    Position,
    Row,
    compare,
    compare_many,
    flatten,
    same,
)
from gittrack.diff.alignment import MAX_EDITS, common_subsequence
from gittrack.diff.pairing import pair_up


def told(old: Plain, new: Plain) -> list[str]:
    """The changes as lines of text."""
    return [_line(change) for change in compare(old, new)]


def _line(change: Change) -> str:
    if change.kind == "added":
        return f"added {change.text_path} = {change.new!r}"
    if change.kind == "removed":
        return f"removed {change.text_path} = {change.old!r}"
    origin = f" (was {change.text_old_path})" if change.old_path is not None else ""
    if change.kind == "moved":
        return f"moved {change.text_path}{origin} = {change.new!r}"
    return f"changed {change.text_path}{origin}: {change.old!r} → {change.new!r}"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"k": 1}, {"k": 1}, []),
        ({"k": 5}, {"k": 10}, ["changed k: 5 → 10"]),
        (
            {"model": {"lr": 0.1, "depth": 3}},
            {"model": {"lr": 0.2, "dropout": 0.1}},
            ["removed model.depth = 3", "added model.dropout = 0.1", "changed model.lr: 0.1 → 0.2"],
        ),
        (
            {},
            {"m": {"a": {"x": 1, "y": {}}, "l": [1, 2], "e": [], "n": None}},
            [
                "added m.a.x = 1",
                "added m.a.y = {}",
                "added m.e = []",
                "added m.l = [1, 2]",
                "added m.n = None",
            ],
        ),
        (
            {},
            {"layers": [{"units": 8}, {"units": 4, "on": True}]},
            ["added layers[0].units = 8", "added layers[1].on = True", "added layers[1].units = 4"],
        ),
        ({"m": {"a": 1}}, {"m": "off"}, ["changed m: {'a': 1} → 'off'"]),
        ({"m": None}, {"m": {"a": 1}}, ["changed m: None → {'a': 1}"]),
        ({"m": {}}, {"m": []}, ["changed m: {} → []"]),
        ({"m": {}}, {"m": {"a": 1}}, ["added m.a = 1"]),
        ({"m": {"a": 1}}, {"m": {}}, ["removed m.a = 1"]),
        ({"a b": 1}, {"a b": 2}, ["changed `a b`: 1 → 2"]),
        ({"s": {"a.b": 1}}, {"s": {}}, ["removed s.`a.b` = 1"]),
        (
            {"s": {1: 1, "1": 1}},
            {"s": {1: 2, "1": 3}},
            ["changed s.1: 1 → 2", "changed s.`1`: 1 → 3"],
        ),
        (
            {"s": {10: 0, 9: 0, "a": 0}},
            {"s": {}},
            ["removed s.9 = 0", "removed s.10 = 0", "removed s.a = 0"],
        ),
        (1, 2, ["changed : 1 → 2"]),
        ([1], [1, 2], ["added [1] = 2"]),
    ],
)
def test_mappings(old: Plain, new: Plain, lines: list[str]) -> None:
    """Differences are told leaf by leaf in canonical order; a change of kind is one change."""
    assert told(old, new) == lines


_DISTINCT: list[Plain] = [1, 1.0, True, "1", 0, 0.0, -0.0, False, "", None, nan, inf, -inf, [], {}]


@pytest.mark.parametrize(("old", "new"), list(permutations(_DISTINCT, 2)))
def test_values_of_different_type_differ(old: Plain, new: Plain) -> None:
    """Python's `1 == 1.0 == True` and `0.0 == -0.0` are differences here, alone and in lists."""
    (change,) = compare({"k": old}, {"k": new})
    assert (change.text_path, change.kind) == ("k", "changed")
    assert change.type_changed == (type(old) is not type(new))
    (change,) = compare({"k": ["a", old, "b"]}, {"k": ["a", new, "b"]})
    assert (change.text_path, change.kind, change.old_path) == ("k[1]", "changed", None)


@pytest.mark.parametrize("value", [*_DISTINCT, float("nan"), [nan, {"a": -0.0}]])
def test_a_value_is_the_same_as_itself(value: Plain) -> None:
    """A copy of a value is no difference, NaN included."""
    assert compare({"k": value, "l": [value]}, {"k": deepcopy(value), "l": [deepcopy(value)]}) == []
    assert same(float("nan"), nan)


DENSE = {"type": "dense", "units": 64, "activation": "relu"}
SMALL = {"type": "dense", "units": 32, "activation": "relu"}
DROP = {"type": "dropout", "rate": 0.1}


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ([1, 2, 3], [0, 1, 2, 3], ["added l[0] = 0"]),
        ([1, 2, 3], [1, 9, 2, 3], ["added l[1] = 9"]),
        ([1, 2, 3], [2, 3], ["removed l[0] = 1"]),
        ([1, 2, 3], [1, 5, 3], ["changed l[1]: 2 → 5"]),
        (
            ["rsi", "macd", "sma"],
            ["rsi", "ema", "sma", "obv"],
            ["changed l[1]: 'macd' → 'ema'", "added l[3] = 'obv'"],
        ),
        (
            [1, 2, 3, 4],
            [1, 7, 8, 9, 4],
            ["changed l[1]: 2 → 7", "changed l[2]: 3 → 8", "added l[3] = 9"],
        ),
        (["a", "b", "c"], ["b", "c", "a"], ["moved l[2] (was l[0]) = 'a'"]),
        (
            ["a", "b", "c", "d"],
            ["x", "b", "c", "a"],
            ["added l[0] = 'x'", "removed l[3] = 'd'", "moved l[3] (was l[0]) = 'a'"],
        ),
        ([0, 1, 2, 3], [1, 5, 3], ["removed l[0] = 0", "changed l[1] (was l[2]): 2 → 5"]),
        ([], [{"a": 1}, 2], ["added l[0].a = 1", "added l[1] = 2"]),
        ([1, 1, 1], [1, 1], ["removed l[2] = 1"]),
        ([1, True, 1.0], [True, 1.0], ["removed l[0] = 1"]),
        ([[1, 2], [3]], [[1, 2], [3, 4]], ["added l[1][1] = 4"]),
        (
            [5, [1]],
            [[2], 6],
            ["changed l[0][0] (was l[1][0]): 1 → 2", "changed l[1] (was l[0]): 5 → 6"],
        ),
        ([1], [{"a": 1}], ["changed l[0]: 1 → {'a': 1}"]),
        ([DENSE, DROP], [DENSE | {"units": 128}, DROP], ["changed l[0].units: 64 → 128"]),
        (
            [DENSE, SMALL, DROP],
            [{"type": "norm"}, DENSE, SMALL | {"units": 16}, DROP],
            ["added l[0].type = 'norm'", "changed l[2].units (was l[1].units): 32 → 16"],
        ),
        (
            [DENSE, SMALL, DROP],
            [{"type": "norm"}, DENSE | {"units": 65}, SMALL | {"units": 31}, DROP | {"rate": 0.2}],
            [
                "added l[0].type = 'norm'",
                "changed l[1].units (was l[0].units): 64 → 65",
                "changed l[2].units (was l[1].units): 32 → 31",
                "changed l[3].rate (was l[2].rate): 0.1 → 0.2",
            ],
        ),
        (
            [DENSE, SMALL, DROP],
            [DROP | {"rate": 0.2}, SMALL | {"activation": "tanh"}, DENSE | {"units": 128}],
            [
                "changed l[0].rate (was l[2].rate): 0.1 → 0.2",
                "changed l[1].activation: 'relu' → 'tanh'",
                "changed l[2].units (was l[0].units): 64 → 128",
            ],
        ),
        (
            [{"a": 1, "b": 2, "c": 3}, {"p": 1, "q": 2, "r": 3}],
            [{"p": 1, "q": 2, "r": 4}, {"a": 1, "b": 5, "c": 3}],
            ["changed l[0].r (was l[1].r): 3 → 4", "changed l[1].b (was l[0].b): 2 → 5"],
        ),
        (
            [{"name": "a", "x": 1}, {"name": "b", "x": 2}],
            [{"name": "b", "x": 1}, {"name": "a", "x": 2}, {"name": "c"}],
            [
                "changed l[0].x (was l[1].x): 2 → 1",
                "changed l[1].x (was l[0].x): 1 → 2",
                "added l[2].name = 'c'",
            ],
        ),
        (
            [DENSE | {"old": 1}, SMALL],
            [DROP, DENSE | {"new": 2}, SMALL],
            [
                "added l[0].rate = 0.1",
                "added l[0].type = 'dropout'",
                "added l[1].new = 2",
                "removed l[0].old = 1",
            ],
        ),
    ],
)
def test_lists(old: Plain, new: Plain, lines: list[str]) -> None:
    """Kept elements are matched, and those replaced are paired with the most similar."""
    assert told({"l": old}, {"l": new}) == lines


@pytest.mark.parametrize(
    ("old", "near", "far"),
    [
        ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 4}, {"a": 1, "b": 5, "c": 6}),
        ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "c": 6}, {"x": 9}),
        (DENSE, DENSE | {"units": 1, "activation": "tanh"}, DENSE | {"type": "conv"}),
        ({"_target_": "A", "x": 1, "y": 2}, {"_target_": "A", "x": 3, "y": 4}, {"x": 1, "y": 2}),
        ({"name": "a", "x": 1}, {"name": "a", "x": 2, "y": 3}, {"name": "b", "x": 1}),
        ({"__k": 1, "x": 0, "y": 0}, {"__k": 1, "x": 0, "y": 1}, {"__k": 2, "x": 0, "y": 1}),
        ({"x": 0, "y": [1, 2, 3]}, {"x": 0, "y": [1, 3, 4]}, {"x": 0, "y": [5, 6, 7]}),
        ({"x": 0, "y": nan}, {"x": 0, "y": nan, "z": 1}, {"x": 0, "y": 0.5, "z": 1}),
    ],
)
def test_a_mapping_is_paired_with_the_most_similar(old: Plain, near: Plain, far: Plain) -> None:
    """Those of one name go together, then those of one sort, then those with most in common."""
    assert pair_up([old], [near, far]) == [(0, 0)]
    assert pair_up([old], [far, near]) == [(0, 1)]
    assert pair_up([far, near], [old]) == [(1, 0)]


def test_a_long_list_is_aligned_where_few_elements_changed() -> None:
    """One element more at the head of a hundred thousand is one addition."""
    old: list[Plain] = list(range(100_000))
    assert told(old, [-1, *old[:50_000], *old[50_001:]]) == [
        "added [0] = -1",
        "removed [50000] = 50000",
    ]


def test_a_list_in_quite_another_order_is_compared_by_position() -> None:
    """Where aligning would take too long, each position is compared with itself."""
    old: list[Plain] = list(range(3 * MAX_EDITS))
    new = [*old[::-1], 1]
    changes = compare(old, new)
    assert {change.kind for change in changes[:-1]} == {"changed"}
    assert (changes[-1].kind, changes[-1].text_path) == ("added", f"[{len(old)}]")


@pytest.mark.slow
def test_long_lists_alike_everywhere_are_compared_by_position() -> None:
    """Long lists of few values, where every shift fits a long way, are not searched for ever."""
    chance = Random(3)
    old, new = [[0] * 100_000 for _ in range(2)]
    for at in chance.sample(range(100_000), 200):
        old[at] = 1
    for at in chance.sample(range(100_000), 200):
        new[at] = 1
    changes = compare([*old], [*new])
    assert {change.kind for change in changes} == {"changed"}
    assert len(changes) == sum(map(int.__ne__, old, new))


def test_a_big_block_of_replaced_mappings_is_paired_in_turn() -> None:
    """Blocks too big to measure are compared position by position, with nothing lost."""
    old: list[Plain] = [{"a": number, "b": 0} for number in range(200)]
    new: list[Plain] = [{"a": number, "b": 1} for number in range(200)]
    assert [change.text_path for change in compare(old, new)] == [f"[{at}].b" for at in range(200)]


def test_deep_lists_are_paired_by_their_upper_levels() -> None:
    """Lists inside lists, which DeepDiff would take for ever to measure, are compared like any."""

    def nested(value: Plain) -> Plain:
        for _ in range(60):
            value = [value]
        return value

    old: Plain = [{"a": 1, "deep": nested(1)}, {"a": 2, "deep": nested(2)}]
    new: Plain = [{"a": 2, "deep": nested(3)}, {"a": 1, "deep": nested(4)}]
    assert [(change.old, change.new) for change in compare(old, new)] == [(2, 3), (1, 4)]


def test_what_deepdiff_cannot_measure_does_no_harm() -> None:
    """NaN, -0.0, huge numbers, keys like `__x`, long and broken texts are paired all the same."""
    odd: list[Plain] = [nan, -0.0, 10**400, -inf, "x\n" * 10_000, "\ud800", "__x", True, None]
    old: list[Plain] = [{"__k": value, "at": [nan, value]} for value in odd]
    new: list[Plain] = [{"__k": value, "at": [-0.0, value]} for value in reversed(odd)]
    paths = [(change.text_path, change.text_old_path) for change in compare(old, new)]
    last = len(odd) - 1
    assert paths == [(f"[{at}].at[0]", f"[{last - at}].at[0]") for at in range(len(odd))]


@pytest.mark.parametrize(
    ("old", "new", "absolute", "relative"),
    [
        (5, 10, 5, 1.0),
        (10, 5, -5, -0.5),
        (-4, -2, 2, 0.5),
        (0.5, 0.75, 0.25, 0.5),
        (1, 1.5, 0.5, 0.5),
        (0, 3, 3, None),
        (0.0, 3.0, 3.0, None),
        (10**400, 10**400 + 1, 1, 0.0),
        (10**400, 2 * 10**400, 10**400, 1.0),
        (1, 10**400, 10**400 - 1, inf),
        (-1, -(10**400), 1 - 10**400, -inf),
        (0.5, 10**400, inf, inf),
        (10**400, 0.5, -inf, -1.0),
        (1e-300, 1e300, 1e300, inf),
        (1.0, inf, inf, None),
        (inf, 1, -inf, None),
        (10**400, -inf, -inf, None),
        (True, 2, None, None),
        ("1", 2, None, None),
        (None, 2.0, None, None),
    ],
)
def test_changes_of_numbers(
    old: Plain, new: Plain, absolute: float | None, relative: float | None
) -> None:
    """The difference of integers is exact, nothing overflows, and from zero there is no rate."""
    (change,) = compare(old, new)
    assert (change.absolute, change.relative) == (absolute, relative)
    assert type(change.absolute) is type(absolute)


def test_changes_of_nan() -> None:
    """From or to NaN the difference is NaN, and there is no rate."""
    (change,) = compare(nan, 1)
    assert change.absolute is not None
    assert isnan(change.absolute)
    assert change.relative is None


def test_only_changed_numbers_have_a_difference() -> None:
    """What was added, removed or moved has no difference and no change of type."""
    for change in compare({"a": 1, "l": [1, 2, 3]}, {"b": 1, "l": [2, 3, 1]}):
        assert (change.absolute, change.relative, change.type_changed) == (None, None, False)


def test_flatten() -> None:
    """Every scalar and every empty collection comes with its path, in canonical order."""
    data: Plain = {"b": [1, {"c": None}], "a": {}, 2: [], 10: "x"}
    assert flatten(data) == [
        ((Key(2),), []),
        ((Key(10),), "x"),
        ((Key("a"),), {}),
        ((Key("b"), Position(0)), 1),
        ((Key("b"), Position(1), Key("c")), None),
    ]
    assert flatten(3) == [((), 3)]


def rows(*configs: Plain, all_rows: bool = False) -> dict[str, tuple[object, ...]]:
    """The rows of a comparison of many by their path."""
    found = compare_many(configs, all_rows=all_rows)
    return {
        row.text_path: tuple("—" if cell is MISSING else cell for cell in row.cells)
        for row in found
    }


def test_compare_many_shows_where_configs_differ() -> None:
    """There is a row for each place that differs, with one cell a config."""
    one: Plain = {"model": {"k": 5, "lr": 0.1}, "seed": 1}
    two: Plain = {"model": {"k": 10, "lr": 0.1}, "seed": 1}
    three: Plain = {"model": {"k": 5, "drop": 0.5, "lr": 0.1}, "seed": 1}
    assert rows(one, two, three) == {
        "model.drop": ("—", "—", 0.5),
        "model.k": (5, 10, 5),
    }
    assert list(rows(one, two, three, all_rows=True)) == [
        "model.drop",
        "model.k",
        "model.lr",
        "seed",
    ]
    assert rows(one, one, one) == {}


def test_compare_many_keeps_lists_of_scalars_whole() -> None:
    """A list of scalars is one cell; lists of mappings are taken apart by position."""
    assert rows(
        {"f": ["a", "b"], "l": [{"u": 1}, {"u": 2}]},
        {"f": ["b"], "l": [{"u": 1}, {"u": 3}, {"u": 4}]},
        {},
    ) == {
        "f": (["a", "b"], ["b"], "—"),
        "l[0].u": (1, 1, "—"),
        "l[1].u": (2, 3, "—"),
        "l[2].u": ("—", 4, "—"),
    }


def test_compare_many_is_typed() -> None:
    """1, 1.0 and true differ in a table, too, and NaN does not differ from NaN."""
    assert rows({"a": 1}, {"a": 1.0}) == {"a": (1, 1.0)}
    assert rows({"a": True}, {"a": 1}) == {"a": (True, 1)}
    assert rows({"a": nan}, {"a": float("nan")}) == {}


def test_compare_many_with_empty_and_mixed_places() -> None:
    """Empty and missing are told apart; where kinds are mixed, the whole value is shown."""
    assert rows({"m": {}}, {}) == {"m": ({}, "—")}
    assert rows({"m": {}}, {"m": {"a": 1}}) == {"m.a": ("—", 1)}
    assert rows({"m": {}}, {"m": {"a": 1}}, {}) == {"m": ({}, "—", "—"), "m.a": ("—", 1, "—")}
    assert rows({"l": []}, {"l": [{"a": 1}]}) == {"l[0].a": ("—", 1)}
    assert rows({"m": {}}, {"m": {}}, all_rows=True) == {"m": ({}, {})}
    assert rows({"l": []}, {"l": [1]}) == {"l": ([], [1])}
    assert rows({"m": "x"}, {"m": {"a": 1}}) == {"m": ("x", {"a": 1})}


def test_compare_many_of_none_or_one() -> None:
    """With one config nothing differs, and its rows can be listed all the same."""
    assert compare_many([]) == compare_many([{"a": 1}]) == []
    assert compare_many([{"a": 1}], all_rows=True) == [Row((Key("a"),), (1,))]


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "gittrack.diff.compare({'a': 1, 'l': [1, 2]}, {'a': {'b': 2}, 'l': [3, 1]})",
        "gittrack.diff.compare({'l': [{'a': 1}, 2]}, {'l': [{'a': 2}, 2, 3]})",
        "gittrack.diff.compare([{'id': 1}, {'id': 2, 'x': 1}], [{'id': 2}])",
        "gittrack.diff.compare_many([{'l': [{'a': 1}, {'a': 2}]}, {'l': [{'a': 3}, {'a': 4}]}])",
    ],
)
def test_deepdiff_is_imported_only_for_a_choice(code: str) -> None:
    """Neither the import of the package nor a comparison without a choice needs DeepDiff."""
    assert _imports_deepdiff(code) is False


@pytest.mark.slow
def test_deepdiff_is_imported_for_a_choice() -> None:
    """The test above can fail: which of two mappings became which is measured with DeepDiff."""
    assert _imports_deepdiff("gittrack.diff.compare([{'a': 1}, {'a': 2}], [{'a': 3}])") is True


def _imports_deepdiff(code: str) -> bool:
    script = f"import sys, gittrack.diff; {code}; print('deepdiff' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip() == "True"


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.integers(), st.floats(), st.sampled_from("abc")
)
_KEYS = st.one_of(st.sampled_from(["a", "b", "1", "x y"]), st.integers(0, 2))


def _nested(inner: st.SearchStrategy[Plain]) -> st.SearchStrategy[Plain]:
    return st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4))


_MAPPINGS: st.SearchStrategy[Plain] = st.recursive(
    _SCALARS, lambda inner: st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)
_DATA: st.SearchStrategy[Plain] = st.recursive(_SCALARS, _nested, max_leaves=16)


@given(_DATA, _DATA)
@settings(deadline=None)
@example([{"a": 0}, {"b": 1}], [{"b": 2}, {"a": -0.0}])
def test_no_change_if_and_only_if_the_canonical_form_is_the_same(old: Plain, new: Plain) -> None:
    """`compare` is empty, and `compare_many` too, exactly where the canonical bytes are equal."""
    equal = emit({"data": old}) == emit({"data": new})
    assert (compare(old, new) == []) == equal
    assert (compare_many([old, new]) == []) == equal
    assert same(old, new) == equal
    assert compare(old, deepcopy(old)) == []


@given(_MAPPINGS, _MAPPINGS)
@settings(deadline=None)
def test_changes_of_mappings_are_symmetrical(old: Plain, new: Plain) -> None:
    """With the configs exchanged, added and removed are exchanged, and so are old and new."""
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    forth = [(c.path, c.kind, repr(c.old), repr(c.new)) for c in compare(old, new)]
    back = [(c.path, opposite[c.kind], repr(c.new), repr(c.old)) for c in compare(new, old)]
    assert forth == back


@given(_DATA, _DATA)
@settings(deadline=None)
def test_changes_are_true(old: Plain, new: Plain) -> None:
    """The old value of a change is in the old config where it says, the new one in the new."""
    for change in compare(old, new):
        if change.old is not MISSING:
            assert same(_at(old, change.old_path or change.path), change.old)
        if change.new is not MISSING:
            assert same(_at(new, change.path), change.new)


def _at(data: Plain, path: Path) -> Plain:
    for step in path:
        if isinstance(step, Key):
            assert isinstance(data, dict)
            data = data[step.name]
        else:
            assert isinstance(data, list)
            data = data[step.index]
    return data


@given(_MAPPINGS, _MAPPINGS)
@settings(deadline=None)
def test_changes_rebuild_the_new_config(old: Plain, new: Plain) -> None:
    """The leaves of the old config, changed as told, are the leaves of the new one."""
    leaves = {path: leaf for path, leaf in flatten(old) if leaf != {}}
    for change in compare(old, new):
        for path in [path for path in leaves if path[: len(change.path)] == change.path]:
            del leaves[path]
        if change.new is not MISSING:
            leaves |= {(*change.path, *path): leaf for path, leaf in flatten(change.new)}
    wanted = {path: leaf for path, leaf in flatten(new) if leaf != {}}
    filled = {path: leaf for path, leaf in leaves.items() if leaf != {}}
    assert {path: repr(leaf) for path, leaf in filled.items()} == {
        path: repr(leaf) for path, leaf in wanted.items()
    }


@given(st.lists(st.integers(0, 4), max_size=12), st.lists(st.integers(0, 6), max_size=12))
def test_kept_elements_are_a_longest_common_subsequence(old: list[int], new: list[int]) -> None:
    """The kept elements are equal, in order on both sides, and as many as can be."""
    kept = common_subsequence(old, new)
    assert kept is not None
    assert all(old[left] == new[right] for left, right in kept)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(kept))
    assert len(kept) == _longest(old, new)


def _longest(old: list[int], new: list[int]) -> int:
    best = [0] * (len(new) + 1)
    for left in old:
        before = best[:]
        for at, right in enumerate(new):
            best[at + 1] = before[at] + 1 if left == right else max(before[at + 1], best[at])
    return best[-1]


@given(st.lists(_DATA, max_size=5), st.lists(_DATA, max_size=5))
@settings(deadline=None)
def test_as_many_elements_are_paired_as_there_are(old: list[Plain], new: list[Plain]) -> None:
    """Of two blocks, every element of the shorter one is paired, each with another partner."""
    pairs = pair_up(old, new)
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
    assert len(pairs) == min(len(old), len(new))


@given(_DATA, _DATA)
@settings(deadline=None)
def test_numbers_of_any_change_can_be_asked_for(old: Plain, new: Plain) -> None:
    """Paths and differences of any change are told without an error."""
    for change in compare(old, new):
        assert isinstance(change.text_path + change.text_old_path, str)
        assert change.relative is None or change.absolute is not None
