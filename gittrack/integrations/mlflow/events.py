"""What MLflow's calls write: events of a run, from its metrics, parameters and tags."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from gittrack.canonical import Plain, emit
from gittrack.diff import same
from gittrack.integrations.mlflow.entities import SCHEDULED, STATUS
from gittrack.integrations.mlflow.failures import invalid
from gittrack.integrations.mlflow.params import texts
from gittrack.runs.events import RunState
from gittrack.runs.model import RUNNING, STATUSES
from gittrack.runs.texts import typed
from gittrack.tracking.shared_runs import Event

RUN_ID = re.compile(r"[0-9a-f]{20}")
"""Ids of runs; a parent that has another one is a tag and no more."""


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def metric_events(metrics: Iterable[Any]) -> list[Event]:
    """Values of one moment and step are one event, as long as each key comes once."""
    events: list[Event] = []
    place: tuple[int, int] | None = None
    for metric in metrics:
        moment, step = int(metric.timestamp) * 1000, int(metric.step or 0)
        if place != (moment, step) or metric.key in events[-1][3]:
            place = (moment, step)
            events.append(["metrics", moment, step, {}])
        events[-1][3][metric.key] = float(metric.value)
    return events


def param_events(state: RunState, params: Iterable[Any]) -> Iterator[Event]:
    """The parameters that are new.

    Raises:
        MlflowException: one was logged with another value.
    """
    wanted: dict[str | int, Plain] = {one.key: typed(one.value) for one in params}
    known = state.params if state.config is None else state.run().params
    new = {key: value for key, value in wanted.items() if key not in known}
    changed = [key for key in wanted if key in known and not same(known[key], wanted[key])]
    if changed:
        _refuse_changes(state.run_id, known, wanted, changed)
    if new:
        yield ["params", now(), emit(new).decode()]


def _refuse_changes(
    run_id: str,
    known: Mapping[str | int, Plain],
    wanted: Mapping[str | int, Plain],
    keys: Iterable[str | int],
) -> None:
    before, after = texts(known), texts(wanted)
    for key in keys:
        old, new = before.get(str(key)), after.get(str(key))
        if old != new:
            raise invalid(
                "Changing param values is not allowed. Param with"
                f" key='{key}' was already logged with value='{old}'"
                f" for run ID='{run_id}'. Attempted logging new value '{new}'."
            )


def tag_events(state: RunState, tags: Mapping[str, str | None]) -> Iterator[Event]:
    """Tags set or taken away; a run's name and its parent are what they say."""
    plain = dict(tags)
    name = plain.pop(MLFLOW_RUN_NAME, None)
    parent = plain.get(MLFLOW_PARENT_RUN_ID)
    parent = parent if parent and RUN_ID.fullmatch(parent) else None
    if parent:
        del plain[MLFLOW_PARENT_RUN_ID]
    if name or parent:
        yield start_event(state, name or state.name, parent or state.parent)
    if plain or name or parent:  # a start takes back the moment of the last record
        yield ["tags", now(), plain]


def start_event(state: RunState, name: str, parent: str | None) -> Event:
    """The run's start said once more, under another name or with another parent."""
    facts: dict[str, Any] = {"name": name, "number": state.number, "host": state.host}
    if state.user:
        facts["user"] = state.user
    if state.config is not None:
        facts["config"] = state.config.decode()
    if parent is not None:
        facts["parent"] = parent
    return ["start", state.started, facts]


def status_change(status: str, ended: int | None) -> Callable[[RunState], list[Event]]:
    """Ends a run, or says that it is one of those that wait or run.

    `ended` is in milliseconds since the epoch; now, if it is `None`.
    """

    def change(state: RunState) -> list[Event]:
        if status in STATUSES and status != RUNNING:
            return [["end", now() if ended is None else ended * 1000, status]]
        if (status == SCHEDULED) == (STATUS in state.tags):
            return []
        return [["tags", now(), {STATUS: status if status == SCHEDULED else None}]]

    return change
