"""Filters and orders mean what they mean to MLflow, which is the witness."""

from __future__ import annotations

import json
import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_rows import Recorded, filled

from gittrack.index.run_plan import IndexKeys, plan_runs
from gittrack.query import parse, parse_order

GOLDEN = Path(__file__).parents[1] / "golden"
RECORDED: dict[str, Any] = json.loads((GOLDEN / "mlflow_filters.json").read_text(encoding="utf-8"))


def recorded(facts: dict[str, Any]) -> Recorded:
    """The same run as the index has it."""
    return Recorded(
        id=facts["id"],
        name=facts["name"],
        status=facts["status"],
        user=facts["user"],
        started=facts["start"] * 1000,
        ended=None if facts["end"] is None else facts["end"] * 1000,
        params=facts["params"],
        metrics={key: [(0, float(value))] for key, value in facts["metrics"].items()},
        tags=facts["tags"],
    )


CONNECTION = filled([recorded(facts) for facts in RECORDED["runs"]])


def found(where: str, order: Sequence[str] = ()) -> list[str]:
    """The ids of the runs that our query finds, in its order."""
    expression = parse(where) if where else None
    keys = IndexKeys(CONNECTION)
    planned = plan_runs(expression, parse_order(order), keys=keys, query=where, columns="r.id")
    return [run_id for (run_id,) in CONNECTION.execute(planned.text, planned.values)]


@pytest.mark.parametrize("where", RECORDED["filters"])
def test_filters_find_what_mlflow_finds(where: str) -> None:
    """A filter string of MLflow's finds the same runs here."""
    assert sorted(found(where)) == RECORDED["filters"][where]


@pytest.mark.parametrize("case", RECORDED["orders"], ids=lambda case: ", ".join(case["order"]))
def test_orders_are_those_of_mlflow(case: dict[str, Any]) -> None:
    """An `order_by` of MLflow's gives the same order here, with missing values last."""
    assert found("", case["order"]) == case["runs"]


# Beyond the recorded ones: MLflow itself, where it is installed

_METRICS = ["metrics.loss", "metric.train.loss", "metrics.`acc val`", 'metrics."n"', "metrics.zz"]
_TEXTS = [
    *("params.lr", "param.model", "params.`model name`", 'parameters."opt.lr"', "params.x"),
    *("tags.team", "tag.`mlflow.user`", "tags.empty", "tags.zz", "status", "run_name"),
    *("attributes.run_id", "attr.`Run name`", "user_id"),
]
_TIMES = ["start_time", "attributes.end_time", "created"]
_VALUES = sorted(
    {
        text
        for facts in RECORDED["runs"]
        for text in (*facts["params"].values(), *facts["tags"].values(), facts["name"], facts["id"])
        if "'" not in text
    }
)
_patterns = st.text("aAcCnN%_ 015", max_size=4)
_numbers = st.sampled_from(["0", "0.25", ".5", "0.5", "1.5", "-1", "1e1", "3", "1e400"[:3]])
_milliseconds = st.sampled_from(["1700000000000", "1699999999999", "1700000500000", "1.7e12"])
_order_operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def _quoted(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(texts, st.sampled_from("'\"")).map(lambda pair: pair[1] + pair[0] + pair[1])


_clauses = st.one_of(
    _joined(st.sampled_from(_METRICS), _order_operators, _numbers),
    _joined(st.sampled_from(_TIMES), _order_operators, _milliseconds),
    _joined(
        st.sampled_from(_TEXTS),
        st.sampled_from(["=", "!="]),
        _quoted(st.sampled_from(_VALUES)),
    ),
    _joined(st.sampled_from(_TEXTS), st.sampled_from(["LIKE", "ILIKE"]), _quoted(_patterns)),
    _joined(
        st.sampled_from([name for name in _TEXTS if name.startswith(("p", "tag"))]),
        st.sampled_from(["IS NULL", "is not null"]),
    ),
)
_filters = st.lists(_clauses, min_size=1, max_size=3).map(" AND ".join)
_orders = st.lists(
    _joined(
        st.sampled_from([*_METRICS, *_TEXTS[:10], "start_time", "end_time", "status"]),
        st.sampled_from(["ASC", "DESC", "asc", ""]),
    ).map(str.strip),
    max_size=3,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=1000)
@given(where=_filters, order=_orders)
def test_random_filters_find_what_mlflow_finds(where: str, order: list[str]) -> None:
    """Whatever filter and order both understand, both find the same runs in the same order."""
    search = pytest.importorskip("mlflow.utils.search_utils").SearchUtils
    make = runpy.run_path(str(GOLDEN / "mlflow_filters.py"))["run_of"]
    runs = [make(facts) for facts in RECORDED["runs"]]
    expected = search.sort(search.filter(runs, where), order)
    assert found(where, order) == [run.info.run_id for run in expected]
