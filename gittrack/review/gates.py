"""Conditions that fail a review: `metrics.sharpe < base`, `training.lr > 0.1`, `configs.new > 5`.

A condition is one comparison of the query language, whose value may also be `base`: the same
subject on the predecessor's side, with a number added, taken off or multiplied: `base - 0.1`,
`base - 5%`, `0.9 * base` as `base * 0.9`. Subjects are `metrics.NAME` (its mean; also `.best`,
`.spread`, `.count`), the counts below, and paths into the config.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gittrack.canonical import Plain
from gittrack.diff import MISSING, Missing, same
from gittrack.errors import QueryError
from gittrack.ids import ConfigId
from gittrack.query import Comparison, Key, Operator, Position, Segment, parse, path_text
from gittrack.review.model import GateResult, Item, Review, Summary
from gittrack.shown import cell_text

Configs = Mapping[ConfigId, Mapping[str | int, Plain]]
"""The data of the configs that a review speaks of."""

_BASE = re.compile(
    r"(?P<operator><=|>=|!=|=|<|>)\s*base"
    r"(?:\s*(?P<sign>[-+*])\s*(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<percent>%)?)?\s*$"
)
_ORDER: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
}
_STATISTICS = ("mean", "best", "spread", "count")
_COUNTS: dict[str, Callable[[Review], int]] = {
    "configs.new": lambda r: sum(item.is_new and item.head is not None for item in r.items),
    "configs.removed": lambda r: len(r.removed),
    "pins.moved": lambda r: _pins(r, "moved"),
    "pins.added": lambda r: _pins(r, "added"),
    "pins.removed": lambda r: _pins(r, "removed"),
    "values.changed": lambda r: sum(len(item.changes) for item in r.items),
}


@dataclass(frozen=True, slots=True)
class Base:
    """`base`, or what a number makes of it."""

    sign: str = ""
    number: float = 0.0
    percent: bool = False

    def of(self, base: Any) -> Any:
        """The value that is meant; `MISSING` where there is nothing to reckon with."""
        if not self.sign or isinstance(base, Missing):
            return base
        if not _is_number(base):
            return MISSING
        amount = self.number / 100 if self.percent else self.number
        if self.sign == "*":
            return base * amount
        if self.percent:
            amount *= abs(base)
        return base + amount if self.sign == "+" else base - amount


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that was understood."""

    text: str
    subject: tuple[Segment, ...]
    operator: Operator
    operand: Plain | Base

    def judge(self, review: Review, configs: Configs) -> GateResult:
        """Where the condition is met, and where it cannot be judged."""
        name = path_text(self.subject)
        if name in _COUNTS:
            count = _COUNTS[name](review)
            return GateResult(self.text, (f"{name} is {count}",) if self._holds(count, 0) else ())
        met: list[str] = []
        unknown: list[str] = []
        for item in review.items:
            for line, verdict in self._judge(item, name, configs):
                if verdict is not False:
                    (unknown if verdict is None else met).append(f"{item_name(item)}: {line}")
        return GateResult(self.text, tuple(met), tuple(unknown))

    def _judge(self, item: Item, name: str, configs: Configs) -> Iterator[tuple[str, bool | None]]:
        """One line and whether the condition is met; `None` where nobody can say."""
        if item.head is None:
            return
        metric = self.subject[0] == Key("metrics")
        head, base = self._metric(item) if metric else self._values(item, configs)
        if isinstance(head, Missing):
            if metric:
                yield f"no run of it logged {name}", None
            elif self.operand == Base() and self._holds(head, base):
                yield f"{name} was removed (base {cell_text(base)})", True
        elif isinstance(self.operand, Base) and isinstance(base, Missing):
            if metric or self.operator in _ORDER:
                yield f"nothing to compare {name} with", None
            elif self.operator is Operator.NOT_EQUAL:
                yield f"{name} is {cell_text(head)}, and new", True
        else:
            against = f", base {cell_text(base)}" if isinstance(self.operand, Base) else ""
            broken = metric and math.isnan(head)  # not a number is not good enough for any gate
            yield f"{name} is {cell_text(head)}{against}", broken or self._holds(head, base)

    def _holds(self, head: Any, base: Any) -> bool:
        wanted = self.operand.of(base) if isinstance(self.operand, Base) else self.operand
        if self.operator in _ORDER:
            comparable = (_is_number(head) and _is_number(wanted)) or (
                isinstance(head, str) and isinstance(wanted, str)
            )
            return comparable and _ORDER[self.operator](head, wanted)
        if isinstance(head, Missing) or isinstance(wanted, Missing):
            equal = head is wanted
        elif isinstance(self.operand, Base) and not self.operand.sign:
            equal = same(head, wanted)  # 1 and 1.0 are two configs
        else:
            equal = isinstance(head, bool) == isinstance(wanted, bool) and bool(head == wanted)
        return equal == (self.operator is Operator.EQUAL)

    def _values(self, item: Item, configs: Configs) -> tuple[Any, Any]:
        path = self.subject[1:] if self.subject[0] == Key("config") else self.subject
        sides = [
            {} if side is None else configs.get(side.id, {}) for side in (item.head, item.base)
        ]
        head, base = (_lookup(data, path) for data in sides)
        return head, base

    def _metric(self, item: Item) -> tuple[Any, Any]:
        known = {change.name: change for change in item.metrics}
        name = ".".join(str(getattr(segment, "name", "")) for segment in self.subject[1:])
        statistic = "mean"
        if name not in known and name.rpartition(".")[2] in _STATISTICS:
            name, _, statistic = name.rpartition(".")
        change = known.get(name)
        if change is None:
            return MISSING, MISSING
        return _statistic(change.head, statistic), _statistic(change.base, statistic)


def parse_gate(text: str) -> Gate:
    """A condition.

    Raises:
        QueryError: it cannot be understood.
    """
    relative = _BASE.search(text)
    query = text if relative is None else f"{text[: relative.end('operator')]} 0"
    tree = parse(query)
    if not isinstance(tree, Comparison):
        raise QueryError(
            "a gate is one comparison",
            query=text,
            column=1,
            hint="as in: metrics.sharpe < base (for another, give the option twice)",
        )
    operand: Plain | Base = tree.value.value
    if relative is not None:
        number = float(relative["number"] or 0)
        operand = Base(relative["sign"] or "", number, relative["percent"] is not None)
    gate = Gate(text.strip(), tree.field.segments, tree.operator, operand)
    _refuse_nonsense(gate, tree)
    return gate


def item_name(item: Item) -> str:
    """What a gate's line calls an item: its pins, else its short id."""
    if item.pins:
        return ", ".join(pin.name for pin in item.pins)
    side = item.head or item.base
    return side.short_id if side is not None else ""


def _refuse_nonsense(gate: Gate, tree: Comparison) -> None:
    name = path_text(gate.subject)
    if not all(isinstance(segment, Key | Position) for segment in gate.subject):
        raise QueryError(
            "name one element, as layers[0]", query=gate.text, column=tree.field.column
        )
    if name in _COUNTS and not _is_number(gate.operand):
        raise QueryError(
            f"{name} is a count: compare it with a number",
            query=gate.text,
            column=max(tree.value.column, 1),
        )


def _lookup(data: Any, path: tuple[Segment, ...]) -> Any:
    for segment in path:
        if isinstance(segment, Key) and isinstance(data, Mapping) and segment.name in data:
            data = data[segment.name]
        elif isinstance(segment, Position) and isinstance(data, list) and segment.index < len(data):
            data = data[segment.index]
        else:
            return MISSING
    return data


def _statistic(summary: Summary | None, statistic: str) -> Any:
    value = None if summary is None else getattr(summary, statistic)
    return MISSING if value is None else value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pins(review: Review, kind: str) -> int:
    return sum(pin.kind == kind for item in review.items for pin in item.pins)
