"""The records of a Weights & Biases run, out of their protobufs; pure.

Field numbers: wandb/proto/wandb_internal.proto.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gittrack.importers.series import Series, time_or_none
from gittrack.importers.wire import (
    Value,
    WireError,
    as_bytes,
    as_signed,
    as_text,
    fields,
    messages,
)
from gittrack.runs.model import FAILED, FINISHED, KILLED

_HISTORY, _SUMMARY, _CONFIG, _STATS, _ARTIFACT, _RUN, _EXIT = 2, 3, 5, 7, 8, 17, 18
_DEEPEST = 32
_ODD = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(slots=True)
class WandbRun:
    """What the records of one run say; times are seconds since the epoch."""

    run_id: str = ""
    project: str = ""
    entity: str = ""
    name: str = ""
    notes: str = ""
    host: str = ""
    commit: str = ""
    started: float | None = None
    last: float | None = None
    status: str = KILLED
    tags: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    left: Callable[[str], object] = lambda _: None

    def take(self, data: bytes) -> None:
        """Take a record in.

        Raises:
            WireError: it is none.
        """
        for number, value in fields(data):
            if number == _HISTORY:
                self._take_history(as_bytes(value))
            elif number == _SUMMARY:
                self.summary.update(_items(as_bytes(value)))
            elif number == _CONFIG:
                _merge(self.config, _items(as_bytes(value)))
            elif number == _STATS:
                self._take_stats(as_bytes(value))
            elif number == _RUN:
                self._take_run(as_bytes(value))
            elif number == _EXIT:
                code = dict(fields(as_bytes(value))).get(1, 0)
                self.status = FAILED if as_signed(code) else FINISHED
            elif number == _ARTIFACT:
                self.left("artifacts of W&B's own")

    def _take_run(self, data: bytes) -> None:
        texts = {1: "run_id", 2: "entity", 3: "project", 8: "name", 9: "notes", 13: "host"}
        labels = {6: "wandb.group", 7: "wandb.job_type", 12: "wandb.sweep"}
        for number, value in fields(data):
            if number in texts:
                setattr(self, texts[number], as_text(value))
            elif number in labels:
                self.tags[labels[number]] = as_text(value)
            elif number == 10:
                self.tags[f"wandb.tag.{as_text(value)}"] = "true"
            elif number == 4:
                _merge(self.config, _items(as_bytes(value)))
            elif number == 17:
                self.started = _moment(as_bytes(value))
            elif number == 21:
                git: dict[int, Value] = dict(fields(as_bytes(value)))
                self.commit = as_text(git.get(2, b""))

    def _take_history(self, data: bytes) -> None:
        row = {key: value for key, value in _items(data, ()).items() if value is not None}
        step = row.pop("_step", None)
        if type(step) is not int:
            numbers = [as_signed(dict(fields(one)).get(1, 0)) for one in messages(data, 2)]
            step = numbers[0] if numbers else 0
        self._add_row(row, step, "")

    def _take_stats(self, data: bytes) -> None:
        row = _items(data, (), number=3)
        moments = [_moment(one) for one in messages(data, 2)]
        row["_timestamp"] = moments[0] if moments else None
        self._add_row(row, 0, "system/")

    def _add_row(self, row: dict[str, Any], step: int, before: str) -> None:
        time = row.pop("_timestamp", None)
        row.pop("_runtime", None)
        moment = time_or_none(float(time)) if isinstance(time, int | float) else None
        if moment is not None:
            self.last = moment
        for key, value in _leaves(row, before):
            number = as_number(value)
            if number is None:
                self.left("values of the history that are no numbers")
                continue
            series = self.series.get(key)
            if series is None:
                series = self.series[key] = Series()
            series.add(step, math.nan if moment is None else moment, number)


def as_number(value: Any) -> float | None:
    """A number, also as W&B writes what JSON has not: `"NaN"`, `"Infinity"`."""
    if isinstance(value, int | float):
        return float(value)
    return _ODD.get(value) if isinstance(value, str) else None


def _leaves(row: dict[str, Any], before: str, levels: int = _DEEPEST) -> Iterator[tuple[str, Any]]:
    """Values by their keys; those of nested mappings with dots, as W&B shows them."""
    for key, value in row.items():
        if isinstance(value, dict) and "_type" not in value and levels:
            yield from _leaves(value, f"{before}{key}.", levels - 1)
        else:
            yield before + key, value


def _items(data: bytes, path: tuple[str, ...] = (), *, number: int = 1) -> dict[str, Any]:
    """The items of a record as a mapping; a nested key makes nested mappings."""
    found: dict[str, Any] = {}
    for item in messages(data, number):
        keys: list[str] = list(path)
        text = "null"
        for inner, value in fields(item):
            if inner in (1, 2) and value:
                keys.append(as_text(value))
            elif inner == 16:
                text = as_text(value)
        if not keys or len(keys) > _DEEPEST:
            raise WireError("an item has no key, or too many")
        target = found
        for key in keys[:-1]:
            inside = target.get(key)
            if not isinstance(inside, dict):
                inside = target[key] = {}
            target = inside
        target[keys[-1]] = _json(text)
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("a value is no JSON") from error


def _merge(known: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        inside = known.get(key)
        if isinstance(inside, dict) and isinstance(value, dict):
            _merge(inside, value)
        else:
            known[key] = value


def _moment(data: bytes) -> float | None:
    found: dict[int, Value] = dict(fields(data))
    return time_or_none(as_signed(found.get(1, 0)) + as_signed(found.get(2, 0)) / 1e9)
