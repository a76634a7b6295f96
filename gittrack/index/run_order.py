"""Orders of runs in SQL: a missing value comes last in both directions, a NaN before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gittrack.errors import QueryError
from gittrack.index.run_conditions import (
    COLUMNS,
    key_number,
    metric_rows,
    statistic_column,
    validation_metric_value,
)
from gittrack.index.sql import Sql
from gittrack.query import Ordering
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
    Statistic,
    Tag,
    Unrecorded,
    ValidationMetric,
    Violations,
    resolve,
)


@dataclass(frozen=True, slots=True)
class Place:
    """One term of an order over `run r`, and the field that it is of."""

    sql: Sql
    found: RunField
    descending: bool


def places(order: Sequence[Ordering], keys: Keys) -> list[Place]:
    """The terms of an order; what no run records orders nothing and is left out.

    Raises:
        QueryError: a field does not exist or has no order.
    """
    found = []
    for ordering in order:
        field = resolve(ordering.field, keys, ordering.query)
        if not isinstance(field, Datasets | Unrecorded):
            sql = _term(field, ordering)
            found.append(Place(sql, field, ordering.descending))
    return found


def walked_metric(order: Sequence[Place]) -> Metric | None:
    """The metric by whose values the runs may be walked: the latest one that comes first."""
    first = order[0].found if order else None
    if isinstance(first, Metric) and first.statistic is Statistic.LAST:
        return first
    return None


def names_start(order: Sequence[Place]) -> bool:
    """Whether the start is part of the order, so that it need not be told again."""
    return any(place.found == Attribute("start_time", place.found.type) for place in order)


def direction(descending: bool) -> str:
    """What follows a term: nulls last either way."""
    return f"{'DESC' if descending else 'ASC'} NULLS LAST"


def _term(found: RunField, ordering: Ordering) -> Sql:
    descending = ordering.descending
    match found:
        case Attribute(name="start_time"):  # never NULL, and spelled as the index has it
            return Sql(f"r.started {'DESC' if descending else 'ASC'}")
        case Attribute(name="children"):
            return _directed(Sql("(SELECT count(*) FROM run c WHERE c.parent = r.id)"), descending)
        case Attribute(name="experiment" | "experiment_name" | "experiment_id" as name):
            column = "slug" if name == "experiment_id" else "name"
            inner = Sql(f"(SELECT {column} FROM experiment x WHERE x.n = r.experiment)")
            return _directed(inner, descending)
        case Attribute(name=name):
            return _directed(Sql(COLUMNS[name]), descending)
        case Metric(key=key, statistic=statistic):
            selected = _signed(statistic_column(statistic), descending)
            rows = metric_rows(key, selected)
            return Sql(f"({rows.text} AND run = r.n) ASC NULLS LAST", rows.values)
        case ValidationMetric(name=name, key=key):
            return _validation_metric(name, key, descending)
        case Tag(key=key):
            return _directed(_value("run_tag", "value", "tag", key), descending)
        case Passed(name=name):
            return _directed(_value("run_validation", "passed", "validation", name), descending)
        case Violations(name=name):
            return _directed(_value("run_validation", "violations", "validation", name), descending)
        case Param():
            return _param(found, ordering)
        case MetricAt() | Artifacts() | Models() | Datasets() | Unrecorded():
            raise _unordered(ordering)


def _directed(value: Sql, descending: bool) -> Sql:
    return Sql(f"{value.text} {direction(descending)}", value.values)


def _value(table: str, column: str, kind: str, name: str) -> Sql:
    key = key_number(kind, name)
    text = f"(SELECT {column} FROM {table} x WHERE x.key = {key.text} AND x.run = r.n)"
    return Sql(text, key.values)


def _validation_metric(name: str, key: str, descending: bool) -> Sql:
    """As `_signed`, of what is a text already where it is NaN."""
    number, value = key_number("validation", name), validation_metric_value(key)
    nan = f"nullif({value.text}, 'nan')"
    signed = f"-({nan})" if descending else nan
    text = (
        f"(SELECT coalesce({signed}, {value.text}) FROM run_validation"
        f" WHERE key = {number.text} AND run = r.n) ASC NULLS LAST"
    )
    return Sql(text, (*value.values, *value.values, *number.values))


def _signed(column: str, descending: bool) -> str:
    """A text is greater than all numbers and less than a NULL that comes last: NaN's place."""
    return f"coalesce({f'-({column})' if descending else column}, 'nan')"


def _param(found: Param, ordering: Ordering) -> Sql:
    """Numbers before texts; of a list's elements only one at a given position has an order."""
    positions = [str(index) for index in found.positions if index is not None]
    if len(positions) != found.key.count("[]") and "[]" in found.key:
        raise _unordered(ordering)
    key = key_number("param", found.key)
    rows = f"FROM run_param x WHERE x.key = {key.text} AND x.run = r.n AND x.place = ?"
    term = direction(ordering.descending)
    values = (*key.values, ",".join(positions))
    return Sql(f"(SELECT value {rows}) {term}, (SELECT 1 {rows}) ASC NULLS LAST", values * 2)


def _unordered(ordering: Ordering) -> QueryError:
    return QueryError(
        f"runs cannot be ordered by {ordering.field.text}",
        query=ordering.query,
        column=ordering.field.column,
        hint="order by metrics.…, params.…, tags.… or an attribute such as start_time",
    )
