"""Queries over runs in SQL: what they find, against the same query worked out run by run."""

from __future__ import annotations

import json
import math
import operator
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from run_rows import Points, Recorded, Scalar, filled, statistic, value_at

from gittrack.errors import QueryError
from gittrack.index.depth import MAX_DEPTH
from gittrack.index.run_guard import deadline, prepare
from gittrack.index.run_plan import IndexKeys, plan_count, plan_runs
from gittrack.query import (
    And,
    Between,
    Comparison,
    Condition,
    Expression,
    IsNull,
    Like,
    Membership,
    Not,
    Operator,
    Or,
    Ordering,
    TagTerm,
    Value,
    parse,
    parse_order,
)
from gittrack.runs.fields import (
    Artifacts,
    Attribute,
    Datasets,
    Keys,
    Metric,
    MetricAt,
    Models,
    Param,
    Passed,
    RunField,
    Tag,
    Unrecorded,
    ValidationMetric,
    Violations,
    resolve,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TAGGED = {"baseline": ["c0ffee11"], "none": []}


def found(
    connection: sqlite3.Connection,
    where: str,
    order: str | Sequence[str] = "",
    limit: int | None = None,
    offset: int = 0,
) -> list[str]:
    """The ids of the runs that a query finds, in its order."""
    planned = plan_runs(
        parse(where) if where else None,
        parse_order(order) if order else (),
        keys=IndexKeys(connection),
        query=where,
        columns="r.id",
        limit=limit,
        offset=offset,
        now=NOW,
        tagged=lambda tag: TAGGED.get(tag, ()),
    )
    with deadline(connection, 60):
        return [run_id for (run_id,) in connection.execute(planned.text, planned.values)]


# The same, run by run


class Naive:
    """Answers a query from the runs alone."""

    def __init__(self, runs: Sequence[Recorded], keys: Keys) -> None:
        self.runs = runs
        self.keys = keys

    def find(self, where: Expression | None, order: Sequence[Ordering]) -> list[str]:
        runs = [run for run in self.runs if where is None or self.holds(run, where)]
        runs.sort(key=lambda run: (-run.started, run.id))
        for ordering in reversed(order):
            field = resolve(ordering.field, self.keys, "")
            runs = self.ordered(runs, field, ordering.descending)
        return [run.id for run in runs]

    def ordered(
        self, runs: Sequence[Recorded], field: RunField, descending: bool
    ) -> list[Recorded]:
        values = {run.id: next(iter(self.values(run, field)), ()) for run in runs}
        missing = [run for run in runs if values[run.id] == ()]
        nothing = [run for run in runs if _is_nothing(values[run.id])]
        others = [run for run in runs if run not in missing and run not in nothing]
        others.sort(key=lambda run: _sort_key(values[run.id]), reverse=descending)
        return [*others, *nothing, *missing]

    def holds(self, run: Recorded, expression: Expression) -> bool:
        match expression:
            case And(operands=operands):
                return all(self.holds(run, operand) for operand in operands)
            case Or(operands=operands):
                return any(self.holds(run, operand) for operand in operands)
            case Not(operand=operand):
                return not self.holds(run, operand)
            case TagTerm(name=name):
                return run.config in TAGGED.get(name, ())
            case _:
                field = resolve(expression.field, self.keys, "")
                values = self.values(run, field)
                if isinstance(expression, IsNull):
                    empty = all(value is None for value in values)
                    return empty is not expression.negated
                return any(_fits(value, expression, field) for value in values)

    def values(self, run: Recorded, field: RunField) -> Sequence[Scalar | Sequence[object]]:
        """What the field stands for in the run: nothing, one value, or several."""
        match field:
            case Attribute(name=name):
                value = self.attribute(run, name)
                return [] if value is None else [value]
            case Metric(key=key, statistic=which):
                points = run.metrics.get(key)
                return [] if points is None else [statistic(points, which.value)]
            case MetricAt(key=key, step=step):
                at = value_at(run.metrics.get(key, ()), step)
                return [] if at is None else [at]
            case Param(key=key, positions=positions):
                return list(_params(run, key, positions))
            case Tag(key=key):
                return [run.tags[key]] if key in run.tags else []
            case Passed(name=name):
                return [run.validations[name][0]] if name in run.validations else []
            case Violations(name=name):
                return [run.validations[name][1]] if name in run.validations else []
            case ValidationMetric(name=name, key=key):
                metrics = run.validations[name][2] if name in run.validations else {}
                return [metrics[key]] if key in metrics else []
            case Artifacts():
                return list(run.artifacts)
            case Models():
                return list(run.models)
            case Unrecorded() | Datasets():
                return []

    def attribute(self, run: Recorded, name: str) -> Scalar:
        if name == "duration":
            return None if run.ended is None else (run.ended - run.started) / 1e6
        if name == "children":
            return sum(other.parent == run.id for other in self.runs)
        names = {"run_id": "id", "run_name": "name", "git_commit": "head"}
        names |= {"start_time": "started", "end_time": "ended", "experiment_name": "experiment"}
        if name == "experiment_id":
            return run.experiment.lower()
        value: Scalar = getattr(run, names.get(name, name))
        return value


def _params(run: Recorded, key: str, positions: Sequence[int | None]) -> Iterable[Scalar]:
    if not key.endswith("[]"):
        value = run.params.get(key, ())
        if value != ():
            yield json.dumps(value) if isinstance(value, list) else value
        return
    elements = run.params.get(key.removesuffix("[]"), ())
    for position, element in enumerate(elements if isinstance(elements, list) else ()):
        if not positions or positions == (position,):
            yield element


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _sort_key(value: object) -> tuple[bool, object]:
    return isinstance(value, str), value


OPERATORS: dict[Operator, Callable[[object, object], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
}


def _fits(value: Scalar | Sequence[object], condition: Condition, field: RunField) -> bool:
    if value is None and not _texts_only(condition):
        return False
    match condition:
        case Comparison(operator=Operator.NOT_EQUAL, value=literal):
            return not _compares(value, Operator.EQUAL, literal.value, field)
        case Comparison(operator=which, value=literal):
            return _compares(value, which, literal.value, field)
        case Membership(values=literals, negated=negated):
            inside = any(_compares(value, Operator.EQUAL, v.value, field) for v in literals)
        case Between(low=low, high=high, negated=negated):
            inside = _compares(value, Operator.GREATER_OR_EQUAL, low.value, field)
            inside = inside and _compares(value, Operator.LESS_OR_EQUAL, high.value, field)
        case Like(pattern=pattern, negated=negated):
            folded = not condition.case_sensitive or field == Attribute("status", field.type)
            inside = _is_like(str(value), pattern, folded)
        case IsNull():
            raise AssertionError(condition)
    return inside is not negated


def _texts_only(condition: Condition) -> bool:
    match condition:
        case Comparison(value=value):
            return isinstance(value.value, str)
        case Membership(values=values):
            return all(isinstance(value.value, str) for value in values)
        case Between(low=low):
            return isinstance(low.value, str)
        case _:
            return isinstance(condition, Like)


def _is_like(text: str, pattern: str, folded: bool) -> bool:
    if folded:
        text, pattern = text.casefold(), pattern.casefold()
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _compares(value: object, which: Operator, other: Value, field: RunField) -> bool:
    if isinstance(other, str):
        prefixed = isinstance(field, Attribute) and field.name in ("config", "git_commit", "parent")
        if prefixed and which is Operator.EQUAL and len(other) >= 4:
            return str(value).startswith(other)
        if field == Attribute("status", field.type):
            other = other.upper()
        return OPERATORS[which](str(value), other)
    if isinstance(other, bool) is not isinstance(value, bool) or isinstance(value, str):
        return False
    if isinstance(field, Attribute) and field.name in ("start_time", "end_time"):
        assert isinstance(value, int)
        value //= 1000
    if isinstance(other, float) and math.isnan(other):
        same = which not in (Operator.LESS, Operator.GREATER)
        return same and isinstance(value, float) and math.isnan(value)
    return OPERATORS[which](value, other)


# Runs and queries at random

_texts = st.sampled_from(["", "a", "A", "ab", "aß", "É", "5", "0.5", "True", "None", "nan", "0.0"])
_integers = st.sampled_from([0, 1, 5, -1, 2**62, 2**70])
_floats = st.sampled_from([0.0, -0.0, 0.5, 1.0, 5.0, -1.5, 1e-7, math.inf, -math.inf, math.nan])
_scalars = st.one_of(st.none(), st.booleans(), _integers, _floats, _texts)
_values = st.one_of(_scalars, st.lists(_scalars, max_size=2))
_points: st.SearchStrategy[Points] = st.lists(_floats, min_size=1, max_size=3).flatmap(
    lambda values: st.just(list(zip([None, 1, 5], values, strict=False)))
)
_validations = st.tuples(
    st.booleans(), st.integers(0, 2), st.dictionaries(st.sampled_from(["m", "n.o"]), _floats)
)
_runs = st.lists(
    st.builds(
        Recorded,
        id=st.sampled_from([f"{letter}{n}00" for letter in "abc" for n in range(3)]),
        name=_texts,
        experiment=st.sampled_from(["One", "two"]),
        status=st.sampled_from(["RUNNING", "FINISHED", "FAILED"]),
        started=st.sampled_from([0, 999, 1000, 1500, 10**6]),
        ended=st.one_of(st.none(), st.sampled_from([1500, 10**7])),
        number=st.integers(1, 3),
        trial=st.one_of(st.none(), st.integers(0, 2)),
        config=st.sampled_from([None, "c0ffee11", "c0ffee22", "beef"]),
        parent=st.sampled_from([None, "a000", "b100"]),
        head=st.sampled_from([None, "abcdef"]),
        notes=st.sampled_from([None, "", "ab"]),
        params=st.dictionaries(st.sampled_from(["x", "y.z", "l"]), _values),
        metrics=st.dictionaries(st.sampled_from(["loss", "loss.min", "a b"]), _points),
        tags=st.dictionaries(st.sampled_from(["team", "mlflow.runName"]), _texts),
        validations=st.dictionaries(st.sampled_from(["ttpt", "a.passed"]), _validations),
        artifacts=st.lists(st.sampled_from(["a", "ab", "5"]), unique=True, max_size=2),
        models=st.lists(st.sampled_from(["a", "5"]), unique=True, max_size=2),
    ),
    max_size=6,
    unique_by=lambda run: run.id,
)

_NUMBERS = [
    *("metrics.loss", "metrics.loss.min", "metrics.loss.max", "performance.`a b`"),
    *("metrics.loss.mean", "metrics.loss.first", "metrics.loss.count", "metrics.loss.last"),
    *("metrics.loss.min.max", "duration", "number", "trial", "start_time", "end_time"),
    *("children", "validations.ttpt.num_violations", "validations.ttpt.metrics.m"),
    *("validations.a.passed.num_violations", "validations.ttpt.metrics.n.o"),
]
_HISTORY = ["metrics.loss[0]", "metrics.loss[5]", "metrics.`a b`[1]"]
_TEXTS = [
    *("run_id", "run_name", "status", "experiment", "experiment_name", "experiment_id"),
    *("config", "parent", "git_commit", "notes", "tags.team", "tags.mlflow.runName"),
]
_MANY = ["artifacts[]", "models[]", "datasets.name"]
_PARAMS = ["params.x", "params.y.z", "params.l"]
_ELEMENTS = ["params.x[]", "params.l[0]", "params.l[1]", "params.zz"]
_FLAGS = ["validations.ttpt.passed", "validations.a.passed", "validations.a.passed.passed"]


def _written(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else repr(value)


_asked_texts = st.one_of(_texts, st.sampled_from(["c0ff", "c0f", "abcd", "a000", "finished", "5"]))
_text_values = _asked_texts.map(_written)
_number_values = st.one_of(_integers, _floats, st.sampled_from([1500, 0.001])).map(_written)
_finite_values = st.one_of(_integers, st.sampled_from([0.5, 1.0, -1.5, math.inf])).map(_written)
_flag_values = st.booleans().map(_written)
_any_values = st.one_of(_text_values, _number_values, _flag_values)
_equal = st.sampled_from(["=", "!="])
_orders = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_in = st.sampled_from(["IN", "NOT IN"])


def _clauses(
    names: Sequence[str], values: st.SearchStrategy[str], *, ordered: bool = True
) -> st.SearchStrategy[str]:
    field = st.sampled_from(names)
    kinds = [
        st.tuples(field, _orders if ordered else _equal, values).map(" ".join),
        st.tuples(field, _in, st.lists(values, min_size=1, max_size=3).map(_listed)).map(" ".join),
        st.tuples(field, st.sampled_from(["IS NULL", "IS NOT NULL"])).map(" ".join),
    ]
    if ordered:
        between = st.sampled_from(["BETWEEN", "NOT BETWEEN"])
        kinds.append(st.tuples(field, between, values, st.just("AND"), values).map(" ".join))
    return st.one_of(kinds)


def _listed(values: Sequence[str]) -> str:
    return f"({', '.join(values)})"


_likes = st.tuples(
    st.sampled_from([*_TEXTS, *_MANY, *_PARAMS, *_ELEMENTS]),
    st.sampled_from(["LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE"]),
    st.text("aAbSßé%_.05T", max_size=4).map(_written),
).map(" ".join)
_timeless = [name for name in _NUMBERS if not name.endswith("_time")]
_any_params = [*_PARAMS, *_ELEMENTS]
_leaves = st.one_of(
    _clauses([*_timeless, *_HISTORY], _number_values),
    _clauses(["start_time", "end_time"], _finite_values),
    _clauses([*_TEXTS, *_MANY], _text_values),
    _clauses(_FLAGS, _flag_values, ordered=False),
    _clauses(_any_params, _text_values),
    _clauses(_any_params, _number_values),
    _clauses(_any_params, _any_values, ordered=False),
    _likes,
    st.sampled_from(["tag:baseline", "tag:none"]),
)
_queries = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        inner.map(lambda text: f"NOT ({text})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: f"({' AND '.join(texts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: f"({' OR '.join(texts)})"),
    ),
    max_leaves=4,
)
_order_texts = st.lists(
    st.tuples(
        st.sampled_from([*_NUMBERS, *_TEXTS, *_PARAMS, *_FLAGS, "datasets.name", "params.l[0]"]),
        st.sampled_from(["", " ASC", " DESC"]),
    ).map("".join),
    max_size=3,
).map(", ".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@example(runs=[Recorded("a", metrics={"loss": [(None, math.nan)]})], where="metrics.loss != 1")
@example(runs=[Recorded("a", params={"x": None})], where="params.x IS NULL")
@example(runs=[Recorded("a", params={"x": None})], where="params.x = 'None'")
@given(runs=_runs, where=_queries)
def test_conditions_hold_as_run_by_run(runs: list[Recorded], where: str) -> None:
    """A query finds exactly the runs for which it holds when each is looked at by itself."""
    connection = filled(runs)
    naive = Naive(runs, IndexKeys(connection))
    expected = naive.find(parse(where), ())
    assert found(connection, where) == expected
    count = plan_count(
        parse(where), keys=IndexKeys(connection), tagged=lambda tag: TAGGED.get(tag, ())
    )
    assert connection.execute(count.text, count.values).fetchone() == (len(expected),)


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(
    runs=_runs,
    where=st.one_of(st.just(""), _leaves),
    order=_order_texts,
    limit=st.one_of(st.none(), st.integers(0, 4)),
    offset=st.integers(0, 3),
)
def test_orders_are_those_of_a_stable_sort(
    runs: list[Recorded], where: str, order: str, limit: int | None, offset: int
) -> None:
    """Runs come in the order asked for, NaN and then missing values last; a limit cuts it off."""
    connection = filled(runs)
    naive = Naive(runs, IndexKeys(connection))
    expected = naive.find(parse(where) if where else None, parse_order(order) if order else ())
    end = None if limit is None else offset + limit
    assert found(connection, where, order, limit, offset) == expected[offset:end]


# Beyond what is random


@pytest.mark.parametrize(
    "leaf",
    [
        "number = 1",
        "params.x NOT IN ('None', 5)",
        "metrics.x[3] > 1",
        "experiment = 'no'",
        "children NOT IN (0)",
    ],
)
@pytest.mark.parametrize("form", ["({0} {1} {2})", "({2} {1} {0})", "NOT ({0} {1} {2})"])
def test_a_query_as_deep_as_is_allowed_is_answered(leaf: str, form: str) -> None:
    """As many levels as are allowed are within what SQLite can read; one more has a clear error."""
    connection = filled([Recorded("a", number=1)])
    negated = form.startswith("NOT")
    query, level = leaf, 0
    for level in range(MAX_DEPTH // 2 if negated else MAX_DEPTH):
        query = form.format(query, "AND" if level % 2 else "OR", leaf)
    order = "metrics.loss, params.l[0], validations.ttpt.metrics.x"
    holds = _holds(bool(found(connection, leaf)), level + 1, negated=negated)
    assert found(connection, query, order) == (["a"] if holds else [])
    with pytest.raises(QueryError, match="inside each other"):
        found(connection, form.format(query, "OR" if level % 2 else "AND", leaf))


def _holds(leaf: bool, levels: int, *, negated: bool) -> bool:
    value = leaf
    for level in range(levels):
        value = (value and leaf) if level % 2 else (value or leaf)
        value = value is not negated
    return value


def test_a_query_as_long_as_the_grammar_allows_is_answered() -> None:
    """Hundreds of terms, or 100 times NOT, are within what SQLite can read."""
    connection = filled([Recorded("a", number=1)])
    assert found(connection, "NOT " * 99 + "number = 2") == ["a"]
    assert found(connection, "NOT (" * 50 + "number = 1" + ")" * 50) == ["a"]
    assert found(connection, " OR ".join(["metrics.x = 1"] * 499 + ["number = 1"])) == ["a"]
    assert found(connection, " AND ".join(["tags.x IS NULL"] * 475)) == ["a"]
    assert found(connection, f"number IN ({', '.join(map(str, range(500)))})") == ["a"]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("start_time > '2026-11-01'", ["new"]),
        ("start_time = '2026-11-18'", ["new"]),
        ("start_time < '7 days ago'", ["old"]),
        ("start_time BETWEEN '2026-10-01' AND '2026-11-18'", ["new", "old"]),
        ("start_time NOT IN ('2026-11-18', '2026-11-19')", ["old"]),
        ("end_time > '1970-01-02'", []),
    ],
)
def test_times_are_compared_with_dates(where: str, ids: list[str]) -> None:
    """A day stands for all of it, an age counts from now; a run that has not ended has no end."""
    start = {"new": datetime(2026, 11, 18, 9, tzinfo=UTC), "old": datetime(2026, 10, 1, tzinfo=UTC)}
    runs = [Recorded(name, started=int(at.timestamp()) * 10**6) for name, at in start.items()]
    assert found(filled(runs), where) == ids


def test_history_is_asked_of_few_runs() -> None:
    """A value at a step is looked up only for runs that fulfil all else and have more points."""
    points = [(1, 0.25), (2, 0.5)]
    runs = [Recorded(f"r{n}", number=n, metrics={"loss": points}) for n in range(50)]
    runs.append(Recorded("one", number=7, metrics={"loss": [(1, 0.25)]}))
    connection = filled(runs)
    asked: list[int] = []

    def metric_at(run: int, _key: int, _step: int) -> float:
        asked.append(run)
        return 0.25

    prepare(connection, metric_at)
    assert found(connection, "metrics.loss[1] = 0.25 AND number = 7") == ["one", "r7"]
    assert asked == [8]
    assert found(connection, "metrics.loss[2] = 0.5 AND number = 7") == ["r7"]
    assert asked == [8]


def test_a_query_that_takes_too_long_is_ended() -> None:
    """At the deadline the query ends with an error that says what to do, and others go on."""
    connection = filled([Recorded("a")])
    endless = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    )
    with pytest.raises(QueryError, match="takes too long") as caught, deadline(connection, 0.05):
        connection.execute(endless).fetchone()
    assert caught.value.hint is not None
    assert found(connection, "") == ["a"]


def test_a_query_changes_nothing() -> None:
    """Inside the deadline's walls the database cannot be written; outside it can."""
    connection = filled([Recorded("a")])
    with pytest.raises(sqlite3.OperationalError, match="readonly"), deadline(connection, 60):
        connection.execute("DELETE FROM run")
    connection.execute("DELETE FROM run")
    assert found(connection, "") == []


@pytest.mark.parametrize(
    "text", ["x' OR 1 --", 'x" OR 1', "x; DROP TABLE run", "x`y", "%", "?", "{}", "x\\", "\n"]
)
def test_names_and_values_are_data(text: str) -> None:
    """Whatever a key, a tag's name or a value holds, it is compared and never run."""
    runs = [
        Recorded("a", name=text, tags={text: text}, params={text: text}),
        Recorded("b", metrics={text: [(1, 1.0)]}, artifacts=[text]),
    ]
    connection = filled(runs)
    key, value = "`" + text.replace("`", "``") + "`", "'" + text.replace("'", "''") + "'"
    assert found(connection, f"tags.{key} = {value}") == ["a"]
    assert found(connection, f"params.{key} = {value} AND run_name = {value}") == ["a"]
    assert found(connection, f"metrics.{key} = 1 AND artifacts[] = {value}") == ["b"]
    assert found(connection, "", f"metrics.{key} DESC, params.{key}, tags.{key}") == ["b", "a"]
    assert found(connection, f"validations.{key}.passed = true OR tag:{value}") == []
