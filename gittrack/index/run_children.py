"""How many children a run has, in SQL."""

from __future__ import annotations

from gittrack.index.run_values import negated, number_test, on_value
from gittrack.index.sql import Sql
from gittrack.query import Between, Comparison, Condition, IsNull, Membership, Operator, Value


def on_children(condition: Condition) -> Sql:
    """Runs without children are in no list, so what fits them is said the other way round."""
    if isinstance(condition, IsNull):
        return Sql("1" if condition.negated else "0")
    childless = _fits(condition, 0)
    found = on_value(condition, number_test("count(*)"))
    having = negated(found) if childless else found
    rows = Sql(
        "SELECT parent FROM run WHERE parent IS NOT NULL GROUP BY parent"
        f" HAVING coalesce({having.text}, 0)",
        having.values,
    )
    return Sql(f"+r.id {'NOT IN' if childless else 'IN'} ({rows.text})", rows.values)


def _fits(condition: Condition, number: float) -> bool:
    def compares(operator: Operator, value: Value) -> bool:
        assert not isinstance(value, str)
        return {
            Operator.EQUAL: number == value,
            Operator.NOT_EQUAL: number != value,
            Operator.LESS: number < value,
            Operator.LESS_OR_EQUAL: number <= value,
            Operator.GREATER: number > value,
            Operator.GREATER_OR_EQUAL: number >= value,
        }[operator]

    match condition:
        case Comparison(operator=operator, value=value):
            return compares(operator, value.value)
        case Membership(values=values):
            inside = any(compares(Operator.EQUAL, value.value) for value in values)
            return inside is not condition.negated
        case Between(low=low, high=high):
            inside = compares(Operator.GREATER_OR_EQUAL, low.value)
            inside = inside and compares(Operator.LESS_OR_EQUAL, high.value)
            return inside is not condition.negated
        case _:
            raise AssertionError(condition)
