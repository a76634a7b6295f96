"""Runs written straight into the tables of the index, for tests of what queries make of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gittrack.canonical import Plain
from gittrack.index.run_guard import prepare
from gittrack.index.run_schema import INDEXES, LIST, TABLES
from gittrack.index.schema import BOOLEAN, EMPTY, FLOAT, INTEGER, NULL, STRING

Points = Sequence[tuple[int | None, float]]
Scalar = None | bool | int | float | str

_KINDS = {type(None): NULL, bool: BOOLEAN, int: INTEGER, float: FLOAT, str: STRING}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run as the index has it; times in microseconds, metrics as points in order of step."""

    id: str
    name: str = ""
    experiment: str = "e"
    status: str = "FINISHED"
    started: int = 0
    ended: int | None = None
    number: int = 1
    trial: int | None = None
    config: str | None = None
    parent: str | None = None
    head: str | None = None
    branch: str | None = None
    host: str | None = None
    user: str | None = None
    notes: str | None = None
    params: Mapping[str, Plain] = field(default_factory=dict)
    metrics: Mapping[str, Points] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    validations: Mapping[str, tuple[bool, int, Mapping[str, float]]] = field(default_factory=dict)
    artifacts: Sequence[str] = ()
    models: Sequence[str] = ()


def filled(runs: Sequence[Recorded]) -> sqlite3.Connection:
    """A database in memory that holds the runs, ready for planned queries."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES + INDEXES)
    for number, run in enumerate(runs, start=1):
        _insert_run(connection, number, run)
    prepare(connection, _history(connection, runs))
    return connection


def _history(
    connection: sqlite3.Connection, runs: Sequence[Recorded]
) -> Callable[[int, int, int], float | None]:
    def metric_at(number: int, key: int, step: int) -> float | None:
        (name,) = connection.execute("SELECT name FROM run_key WHERE n = ?", (key,)).fetchone()
        return value_at(runs[number - 1].metrics[name], step)

    return metric_at


def value_at(points: Points, step: int) -> float | None:
    """The last value at the step; a missing step is step 0."""
    found = [value for at, value in points if (at or 0) == step]
    return found[-1] if found else None


def _key(connection: sqlite3.Connection, kind: str, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO run_key (kind, name) VALUES (?, ?)", (kind, name))
    row = connection.execute("SELECT n FROM run_key WHERE kind = ? AND name = ?", (kind, name))
    number: int = row.fetchone()[0]
    return number


def _insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    marks = ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
    )


def _insert_run(connection: sqlite3.Connection, number: int, run: Recorded) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO experiment (ref, slug, name) VALUES (?, ?, ?)",
        (run.experiment, run.experiment.lower(), run.experiment),
    )
    (experiment,) = connection.execute(
        "SELECT n FROM experiment WHERE name = ?", (run.experiment,)
    ).fetchone()
    columns = ("id", "name", "status", "started", "ended", "number", "trial", "config", "parent")
    columns += ("head", "branch", "host", "user", "notes")
    facts = {column: getattr(run, column) for column in columns}
    _insert(connection, "run", n=number, experiment=experiment, **facts)
    for name, points in run.metrics.items():
        _insert_metric(connection, number, _key(connection, "metric", name), points)
    for name, value in run.params.items():
        _insert_param(connection, number, name, value, "")
    for name, text in run.tags.items():
        key = _key(connection, "tag", name)
        _insert(connection, "run_tag", run=number, key=key, value=text)
    for name, (passed, violations, metrics) in run.validations.items():
        key = _key(connection, "validation", name)
        facts = {"passed": passed, "violations": violations, "metrics": json.dumps(dict(metrics))}
        _insert(connection, "run_validation", run=number, key=key, **facts)
    for path in run.artifacts:
        _insert(connection, "run_artifact", run=number, path=path, size=1, sha256="", store="git")
    for version, model in enumerate(run.models, start=1):
        _insert(connection, "run_model", ref=model, run_id=run.id, model=model, version=version)


def _insert_metric(connection: sqlite3.Connection, number: int, key: int, points: Points) -> None:
    step, last = points[-1]
    _insert(connection, "run_metric", run=number, key=key, value=last, step=step)
    if len(points) > 1:
        facts = {name: statistic(points, name) for name in ("first", "min", "max", "mean")}
        _insert(connection, "run_series", run=number, key=key, count=len(points), **facts)


def statistic(points: Points, name: str) -> float:
    """A number over the points as summaries have it: NaN left out of all but first and last."""
    numbers = [value for _, value in points if value == value]
    if name == "count":
        return len(points)
    if name in ("first", "last"):
        return points[0 if name == "first" else -1][1]
    if not numbers:
        return float("nan")
    return {"min": min(numbers), "max": max(numbers), "mean": sum(numbers) / len(numbers)}[name]


def _insert_param(
    connection: sqlite3.Connection, number: int, name: str, value: Plain, place: str
) -> None:
    if isinstance(value, list):
        for position, element in enumerate(value):
            inner = f"{place},{position}" if place else str(position)
            _insert_param(connection, number, f"{name}[]", element, inner)
        kind, stored = (LIST, json.dumps(value)) if value else (EMPTY, "[]")
    else:
        kind, stored = _KINDS[type(value)], value  # type: ignore[assignment, index]
        if kind == INTEGER and abs(value) >= 2**63:  # type: ignore[arg-type]
            stored = float(value)  # type: ignore[arg-type, assignment]
    key = _key(connection, "param", name)
    _insert(connection, "run_param", run=number, key=key, place=place, kind=kind, value=stored)
