"""A review as one JSON document that other programs may rely on."""

from __future__ import annotations

from typing import Any

from gittrack.review import wording
from gittrack.review.model import GateResult, Item, MetricChange, PinMove, Review, Side, Summary
from gittrack.shown import json_change, json_data
from gittrack.terminal import json_text

VERSION = 1
"""The number of the document's shape: new fields may come, none goes or changes within it."""


def render(review: Review, *, color: bool = False, max_chars: int | None = None) -> str:
    """The review with everything in it, whatever its length."""
    del color, max_chars  # a document cut short is none
    lines = [
        f'"version": {VERSION}',
        *(f'"{name}": {_text(value)}' for name, value in _top(review).items()),
        _list("gates", list(map(_gate, review.gates))),
        _list("items", list(map(_item, review.items))),
        _list("removed", list(map(_side, review.removed))),
        _list("notes", list(review.notes)),
    ]
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def _list(name: str, values: list[Any]) -> str:
    """One element a line: indented throughout it would take ten times as long."""
    if not values:
        return f'"{name}": []'
    return f'"{name}": [\n    ' + ",\n    ".join(map(_text, values)) + "\n  ]"


def _text(value: Any) -> str:
    # Within a string a build server would take `##[error]` for a command.
    return json_text(value).replace("##", "#\\u0023")


def _top(review: Review) -> dict[str, Any]:
    return {
        "base": {"name": review.base_name, "commit": review.base},
        "head": {"name": review.head_name, "commit": review.head},
        "summary": wording.summary(review),
        "failed": review.failed,
    }


def _gate(gate: GateResult) -> dict[str, Any]:
    return {"condition": gate.condition, "met": gate.met, "unknown": gate.unknown}


def _item(item: Item) -> dict[str, Any]:
    return {
        "pins": list(map(_pin, item.pins)),
        "is_new": item.is_new,
        "relation": item.relation,
        "base": None if item.base is None else _side(item.base),
        "head": None if item.head is None else _side(item.head),
        "changes": list(map(json_change, item.changes)),
        "unchanged": item.unchanged,
        "metrics": list(map(_metric, item.metrics)),
    }


def _pin(pin: PinMove) -> dict[str, Any]:
    return {
        "name": pin.name,
        "kind": pin.kind,
        "old": pin.old,
        "new": pin.new,
        "source": pin.source,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "id": side.id,
        "description": side.description,
        "tags": side.tags,
        "author": side.author,
        "created_at": side.created_at,
        "source": side.source,
    }


def _metric(metric: MetricChange) -> dict[str, Any]:
    return {
        "name": metric.name,
        "lower_is_better": metric.lower_is_better,
        "base": None if metric.base is None else _summary(metric.base),
        "head": None if metric.head is None else _summary(metric.head),
        "absolute": json_data(metric.absolute),
        "relative": json_data(metric.relative),
        "verdict": metric.verdict,
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "count": summary.count,
        "mean": json_data(summary.mean),
        "spread": json_data(summary.spread),
        "best": json_data(summary.best),
    }
