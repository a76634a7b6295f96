"""One condition on a run in SQL: which table it asks, and what that costs.

A condition on a key is a list of runs that SQLite makes once, by the index on the key's values,
when the first run is held against it. The `+` before `r.n` keeps it from taking such a list for an
index: runs are walked in the order that is asked for, and the walk ends at the limit. At 100,000
runs that is several times as fast as asking for each run by itself, or as sorting what a list
yields. Where the order is no index's (`run_plan`), the `+` goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from gittrack.ids import MINIMUM_PREFIX
from gittrack.index.run_children import on_children
from gittrack.index.run_datasets import DATASET_ROWS, dataset_value
from gittrack.index.run_values import (
    Test,
    like_test,
    number_test,
    on_value,
    param_like,
    param_test,
    prefix_test,
    text_test,
    time_test,
)
from gittrack.index.schema import NULL
from gittrack.index.sql import Sql
from gittrack.query import (
    Between,
    Comparison,
    Condition,
    IsNull,
    Like,
    Literal,
    Membership,
    Operator,
    Value,
)
from gittrack.runs.fields import (
    Artifacts,
    Attribute,
    Datasets,
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
)
from gittrack.runs.queries import literals

LikeTest = Callable[[Like], Sql] | None
"""How LIKE tests a value, where it can."""


class Cost(IntEnum):
    """What holding a run against a condition costs; the cheap ones come first."""

    COLUMN = 0
    LIST = 1
    EACH = 2
    HISTORY = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """A condition on `run r` that is true or false, never NULL, and its cost."""

    sql: Sql
    cost: Cost


COLUMNS = {
    "run_id": "r.id",
    "run_name": "r.name",
    "status": "r.status",
    "start_time": "r.started",
    "end_time": "r.ended",
    "duration": "((r.ended - r.started) / 1e6)",
    "number": "r.number",
    "trial": "r.trial",
    "config": "r.config",
    "parent": "r.parent",
    "git_commit": "r.head",
    "code_commit": "r.code",
    "branch": "r.branch",
    "host": "r.host",
    "user": "r.user",
    "notes": "r.notes",
}
"""The attributes that are columns, or made of them."""

_PREFIXED = ("config", "parent", "git_commit", "code_commit")
_INDEXED = (
    *("run_id", "start_time", "config", "parent"),
    *("experiment", "experiment_id", "experiment_name"),
)
_EXPERIMENT_COLUMNS = {"experiment_id": "slug", "experiment_name": "name"}


def is_indexed(found: RunField, condition: Condition) -> bool:
    """Whether an index of `run` leads to the runs that fulfil the condition."""
    if not isinstance(found, Attribute) or found.name not in _INDEXED:
        return False
    if found.name == "start_time":
        return not isinstance(condition, IsNull)
    if isinstance(condition, Membership):
        return not condition.negated
    return isinstance(condition, Comparison) and condition.operator is Operator.EQUAL


def planned(
    found: RunField, condition: Condition, query: str, now: datetime | None = None
) -> Planned:
    """The condition on a resolved field whose types are checked.

    Raises:
        QueryError: a text is no date.
    """
    match found:
        case Attribute(name="experiment" | "experiment_id" | "experiment_name" as name):
            return Planned(_on_experiment(name, condition), Cost.COLUMN)
        case Attribute(name="children"):
            return Planned(on_children(condition), Cost.LIST)
        case Attribute(name=name):
            return Planned(_on_column(name, condition, query, now), Cost.COLUMN)
        case Unrecorded():
            empty = isinstance(condition, IsNull) and not condition.negated
            return Planned(Sql("1" if empty else "0"), Cost.COLUMN)
        case MetricAt():
            return Planned(_on_history(found, condition), Cost.HISTORY)
        case Artifacts() | Models() | Datasets():
            return Planned(_on_collection(found, condition), Cost.LIST)
        case _:
            return _on_key(found, condition)


def key_number(kind: str, name: str) -> Sql:
    """The number of a key; NULL, which equals nothing, where there is none."""
    return Sql(f"(SELECT n FROM run_key WHERE kind = '{kind}' AND name = ?)", (name,))


def _and(first: Sql, second: Sql) -> Sql:
    return Sql(f"{first.text} AND {second.text}", first.values + second.values)


# Columns


def _on_column(name: str, condition: Condition, query: str, now: datetime | None) -> Sql:
    column = COLUMNS[name]
    if isinstance(condition, IsNull):
        return _null_test(name, negated=condition.negated)
    if name == "status":
        condition = _in_upper_case(condition)
    if name in ("start_time", "end_time"):
        test = time_test(column, query, condition, now)
    elif name in ("duration", "number", "trial"):
        test = number_test(column)
    else:
        test = prefix_test(column, MINIMUM_PREFIX) if name in _PREFIXED else text_test(column)
    found = on_value(condition, test, like_test(column))
    return Sql(f"({_null_test(name, negated=True).text} AND {found.text})", found.values)


def _null_test(name: str, *, negated: bool) -> Sql:
    column = COLUMNS[name]
    return Sql(f"{column} IS {'NOT ' if negated else ''}NULL")


def _in_upper_case(condition: Condition) -> Condition:
    """A status is recorded in upper case and may be asked for in any."""

    def upper(literal: Literal) -> Literal:
        return Literal(str(literal.value).upper(), literal.column)

    field = condition.field
    match condition:
        case Comparison(operator=operator, value=value):
            return Comparison(field, operator, upper(value))
        case Membership(values=values, negated=negated):
            return Membership(field, tuple(map(upper, values)), negated)
        case Between(low=low, high=high, negated=negated):
            return Between(field, upper(low), upper(high), negated)
        case Like(pattern=pattern, negated=negated):
            return Like(field, pattern, case_sensitive=False, negated=negated)
        case IsNull():
            return condition


# Experiments


def _on_experiment(name: str, condition: Condition) -> Sql:
    """One experiment by name is looked up beforehand, so that its runs come by its index."""
    if isinstance(condition, IsNull):
        return Sql("r.experiment IS NOT NULL" if condition.negated else "r.experiment IS NULL")
    if isinstance(condition, Comparison) and condition.operator is Operator.EQUAL:
        return _one_experiment(name, str(condition.value.value))
    if isinstance(condition, Membership) and not condition.negated and len(condition.values) == 1:
        return _one_experiment(name, str(condition.values[0].value))
    column = _EXPERIMENT_COLUMNS.get(name, "name")
    found = on_value(condition, text_test(column), like_test(column))
    return Sql(f"r.experiment IN (SELECT n FROM experiment WHERE {found.text})", found.values)


def _one_experiment(name: str, text: str) -> Sql:
    if name in _EXPERIMENT_COLUMNS:
        where = Sql(f"{_EXPERIMENT_COLUMNS[name]} = ?", (text,))
    else:
        where = Sql("name = ? OR slug = ? ORDER BY name != ?", (text, text, text))
    # No experiment has a number below one; a NULL would make the condition neither true nor false.
    inner = f"coalesce((SELECT n FROM experiment WHERE {where.text} LIMIT 1), 0)"
    return Sql(f"r.experiment = {inner}", where.values)


# Keys: metrics, parameters, tags, validations


def _on_key(found: RunField, condition: Condition) -> Planned:
    """A list of runs where an index makes it, else each run's own row.

    What most runs fulfil, or what is slow to test, would make a long list before the first run.
    """
    rows, test, like = _rows(found)
    if isinstance(found, Param) and not _meets_texts_only(condition):
        rows = _and(rows, Sql(f"kind != {NULL}"))
    if isinstance(condition, IsNull):
        word = "EXISTS" if condition.negated else "NOT EXISTS"
        return Planned(_each(rows, word), Cost.EACH)
    rows = _and(rows, on_value(condition, test, like))
    if _is_narrow(found, condition):
        return Planned(Sql(f"+r.n IN ({rows.text})", rows.values), Cost.LIST)
    return Planned(_each(rows, "EXISTS"), Cost.EACH)


def _each(rows: Sql, word: str) -> Sql:
    return Sql(f"{word} ({rows.text} AND run = r.n)", rows.values)


def _is_narrow(found: RunField, condition: Condition) -> bool:
    match condition:
        case Comparison(operator=Operator.NOT_EQUAL) | Like() | IsNull():
            return False
        case Membership(negated=negated) | Between(negated=negated):
            narrow = not negated
        case _:
            narrow = True
    latest = not isinstance(found, Metric) or found.statistic is Statistic.LAST
    return narrow and latest and not isinstance(found, ValidationMetric)


def _meets_texts_only(condition: Condition) -> bool:
    """A null is missing, but as a text it is `None`, which is what MLflow records of it."""
    return not isinstance(condition, IsNull) and all(
        isinstance(literal.value, str) for literal in literals(condition)
    )


def _rows(found: RunField) -> tuple[Sql, Test, LikeTest]:
    """All runs that have the field, and how its value is on_value there."""
    match found:
        case Metric(key=key, statistic=Statistic.LAST):
            return _keyed("run_metric", "metric", key), number_test("value"), None
        case Metric(key=key, statistic=statistic):
            return metric_rows(key), number_test(statistic_column(statistic)), None
        case Param():
            return _param_rows(found), param_test, param_like
        case Tag(key=key):
            return _keyed("run_tag", "tag", key), text_test("value"), like_test("value")
        case Passed(name=name):
            return _keyed("run_validation", "validation", name), number_test("passed"), None
        case Violations(name=name):
            return _keyed("run_validation", "validation", name), number_test("violations"), None
        case ValidationMetric(name=name, key=key):
            rows, value = _keyed("run_validation", "validation", name), validation_metric_value(key)
            rows = _and(rows, Sql(f"{value.text} IS NOT NULL", value.values))
            return rows, _valued(value), None
        case _:
            raise AssertionError(found)


def _valued(value: Sql) -> Test:
    """The test of a number that comes with values of its own, and says NaN as a text."""

    def test(operator: Operator, literal: Value) -> Sql:
        inner = number_test(f"nullif({value.text}, 'nan')")(operator, literal)
        return Sql(inner.text, value.values + inner.values if "nullif" in inner.text else ())

    return test


def _keyed(table: str, kind: str, name: str) -> Sql:
    key = key_number(kind, name)
    return Sql(f"SELECT run FROM {table} WHERE key = {key.text}", key.values)


def metric_rows(key: str, selected: str = "run") -> Sql:
    """`run_metric m` of that key, with its series, if it has one, as `s`."""
    number = key_number("metric", key)
    return Sql(
        f"SELECT {selected} FROM run_metric m LEFT JOIN run_series s USING (run, key)"
        f" WHERE key = {number.text}",
        number.values,
    )


def statistic_column(statistic: Statistic) -> str:
    """A number over the history, of `run_metric m` left-joined with `run_series s`.

    A metric with one value has no series: there, that value is all of them.
    """
    if statistic is Statistic.LAST:
        return "m.value"
    if statistic is Statistic.COUNT:
        return "coalesce(s.count, 1)"
    return f"CASE WHEN s.count IS NULL THEN m.value ELSE s.{statistic.value} END"


def _param_rows(found: Param) -> Sql:
    key = key_number("param", found.key)
    rows = Sql(f"SELECT run FROM run_param WHERE key = {key.text}", key.values)
    if not found.positions:
        return rows
    pattern = ",".join("*" if index is None else str(index) for index in found.positions)
    return _and(rows, Sql("place GLOB ?", (pattern,)))


def validation_metric_value(key: str) -> Sql:
    """A metric of a row of `run_validation`: a number, `'nan'`, or NULL where there is none."""
    return Sql("validation_metric(metrics, ?)", (key,))


# A metric's history


def _on_history(found: MetricAt, condition: Condition) -> Sql:
    """The value at a step: from the latest value if that is it, else asked of `metric_at`."""
    key = key_number("metric", found.key)
    step = min(found.step, 2**63 - 1)
    value = (
        "(SELECT CASE WHEN coalesce(m.step, 0) = ? THEN coalesce(m.value, 'nan')"
        " WHEN EXISTS (SELECT 1 FROM run_series s WHERE s.key = m.key AND s.run = m.run)"
        " THEN metric_at(m.run, m.key, ?) END AS value"
        f" FROM run_metric m WHERE m.key = {key.text} AND m.run = r.n)"
    )
    values = (step, step, *key.values)
    if isinstance(condition, IsNull):
        return Sql(f"{value} IS {'NOT ' if condition.negated else ''}NULL", values)
    inner = on_value(condition, number_test("nullif(h.value, 'nan')"))
    # MATERIALIZED: otherwise the history would be read again wherever the value is named.
    return Sql(
        f"EXISTS (WITH h (value) AS MATERIALIZED (SELECT {value})"
        f" SELECT 1 FROM h WHERE h.value IS NOT NULL AND {inner.text})",
        values + inner.values,
    )


# Artifacts and models


def _collection(found: RunField) -> tuple[str, str, str]:
    """A run's column, the rows that name runs by it, and the value there, which may be NULL."""
    match found:
        case Artifacts():
            return "r.n", "SELECT run FROM run_artifact", "path"
        case Datasets(key=key):
            return "r.n", DATASET_ROWS, dataset_value(key)
        case _:
            return "r.id", "SELECT run_id FROM run_model", "model"


def _on_collection(found: RunField, condition: Condition) -> Sql:
    run, rows, column = _collection(found)
    if isinstance(condition, IsNull):
        word = "IN" if condition.negated else "NOT IN"
        return Sql(f"+{run} {word} ({rows} WHERE {column} IS NOT NULL)")
    inner = on_value(condition, text_test(column), like_test(column))
    there = Sql(f"{column} IS NOT NULL AND {inner.text}", inner.values)
    return Sql(f"+{run} IN ({rows} WHERE {there.text})", there.values)
