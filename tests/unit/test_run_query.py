"""Queries over runs before any database: which field a path means, what is refused, orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gittrack.errors import QueryError
from gittrack.query import (
    Condition,
    Field,
    Key,
    Ordering,
    fields,
    parse,
    parse_order,
    path_text,
    terms,
)
from gittrack.runs.fields import (
    Artifacts,
    Attribute,
    Datasets,
    FieldType,
    Metric,
    MetricAt,
    Models,
    Param,
    Passed,
    RunField,
    Statistic,
    Tag,
    Unrecorded,
    ValidationMetric,
    Violations,
    resolve,
)
from gittrack.runs.queries import check, unknown_fields


@dataclass(frozen=True, slots=True)
class Known:
    """The keys of some runs."""

    keys: frozenset[tuple[str, str]] = frozenset()

    def has(self, kind: str, name: str) -> bool:
        return (kind, name) in self.keys

    def names(self, kind: str) -> Iterable[str]:
        return sorted(name for of, name in self.keys if of == kind)


NONE = Known()
SOME = Known(
    frozenset(
        [
            *(("metric", "loss.min"), ("metric", "loss[3]"), ("metric", "train.loss")),
            *(("param", "l[0]"), ("param", "learning rate"), ("tag", "mlflow.user")),
            *(("validation", "a.passed"), ("validation", "a.metrics.b")),
        ]
    )
)


def text(name: str) -> Attribute:
    """An attribute that is a text."""
    return Attribute(name, FieldType.TEXT)


def resolved(path: str, keys: Known = NONE) -> RunField:
    """What the path means."""
    query = f"{path} IS NULL"
    (field,) = fields(parse(query))
    return resolve(field, keys, query)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metrics.loss", Metric("loss")),
        ("metric.loss", Metric("loss")),
        ("performance.loss", Metric("loss")),
        ("metrics.train.loss", Metric("train.loss")),
        ("metrics.`f1 / macro`", Metric("f1 / macro")),
        ("metrics.1", Metric("1")),
        ("metrics.loss.min", Metric("loss", Statistic.MIN)),
        ("metrics.train.loss.count", Metric("train.loss", Statistic.COUNT)),
        ("metrics.min", Metric("min")),
        ("metrics.`loss.min`", Metric("loss.min")),
        ("metrics.loss[100]", MetricAt("loss", 100)),
        ("params.model.depth", Param("model.depth")),
        ("parameter.lr", Param("lr")),
        ("params.layers[]", Param("layers[]")),
        ("params.layers[2]", Param("layers[]", (2,))),
        ("params.grid[][1].x", Param("grid[][].x", (None, 1))),
        ("tags.mlflow.source.name", Tag("mlflow.source.name")),
        ("tags.mlflow.user", text("user")),
        ("tags.`mlflow.parentRunId`", text("parent")),
        ("attributes.run_id", text("run_id")),
        ("attr.`Run name`", text("run_name")),
        ('"Run name"', text("run_name")),
        ("run.Created", Attribute("start_time", FieldType.TIME)),
        ("config_id", text("config")),
        ("trial_number", Attribute("trial", FieldType.NUMBER)),
        ("datasets.name", Datasets("name")),
        ("artifact_uri", Unrecorded("artifact_uri")),
        ("validations.ttpt", Passed("ttpt")),
        ("validations.ttpt.passed", Passed("ttpt")),
        ("validations.v1.2.num_violations", Violations("v1.2")),
        ("validations.ttpt.metrics.a.b", ValidationMetric("ttpt", "a.b")),
        ("artifacts[]", Artifacts()),
        ("models", Models()),
    ],
)
def test_paths_mean_fields(path: str, expected: RunField) -> None:
    """A path means one field, by MLflow's names and by ours; keys may hold dots."""
    assert resolved(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metrics.loss.min", Metric("loss.min")),
        ("metrics.loss.max", Metric("loss", Statistic.MAX)),
        ("metrics.loss[3]", Metric("loss[3]")),
        ("metrics.loss[4]", MetricAt("loss", 4)),
        ("params.l[0]", Param("l[0]")),
        ("tags.mlflow.user", Tag("mlflow.user")),
        ("validations.a.passed", Passed("a.passed")),
        ("validations.a.metrics.b.metrics.c", ValidationMetric("a.metrics.b", "c")),
    ],
)
def test_a_recorded_key_comes_before_what_its_end_could_mean(path: str, expected: RunField) -> None:
    """Where a key is recorded just as it is written, that key is meant."""
    assert resolved(path, SOME) == expected


def check_all(query: str) -> None:
    """Resolve and check every condition of the query."""
    for term in terms(parse(query)):
        assert isinstance(term, Condition)
        check(term, resolve(term.field, SOME, query), query)


@pytest.mark.parametrize(
    ("query", "column", "message", "hint"),
    [
        ("stauts = 'x'", 1, "runs have no field stauts", "did you mean status?"),
        ("number = 1 AND attr.run_nam = 'x'", 16, "attr.run_nam", "did you mean run_name?"),
        ("metricss.loss = 1", 1, "metricss.loss", "did you mean metrics.…?"),
        ("train.loss = 1", 1, "train.loss", "write metrics.train.loss"),
        ("`learning rate` = 1", 1, "`learning rate`", "write params.`learning rate`"),
        ("config.lr = 1", 1, "config.lr", "a config's values are params: params.lr"),
        ("metrics = 1", 1, "metrics", "a key follows"),
        ("zzzzzz = 1", 1, "zzzzzz", "as in metrics.loss"),
        ("datasets.size = '1'", 1, "a dataset has no size", "datasets.digest"),
        ("metrics.loss = '0.5'", 16, "metrics.loss is a number", "without quotes"),
        ("metrics.loss IN (1, 'a')", 21, "is a number", "without quotes"),
        ("metrics.loss = true", 16, "is a number", "without quotes"),
        ("metrics.loss LIKE '1%'", 1, "LIKE takes a text", "compare it with"),
        ("tags.fold = 3", 13, "tags.fold is a text", "single quotes"),
        ("status BETWEEN 1 AND 2", 16, "status is a text", "single quotes"),
        ("start_time = true", 14, "start_time is a time", "7 days ago"),
        ("start_time ILIKE '2026%'", 1, "ILIKE takes a text", "milliseconds"),
        ("validations.a = 'yes'", 17, "is true or false", "= true"),
    ],
)
def test_errors_point_at_the_fault_and_say_the_way_out(
    query: str, column: int, message: str, hint: str
) -> None:
    """A field that there is not, or a value that does not fit, is refused with column and hint."""
    with pytest.raises(QueryError) as caught:
        check_all(query)
    assert caught.value.column == column
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_unknown_keys_are_told_once_with_similar_ones() -> None:
    """A key that no run has is no error, but can be asked for, with recorded ones like it."""
    query = "metrics.train.los > 1 AND params.x = 1 AND metrics.train.los < 2 AND status = 'x'"
    unknown = unknown_fields(fields(parse(query)), SOME, query)
    assert [(one.column, one.message) for one in unknown] == [
        (1, "no run has metrics.train.los; did you mean metrics.train.loss?"),
        (27, "no run has params.x"),
    ]
    (spaced,) = unknown_fields(fields(parse("params.`learning-rate` = 1")), SOME)
    assert spaced.similar == ("params.`learning rate`",)


def order(path: str, descending: bool = False) -> Ordering:
    """An ordering by a path of plain keys."""
    return Ordering(Field(tuple(Key(part) for part in path.split("."))), descending)


@pytest.mark.parametrize(
    ("given_order", "expected"),
    [
        ("", ()),
        ([], ()),
        ("  ", ()),
        ("start_time", (order("start_time"),)),
        ("metrics.loss ASC", (order("metrics.loss"),)),
        ("metrics.`loss` desc,params.lr", (order("metrics.loss", True), order("params.lr"))),
        (["metrics.loss DESC", "a, b asc"], (order("metrics.loss", True), order("a"), order("b"))),
        ("metrics.desc DESC", (order("metrics.desc", True),)),
        ("`desc` desc", (order("desc", True),)),
    ],
)
def test_orders(given_order: str | list[str], expected: tuple[Ordering, ...]) -> None:
    """An order is a list or a text with commas, each field followed by its direction or none."""
    assert parse_order(given_order) == expected


@pytest.mark.parametrize(
    ("given_order", "column", "message"),
    [
        ("a b", 3, "expected ASC, DESC or a comma, found b"),
        ("a DESC ASC", 8, "expected a comma, found ASC"),
        ("a,", 3, "expected a field, found the end"),
        (",a", 1, "expected a field, found ,"),
        ("'a'", 1, "expected a field, found 'a'"),
        ("a > 1", 3, "expected ASC, DESC or a comma, found >"),
        (", ".join("a" * 21), 61, "at most 20"),
    ],
)
def test_orders_that_make_no_sense_are_refused(given_order: str, column: int, message: str) -> None:
    """What cannot be read as an order is refused with its column."""
    with pytest.raises(QueryError) as caught:
        parse_order(given_order)
    assert caught.value.column == column
    assert message in caught.value.message


_KEYS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


@given(group=st.sampled_from(["metrics", "params", "tags"]), key=_KEYS)
def test_every_key_can_be_named(group: str, key: str) -> None:
    """Any key at all, quoted as paths are written, means that key."""
    path = path_text((Key(group), Key(key)))
    kinds = {"metrics": Metric(key), "params": Param(key), "tags": Tag(key)}
    known = Known(frozenset([("tag", key)]))
    assert resolved(path, known) == kinds[group]
    (ordering,) = parse_order(f"{path} DESC")
    assert resolve(ordering.field, known, "") == kinds[group]


@given(st.text(max_size=30))
def test_any_text_is_resolved_or_refused(start: str) -> None:
    """Nothing but fields or a `QueryError` comes of any text."""
    try:
        check_all(f"{start} = 1")
    except QueryError as error:
        column = error.column
    else:
        column = 1
    assert 1 <= column <= len(start) + 5
