"""Queries and orders over runs turned into SQL: every key and value is bound, never pasted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from gittrack.index.depth import check_depth, without_negations
from gittrack.index.run_conditions import Cost, Planned, is_indexed, key_number, planned
from gittrack.index.run_order import Place, direction, names_start, places, walked_metric
from gittrack.index.run_values import joined
from gittrack.index.sql import Sql
from gittrack.query import And, Condition, Expression, Not, Or, Ordering, TagTerm
from gittrack.runs.fields import Keys, Metric, RunField, resolve
from gittrack.runs.queries import check

Tagged = Callable[[str], Iterable[str]]
"""The ids of the configs that bear a tag."""

_NEWEST = "r.started DESC, r.id"
_EVERYTHING = Sql("1")


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The keys that the index knows."""

    connection: Connection

    def has(self, kind: str, name: str) -> bool:
        """Whether some run has the key."""
        found = self.connection.execute(
            "SELECT 1 FROM run_key WHERE kind = ? AND name = ?", (kind, name)
        )
        return found.fetchone() is not None

    def names(self, kind: str) -> Iterable[str]:
        """All keys of that kind, in order."""
        rows = self.connection.execute(
            "SELECT name FROM run_key WHERE kind = ? ORDER BY name", (kind,)
        )
        return [name for (name,) in rows]


def _none_tagged(_name: str) -> tuple[str, ...]:
    return ()


IsCommon = Callable[[Sql], bool]
"""Whether a condition on `run r` holds for many runs, so that listing them costs more than asking
for each run that is met."""


def _rare(_condition: Sql) -> bool:
    return False


def plan_runs(
    where: Expression | None,
    order: Sequence[Ordering] = (),
    *,
    keys: Keys,
    query: str = "",
    columns: str = "r.*",
    limit: int | None = None,
    offset: int = 0,
    now: datetime | None = None,
    tagged: Tagged = _none_tagged,
    is_common: IsCommon = _rare,
) -> Sql:
    """The statement that yields the runs for which `where` holds, in that order.

    Runs are ordered by `order`, then the newest first, then by id; what has no value comes last
    either way. `query` is the text of `where`, for messages. `columns` are the caller's, of `run
    r`; they never come from a user. `now` is what dates such as `'7 days ago'` count from; `tagged`
    answers `tag:name`. The connection must know the functions of `run_guard.prepare`.

    Raises:
        QueryError: a field does not exist, a value does not fit it, or it has no order.
    """
    found = places(order, keys)
    planner = _Planner(keys, query, now, tagged)
    if walked_metric(found) is not None:
        walking = _Planner(keys, query, now, tagged, is_common, walks_metric=True)
        return _walked(walking.whole(where), planner.whole(where), found, columns, limit, offset)
    return _sorted(
        planner.whole(where), found, columns, Sql("LIMIT ? OFFSET ?", (_all(limit), offset))
    )


def plan_count(
    where: Expression | None,
    *,
    keys: Keys,
    query: str = "",
    now: datetime | None = None,
    tagged: Tagged = _none_tagged,
) -> Sql:
    """The statement that yields how many runs fulfil `where`. Raises as `plan_runs`."""
    condition = plan_condition(where, keys=keys, query=query, now=now, tagged=tagged)
    return Sql(f"SELECT count(*) FROM run r WHERE {_by_lists(condition.text)}", condition.values)


def plan_condition(
    where: Expression | None,
    *,
    keys: Keys,
    query: str = "",
    now: datetime | None = None,
    tagged: Tagged = _none_tagged,
) -> Sql:
    """The condition for a row of `run r`; true or false, never NULL. Raises as `plan_runs`."""
    return _Planner(keys, query, now, tagged).whole(where)


@dataclass(frozen=True, slots=True)
class _Planner:
    keys: Keys
    query: str
    now: datetime | None
    tagged: Tagged
    is_common: IsCommon = _rare
    walks_metric: bool = False

    def whole(self, where: Expression | None) -> Sql:
        if where is None:
            return _EVERYTHING
        check_depth(where, self.query)
        return self._expression(where).sql

    def _expression(self, expression: Expression) -> Planned:
        match expression:
            case And(operands=operands):
                return self._joined(" AND ", operands)
            case Or(operands=operands):
                return self._joined(" OR ", operands)
            case Not():
                return self._negation(expression)
            case TagTerm(name=name):
                return Planned(self._tagged(name), Cost.COLUMN)
            case _:
                found = resolve(expression.field, self.keys, self.query)
                check(expression, found, self.query)
                return self._condition(found, expression)

    def _tagged(self, name: str) -> Sql:
        ids = json.dumps(sorted(self.tagged(name)))
        return Sql(
            "(r.config IS NOT NULL AND +r.config IN (SELECT value FROM json_each(?)))", (ids,)
        )

    def _condition(self, found: RunField, condition: Condition) -> Planned:
        part = planned(found, condition, self.query, self.now)
        if not self.walks_metric:
            return part
        # What asks for `r` fetches each run that is walked; the metric's row has its number, too.
        text, cost = part.sql.text.replace("+r.n IN", "+s.run IN"), part.cost
        if is_indexed(found, condition) and not self.is_common(part.sql):
            text, cost = f"+s.run IN (SELECT r.n FROM run r WHERE {text})", Cost.LIST
        return Planned(Sql(text, part.sql.values), cost)

    def _joined(self, word: str, operands: Sequence[Expression]) -> Planned:
        """The cheap conditions first: SQLite takes them from left to right."""
        parts = [self._expression(operand) for operand in operands]
        parts.sort(key=lambda part: part.cost)
        return Planned(joined(word, [part.sql for part in parts]), parts[-1].cost)

    def _negation(self, expression: Not) -> Planned:
        below, odd = without_negations(expression)
        part = self._expression(below)
        return Planned(Sql(f"NOT ({part.sql.text})", part.sql.values), part.cost) if odd else part


def _all(limit: int | None) -> int:
    return -1 if limit is None else limit


def _by_lists(condition: str) -> str:
    """Let SQLite start from a list: what follows takes all runs that are found, anyway."""
    return condition.replace("+r.n IN", "r.n IN")


def _sorted(condition: Sql, order: Sequence[Place], columns: str, amount: Sql) -> Sql:
    """One walk over the runs; where the order is that of an index, it ends at the limit."""
    by = _order_by(order)
    values = condition.values + by.values + amount.values
    if not order:
        text = f"SELECT {columns} FROM run r WHERE {condition.text}{by.text} {amount.text}"
        return Sql(text, values)
    met = condition.text if names_start(order[:1]) else _by_lists(condition.text)
    # Whole rows are fetched for what is left alone: sorting would copy each.
    text = (
        f"SELECT {columns} FROM (SELECT r.n AS n FROM run r WHERE {met}{by.text}"
        f" {amount.text}) o CROSS JOIN run r ON r.n = o.n"
    )
    return Sql(text, values)


def _walked(
    walking: Sql,
    condition: Sql,
    order: Sequence[Place],
    columns: str,
    limit: int | None,
    offset: int,
) -> Sql:
    """First the runs that have the metric, by its values, then, if there is room, the others.

    With an index on a metric's values the walk ends at the limit; without one it is still a sort
    of small rows.
    """
    key = _walked_key(order[0])
    first = _order_by(order[1:], first=f"s.value {direction(order[0].descending)}")
    others = _order_by(order[1:])
    most = _all(None if limit is None else limit + offset)
    having = Sql(
        f"SELECT * FROM (SELECT {columns} FROM run_metric s CROSS JOIN run r ON r.n = s.run"
        f" WHERE s.key = {key.text} AND {walking.text}{first.text} LIMIT ?)",
        (*key.values, *walking.values, *first.values, most),
    )
    lacking = Sql(
        f"SELECT * FROM (SELECT {columns} FROM run r WHERE NOT EXISTS (SELECT 1 FROM run_metric s"
        f" WHERE s.key = {key.text} AND s.run = r.n) AND {condition.text}{others.text} LIMIT ?)",
        (*key.values, *condition.values, *others.values, most),
    )
    # UNION ALL keeps to this order, and leaves the second part where the first fills the limit.
    return Sql(
        f"{having.text} UNION ALL {lacking.text} LIMIT ? OFFSET ?",
        (*having.values, *lacking.values, _all(limit), offset),
    )


def _walked_key(place: Place) -> Sql:
    assert isinstance(place.found, Metric)
    return key_number("metric", place.found.key)


def _order_by(order: Sequence[Place], *, first: str = "") -> Sql:
    parts = [first] if first else []
    parts += [place.sql.text for place in order]
    ending = "r.id" if names_start(order) else _NEWEST
    values = tuple(value for place in order for value in place.sql.values)
    return Sql(f" ORDER BY {', '.join([*parts, ending])}", values)
