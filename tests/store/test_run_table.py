"""Tables of many runs say what tables of a few say, and records from elsewhere do no harm."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from run_rows import Recorded, filled
from witness import git, put_tree, read_blob

from gittrack.canonical import emit, read
from gittrack.index.run_table import run_columns, run_table
from gittrack.tracking.tracker import ExperimentTracker

REF = "refs/exptrack/experiments/exp"
COUNT = 5_200


@pytest.fixture(scope="module")
def runs() -> list[Recorded]:
    """Runs with values of every kind; each hundred of them has all of these."""
    return [
        Recorded(
            id=f"{number:020x}",
            name=f"run {number}",
            experiment=("a", "b")[number % 2],
            started=number,
            ended=number + 5 if number % 3 else None,
            number=number,
            params={
                "float": float("nan") if number % 50 == 1 else number / 7,
                "whole": number,
                "text": f"t{number % 9}",
                "flag": number % 2 == 0,
                "mixed": ("auto", 0.5, 3, None, True)[number % 5],
                "list": [number % 3, "x", None],
                "empty": [],
                "rare" if number % 100 == 7 else "none": None if number % 2 else "é",
            },
            metrics={"loss": [(0, 1.0), (1, float("nan") if number % 50 == 2 else number / 3)]},
            tags={"team": f"\U0001f600{number % 4}"},
            validations={"ttpt": (number % 5 > 0, number % 5, {})},
        )
        for number in range(COUNT)
    ]


def rows_of(tables: list[Any]) -> list[str]:
    """The rows of tables, NaN equal to itself."""
    return [repr(row) for table in tables for row in table.to_dicts()]


@pytest.mark.slow
@pytest.mark.parametrize("count", [COUNT, COUNT - 100], ids=["all", "some"])
def test_many_runs_are_the_parts_put_together(runs: list[Recorded], count: int) -> None:
    """In any order: the same columns, kinds and values as of a hundred at a time."""
    connection = filled(runs)
    hundreds = [list(range(start + 1, start + 101)) for start in range(0, count, 100)]
    random.Random(3).shuffle(hundreds)
    numbers = [number for part in hundreds for number in part]
    table = run_table(connection, numbers)
    parts = [run_table(connection, part) for part in hundreds]
    assert rows_of([table]) == rows_of(parts)
    assert {(c.name, c.kind) for c in table.columns} == {
        (c.name, c.kind) for part in parts for c in part.columns
    }
    names = ["run_name", "params.mixed", "metrics.loss.min", "params.nobody", "children"]
    chosen = run_columns(connection, numbers, names)
    assert rows_of([chosen]) == rows_of([run_columns(connection, part, names) for part in hundreds])


@pytest.mark.slow
def test_keys_of_other_runs_make_no_columns(runs: list[Recorded]) -> None:
    """A key, or a kind of value, that only runs outside of the table have is not in it."""
    odd = Recorded(id="f" * 20, params={"only here": 1, "whole": "a text"}, metrics={"x": [(0, 1)]})
    connection = filled([odd, *runs])
    table = run_table(connection, range(2, COUNT + 2))
    assert not {"params.only here", "metrics.x"} & set(table.names)
    assert table["params.whole"].kind == "integer"


@pytest.mark.slow
def test_a_list_of_one_cell_is_no_other_cells(runs: list[Recorded]) -> None:
    """Who changes the list of one run changes no other run's."""
    first, *others = run_table(filled(runs), range(1, COUNT + 1))["params.list"].values
    first.append("changed")
    assert all(len(other) == 3 for other in others)


def test_parameters_of_any_shape_come_back(repository: Path) -> None:
    """Integers and texts as keys at any depth, dots in them, long lists of mappings."""
    configs: list[dict[Any, Any]] = [
        {"a": [{1: "x", "1": "y"}], "b": {"c": {2: None}}, "b.c": 0.5},
        {"a": [{"x": float("inf")}], "b": {"c": [[1, [2.0]]]}, "": {"": [3]}},
        {3: 1, "flat": True},
        {"long": [*[{"k": 1}] * 10_001, {7: 2**80}], "d": -(2**70)},
    ]
    with ExperimentTracker(repository, capture=False) as tracker:
        ids = tracker.log_runs("exp", [{"config": config} for config in configs])
        assert [tracker.get_run(one).params for one in ids] == configs


def test_numbers_beyond_64_bits_stop_nobody(repository: Path) -> None:
    """They are recorded as they are; the index has the nearest number that it can."""
    most = 2**63 - 1
    with ExperimentTracker(repository, capture=False) as tracker:
        [one] = tracker.log_runs(
            "exp",
            [
                {
                    "metrics": {"loss": [(2**70, 1.0, 1.0), (-(2**70), 2.0, 2.0)]},
                    "trial_number": 2**80,
                    "validations": [{"name": "v", "passed": False, "num_violations": 2**90}],
                }
            ],
        )
        run = tracker.get_run(one)
        assert (run.trial_number, run.validations[0].num_violations) == (most, most)
        assert (run.summaries["loss"].min_step, run.summaries["loss"].max_step) == (most, -most)
        assert [p.step for p in tracker.get_metric_history(one, "loss")] == [2**70, -(2**70)]


@pytest.mark.parametrize(
    "odd",
    [
        {"number": {"a": 1}},
        {"parent": ["x"]},
        {"trial": 0.5},
        {"code": {"head": 1}},
        {"metrics": {"loss": "high"}},
        {"metrics": {"loss": {"count": 1, "last": 0.5, "last_step": "0"}}},
    ],
    ids=repr,
)
def test_a_record_with_wrong_types_is_damaged(repository: Path, odd: dict[Any, Any]) -> None:
    """The other runs are found; that one is told of."""
    told: list[str] = []
    with ExperimentTracker(repository, capture=False, warn=told.append) as tracker:
        good, bad = tracker.log_runs("exp", [{}, {"metrics": {"loss": 0.5}}])
        lines = git(repository, "ls-tree", "-r", "--name-only", REF).splitlines()
        [path] = [one for one in lines if one.endswith(f"{bad}/run.yaml")]
        record: Any = read(read_blob(repository, f"{REF}:{path}"))
        put_tree(repository, REF, {path: emit(record | odd)})
        assert [run.run_id for run in tracker.list_runs("exp")] == [good]
    assert any(f"{bad} is damaged" in line for line in told)
