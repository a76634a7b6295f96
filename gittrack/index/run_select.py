"""Reading the index of runs: rows become runs again, many at once."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gittrack.canonical import Plain
from gittrack.ids import ConfigId
from gittrack.index.run_ingest import NOTES_END
from gittrack.index.run_schema import BOOLEAN, EMPTY, FLOAT, LIST
from gittrack.runs.codec import moment_of
from gittrack.runs.model import Artifact, CodeVersion, MetricSummary, Run, Validation
from gittrack.runs.plain_json import restored

_AT_ONCE = 500
_RUN = (
    "SELECT r.n, r.id, r.name, e.slug, e.name, r.status, r.started, r.ended, r.config, r.parent,"
    " r.number, r.trial, r.head, r.branch, r.code, c.tree, c.remote, c.dirty, r.host, r.user,"
    " r.notes, r.detail FROM run r JOIN experiment e ON e.n = r.experiment"
    " LEFT JOIN code c ON c.commit_id = r.code"
    " WHERE r.n IN (SELECT value FROM json_each(?))"
)
_THESE = "run IN (SELECT value FROM json_each(?))"
_METRICS = (
    "SELECT m.run, k.name, m.value, m.step, m.objective, s.count, s.first, s.min, s.min_step,"
    " s.max, s.max_step, s.mean FROM run_metric m JOIN run_key k ON k.n = m.key"
    " LEFT JOIN run_series s ON s.run = m.run AND s.key = m.key"
    f" WHERE m.{_THESE} ORDER BY m.run, k.name"
)
_PARAMS = (
    "SELECT p.run, k.name, p.kind, p.value FROM run_param p JOIN run_key k ON k.n = p.key"
    f" WHERE p.{_THESE} AND p.place = '' ORDER BY p.run, k.name"
)
_TAGS = (
    "SELECT t.run, k.name, t.value FROM run_tag t JOIN run_key k ON k.n = t.key"
    f" WHERE t.{_THESE} ORDER BY t.run, k.name"
)
_VALIDATIONS = (
    "SELECT v.run, k.name, v.passed, v.violations, v.metrics FROM run_validation v"
    f" JOIN run_key k ON k.n = v.key WHERE v.{_THESE} ORDER BY v.run, k.name"
)
_ARTIFACTS = f"SELECT run, path, size, sha256, store, type FROM run_artifact WHERE {_THESE}"


def read_runs(connection: sqlite3.Connection, numbers: Iterable[int]) -> Iterator[Run]:
    """The runs of those rows, in that order."""
    waiting = list(numbers)
    for start in range(0, len(waiting), _AT_ONCE):
        group = waiting[start : start + _AT_ONCE]
        found = _read(connection, group)
        yield from (found[number] for number in group if number in found)


def _read(connection: sqlite3.Connection, group: Sequence[int]) -> dict[int, Run]:
    these = (json.dumps(group),)
    params: dict[int, dict[str | int, Any]] = {}
    for run, name, kind, value in connection.execute(_PARAMS, these):
        params.setdefault(run, {})[name] = _plain(kind, value)
    summaries: dict[int, dict[str, MetricSummary]] = {}
    performance: dict[int, dict[str, float]] = {}
    for run, name, last, step, objective, *series in connection.execute(_METRICS, these):
        if objective == 1:
            performance.setdefault(run, {})[name] = _float(last)
        else:
            summaries.setdefault(run, {})[name] = _summary(last, step, series)
    tags: dict[int, dict[str, str]] = {}
    for run, name, text in connection.execute(_TAGS, these):
        tags.setdefault(run, {})[name] = text
    validations: dict[int, list[Validation]] = {}
    for run, name, passed, violations, metrics in connection.execute(_VALIDATIONS, these):
        facts = json.loads(metrics) if metrics else {}
        validations.setdefault(run, []).append(Validation(name, bool(passed), violations, facts))
    artifacts: dict[int, list[Artifact]] = {}
    for run, *facts in connection.execute(_ARTIFACTS, these):
        artifacts.setdefault(run, []).append(Artifact(*facts))
    return {
        row[0]: _run(
            row,
            params.get(row[0], {}),
            summaries.get(row[0], {}),
            performance.get(row[0], {}),
            tags.get(row[0], {}),
            validations.get(row[0], []),
            artifacts.get(row[0], []),
        )
        for row in connection.execute(_RUN, these)
    }


def _run(
    row: Sequence[Any],
    params: dict[str | int, Plain],
    summaries: dict[str, MetricSummary],
    performance: dict[str, float],
    tags: dict[str, str],
    validations: list[Validation],
    artifacts: list[Artifact],
) -> Run:
    (_, run_id, name, experiment_id, experiment_name, status, started, ended, config, parent) = row[
        :10
    ]
    number, trial, head, branch, code, tree, remote, dirty, host, user, notes, detail = row[10:]
    more: dict[str, Any] = json.loads(detail) if detail else {}
    if "validations" in more:
        validations = [Validation(*facts) for facts in more["validations"]]
    if "plain" in more:
        params = more["plain"]
    elif "params" in more:
        params = restored(more["params"])
    remarks = more.get("notes") or (notes.split(NOTES_END) if notes else ())
    version = None
    if code is not None or head is not None:
        version = CodeVersion(code, tree, head, branch, remote, bool(dirty))
    return Run(
        run_id=run_id,
        run_name=name,
        experiment_id=experiment_id,
        experiment_name=experiment_name,
        status=status,
        start_time=moment_of(started),
        end_time=None if ended is None else moment_of(ended),
        params=params,
        metrics={key: summary.last for key, summary in summaries.items()},
        summaries=summaries,
        tags=tags,
        artifacts=tuple(artifacts),
        validations=tuple(validations),
        config_id=None if config is None else ConfigId(config),
        code_version=version,
        parent_run_id=parent,
        number=number,
        notes=tuple(remarks),
        trial_number=trial,
        performance=performance | more.get("performance", {}),
        details=restored(more["details"]) if "details" in more else {},
        host=host or "",
        user=more.get("user", "" if "mlflow.user" in tags else user or ""),
    )


def _plain(kind: int, value: Any) -> Plain:
    if kind == BOOLEAN:
        return bool(value)
    if kind == FLOAT:
        return _float(value)
    if kind in (LIST, EMPTY):
        plain: Plain = json.loads(value)
        return plain
    return value  # type: ignore[no-any-return]


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _summary(last: float | None, step: int | None, series: Sequence[Any]) -> MetricSummary:
    value = _float(last)
    count, first, low, low_step, high, high_step, mean = series
    if count is None:
        return MetricSummary(1, value, step, value, value, step, value, step, value)
    return MetricSummary(
        count,
        value,
        step,
        _float(first),
        _float(low),
        low_step,
        _float(high),
        high_step,
        _float(mean),
    )
