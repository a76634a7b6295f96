"""Runs into the index's tables: what is known of a run becomes rows, written many at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from gittrack.canonical import Plain
from gittrack.index.leaves import float_or_infinite
from gittrack.index.run_schema import BOOLEAN, EMPTY, FLOAT, INTEGER, LIST, NULL, STRING
from gittrack.runs.model import CodeVersion, MetricSummary, Run
from gittrack.runs.plain_json import kept
from gittrack.store.experiments import experiment_ref

NOTES_END = "\x1e"
"""What stands between the remarks of a run in `run.notes`."""

MAX_ROWS = 10_000
"""Parameters of one run that are searchable."""

_AT_ONCE = 2_000  # runs
_LARGEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: dict[type, int] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: INTEGER,
    float: FLOAT,
    str: STRING,
}
_OWNED = ("run_metric", "run_series", "run_param", "run_tag", "run_validation", "run_artifact")

Row = tuple[Any, ...]


class RunIngest:
    """Takes runs in; `write` writes what was gathered."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        (last,) = connection.execute("SELECT coalesce(max(n), 0) FROM run").fetchone()
        self._last: int = last
        self._was_empty = last == 0
        self._keys: dict[tuple[str, str], int] = {
            (kind, name): n
            for n, kind, name in connection.execute("SELECT n, kind, name FROM run_key")
        }
        self._new_keys: list[Row] = []
        self._numbers: dict[str, int] = {}
        self._experiments: dict[str, int] = {}
        self.know_experiments()
        self._codes: set[str] = set()
        self._fits_json = True
        """Whether the parameters at hand have texts alone as keys, as JSON has."""
        self._runs: list[Row] = []
        self._rows: dict[str, list[Row]] = {table: [] for table in _OWNED}
        self._code_rows: list[Row] = []

    def know_experiments(self) -> None:
        """Look again which experiments there are."""
        self._experiments = dict(self._db.execute("SELECT slug, n FROM experiment"))

    def add(self, run: Run, *, place: str | None = None, journal: str | None = None) -> None:
        """Take a run in, in the place of what was known of it."""
        number = self._number(run.run_id)
        config = self._params(number, run)
        self._metrics(number, run)
        for key, text in run.tags.items():
            self._rows["run_tag"].append((number, self._key("tag", key), text))
        validations = self._validations(number, run)
        self._rows["run_artifact"].extend(
            (number, a.path, bounded(a.size), a.artifact_type, a.sha256, a.store)
            for a in run.artifacts
        )
        detail = config | validations | self._both(run)
        if run.details:
            detail["details"] = kept(run.details)
        if run.user and "mlflow.user" in run.tags:  # the column has the tag's
            detail["user"] = run.user
        if any(NOTES_END in note for note in run.notes):
            detail["notes"] = run.notes
        code = run.code_version
        self._runs.append(
            (
                number,
                run.run_id,
                self._experiment(run),
                run.run_name,
                bounded(run.number),
                bounded(run.trial_number),
                run.status,
                microseconds(run.start_time),
                None if run.end_time is None else microseconds(run.end_time),
                run.config_id,
                run.parent_run_id,
                None if code is None else code.head,
                None if code is None else code.branch,
                self._code(code),
                run.host or None,
                run.tags.get("mlflow.user") or run.user or None,
                NOTES_END.join(run.notes) if run.notes else None,
                place,
                journal,
                json.dumps(detail) if detail else None,
            )
        )
        if len(self._runs) >= _AT_ONCE:
            self.write()

    def remove(self, run_id: str) -> None:
        """Forget a run."""
        self.write()
        row = self._db.execute("SELECT n FROM run WHERE id = ?", (run_id,)).fetchone()
        if row is not None:
            self._clear(row[0])
            self._db.execute("DELETE FROM run WHERE n = ?", row)
            self._numbers.pop(run_id, None)

    def write(self) -> None:
        """Write what was gathered."""
        many = self._db.executemany
        many("INSERT INTO run_key VALUES (?, ?, ?)", self._new_keys)
        many("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?)", self._code_rows)
        many(f"INSERT OR REPLACE INTO run VALUES ({_marks(20)})", self._runs)
        for table, rows in self._rows.items():
            if rows:
                many(f"INSERT OR REPLACE INTO {table} VALUES ({_marks(len(rows[0]))})", rows)
                rows.clear()
        for waiting in (self._new_keys, self._code_rows, self._runs):
            waiting.clear()

    def _number(self, run_id: str) -> int:
        """The run's number, with all that was known of it cleared away."""
        if run_id in self._numbers:
            self.write()  # the same run twice: the later one counts
        elif self._was_empty:
            self._last += 1
            self._numbers[run_id] = self._last
            return self._last
        row = self._db.execute("SELECT n FROM run WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            self._last += 1
            self._numbers[run_id] = self._last
            return self._last
        self._clear(row[0])
        number: int = row[0]
        self._numbers[run_id] = number
        return number

    def _clear(self, number: int) -> None:
        for table in _OWNED:
            self._db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))

    def _key(self, kind: str, name: str) -> int:
        number = self._keys.get((kind, name))
        if number is None:
            number = self._keys[kind, name] = len(self._keys) + 1
            self._new_keys.append((number, kind, name))
        return number

    def _experiment(self, run: Run) -> int:
        number = self._experiments.get(run.experiment_id)
        if number is None:  # it has no ref yet
            number = self._experiments[run.experiment_id] = self._db.execute(
                "INSERT INTO experiment (ref, slug, name) VALUES (?, ?, ?) RETURNING n",
                (experiment_ref(run.experiment_id), run.experiment_id, run.experiment_name),
            ).fetchone()[0]
        return number

    def _code(self, code: CodeVersion | None) -> str | None:
        if code is None or code.commit is None:
            return None
        if code.commit not in self._codes:
            self._codes.add(code.commit)
            self._code_rows.append((code.commit, code.tree, code.remote, code.dirty))
        return code.commit

    def _params(self, number: int, run: Run) -> dict[str, Any]:
        rows = self._rows["run_param"]
        simple, self._fits_json = True, True
        keys = self._keys
        for name, value in run.params.items():
            kind = _KINDS.get(type(value))
            if kind is None or type(name) is not str:
                self._fits_json &= type(name) is str
                simple = _is_plain_list(value) and type(name) is str and simple
                self._nested(rows, number, str(name), value, "")
                continue
            if kind == INTEGER and not -_LARGEST <= value <= _LARGEST:  # type: ignore[operator]
                simple, value = False, float_or_infinite(value)  # type: ignore[arg-type]
            key = keys.get(("param", name)) or self._key("param", name)
            rows.append((number, key, "", kind, value))
        if simple:
            return {}
        return {"plain": run.params} if self._fits_json else {"params": kept(run.params)}

    def _nested(self, rows: list[Row], number: int, path: str, value: Plain, place: str) -> None:
        kind = _KINDS.get(type(value))
        if kind is not None:
            if kind == INTEGER and not -_LARGEST <= value <= _LARGEST:  # type: ignore[operator]
                value = float_or_infinite(value)  # type: ignore[arg-type]
            rows.append((number, self._key("param", path), place, kind, value))
        elif isinstance(value, dict):
            if not value:
                rows.append((number, self._key("param", path), place, EMPTY, "{}"))
            for name, inner in value.items():
                self._fits_json &= type(name) is str
                self._nested(rows, number, f"{path}.{name}", inner, place)
        elif isinstance(value, list):
            if not value:
                rows.append((number, self._key("param", path), place, EMPTY, "[]"))
            elif _is_plain_list(value):
                rows.append((number, self._key("param", path), place, LIST, json.dumps(value)))
            start = f"{place}," if place else ""
            self._fits_json &= len(value) <= MAX_ROWS  # nobody looks at what is beyond
            for position, inner in enumerate(value[:MAX_ROWS]):
                self._nested(rows, number, f"{path}[]", inner, f"{start}{position}")

    def _metrics(self, number: int, run: Run) -> None:
        metrics, series = self._rows["run_metric"], self._rows["run_series"]
        for name, summary in run.summaries.items():
            key = self._key("metric", name)
            # 2: an objective value has the same name, and is kept beside (`_both`)
            both = 2 if name in run.performance else None
            metrics.append((number, key, summary.last, bounded(summary.last_step), both))
            if summary.count > 1:
                series.append((number, key, *_series(summary)))
        for name, value in run.performance.items():
            if name not in run.summaries:
                metrics.append((number, self._key("metric", name), value, None, 1))

    def _both(self, run: Run) -> dict[str, Any]:
        """Objective values whose names metrics have, too."""
        both = {name: run.performance[name] for name in run.performance if name in run.summaries}
        return {"performance": both} if both else {}

    def _validations(self, number: int, run: Run) -> dict[str, Any]:
        for one in run.validations:
            self._rows["run_validation"].append(
                (
                    number,
                    self._key("validation", one.name),
                    one.passed,
                    bounded(one.num_violations),
                    json.dumps(dict(one.metrics)) if one.metrics else None,
                )
            )
        if len({one.name for one in run.validations}) == len(run.validations):
            return {}
        return {
            "validations": [
                [v.name, v.passed, v.num_violations, dict(v.metrics)] for v in run.validations
            ]
        }


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch."""
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _series(summary: MetricSummary) -> Iterable[Any]:
    return (
        bounded(summary.count),
        summary.first,
        summary.min,
        bounded(summary.min_step),
        summary.max,
        bounded(summary.max_step),
        summary.mean,
    )


def bounded(number: int | None) -> int | None:
    """The number, or the nearest one that SQLite takes: a record may say any."""
    if number is None or -_LARGEST <= number <= _LARGEST:
        return number
    return _LARGEST if number > 0 else -_LARGEST


def _is_plain_list(value: object) -> bool:
    return isinstance(value, list) and all(type(element) in _KINDS for element in value)


def _marks(count: int) -> str:
    return ", ".join("?" * count)
