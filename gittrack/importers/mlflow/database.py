"""MLflow's SQLite database, read by SQL; nothing is written to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gittrack.errors import GittrackError, SourceError
from gittrack.importers.foreign import ForeignExperiment, ForeignModel, ForeignRun, Request
from gittrack.importers.mlflow.facts import (
    Info,
    Parts,
    artifact_folder,
    record_of,
    run_id_of,
    status_name,
    version_of,
)
from gittrack.importers.reading import Folder
from gittrack.importers.series import Point, checked
from gittrack.importers.texts import digest
from gittrack.runs.records import RunRecord

Row = dict[str, Any]

_LONGEST = 64 << 20
"""Bytes of one value; a longer one is refused by SQLite."""


class Database:
    """A tracking database of MLflow's, of version 1 to 3."""

    def __init__(self, request: Request) -> None:
        self._report = request.report
        self._path = request.path
        self._db = _open(request.path)
        self._tables = {row["name"] for row in self._rows(_NAMES)}
        self._check()
        roots = [request.path.parent, *([request.artifacts] if request.artifacts else [])]
        self._roots = tuple(roots)

    def experiments(self) -> Iterator[ForeignExperiment]:
        """The experiments that were not deleted."""
        for row in self._rows("SELECT * FROM experiments ORDER BY experiment_id"):
            if row.get("lifecycle_stage") == "deleted":
                self._report.leave("deleted experiments")
                continue
            yield self._experiment(row["experiment_id"], str(row["name"]))

    def models(self) -> Iterator[ForeignModel]:
        """The registered models."""
        if "model_versions" not in self._tables:
            return
        for row in self._rows("SELECT * FROM registered_models ORDER BY name"):
            try:
                yield self._model(row)
            except SourceError as error:
                self._report.refuse(f"model {str(row['name'])[:200]}", error)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _rows(self, query: str, *values: object) -> Iterator[Row]:
        try:
            cursor = self._db.execute(query, values)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except (sqlite3.Error, OverflowError) as error:
            raise SourceError(f"it cannot be read: {error}", file=str(self._path)) from error

    def _check(self) -> None:
        missing = {"experiments", "runs", "metrics", "params", "tags"} - self._tables
        if missing:
            raise SourceError(
                f"it is no database of MLflow's: it has no table {min(missing)}",
                file=str(self._path),
            )

    def _experiment(self, experiment: Any, name: str) -> ForeignExperiment:
        tags = self._pairs("experiment_tags", "experiment_id = ?", experiment)
        count = next(
            self._rows("SELECT count(*) AS n FROM runs WHERE experiment_id = ?", experiment)
        )
        return ForeignExperiment(
            name=name,
            count=count["n"],
            runs=lambda: self._runs(experiment),
            description=tags.pop("mlflow.note.content", ""),
            tags=tags,
        )

    def _runs(self, experiment: Any) -> Iterator[ForeignRun]:
        for row in self._rows(
            "SELECT * FROM runs WHERE experiment_id = ? ORDER BY start_time, run_uuid", experiment
        ):
            if row.get("lifecycle_stage") == "deleted":
                self._report.leave("deleted runs")
                continue
            foreign = str(row["run_uuid"])
            yield ForeignRun(
                label=f"{self._path}: run {foreign}",
                foreign_id=foreign,
                run_id=run_id_of(foreign),
                state=self._state(row, foreign),
                load=lambda row=row, foreign=foreign: self._load(row, foreign),  # type: ignore[misc]
            )

    def _state(self, row: Row, foreign: str) -> str:
        """By index alone: how many values, and of what size the texts are."""
        counts = [
            tuple(next(self._rows(query, foreign)).values())
            for query in (
                "SELECT count(*), max(timestamp) FROM metrics WHERE run_uuid = ?",
                "SELECT count(*) FROM params WHERE run_uuid = ?",
                "SELECT count(*), total(length(key)), group_concat(value) FROM tags"
                " WHERE run_uuid = ?",
            )
        ]
        return digest([sorted((key, str(value)) for key, value in row.items()), counts])

    def _load(self, row: Row, foreign: str) -> RunRecord:
        info = Info(
            run_id=foreign,
            name=str(row.get("name") or ""),
            status=status_name(row.get("status")),
            start=_whole(row.get("start_time")),
            end=_whole(row.get("end_time")),
            user=str(row.get("user_id") or ""),
            datasets=tuple(self._datasets(foreign)),
        )
        keys = self._rows("SELECT DISTINCT key FROM metrics WHERE run_uuid = ?", foreign)
        parts = Parts(
            params=self._pairs("params", "run_uuid = ?", foreign),
            tags=self._pairs("tags", "run_uuid = ?", foreign),
            metrics={
                str(one["key"]): checked(
                    self._points(foreign, one["key"]),
                    f"{self._path}: run {foreign}: metric {one['key']}",
                    self._report,
                )
                for one in list(keys)
            },
            artifacts=self._artifacts(foreign, foreign, str(row.get("artifact_uri") or "")),
        )
        for model, uri in self._logged_models(foreign):
            parts.artifacts += self._artifacts(foreign, model, uri, f"models/{model}/")
        return record_of(info, parts)

    def _points(self, foreign: str, key: Any) -> Iterator[Point]:
        query = (
            "SELECT step, timestamp, value, is_nan FROM metrics"
            " WHERE run_uuid = ? AND key = ? ORDER BY timestamp, step"
        )
        for row in self._rows(query, foreign, key):
            try:
                value = float("nan") if row["is_nan"] else float(row["value"])
                time = None if row["timestamp"] is None else int(row["timestamp"]) / 1000
                # MLflow cannot store infinity: it writes the greatest float instead.
                yield int(row["step"] or 0), time, _infinite(value)
            except (TypeError, ValueError, OverflowError):
                self._report.refuse(
                    f"{self._path}: run {foreign}", f"{key!r} has a value that is no number"
                )

    def _pairs(self, table: str, condition: str, *values: object) -> dict[str, str]:
        if table not in self._tables:
            return {}
        query = f"SELECT key, value FROM {table} WHERE {condition} ORDER BY key"  # noqa: S608 - own
        return {str(row["key"]): str(row["value"] or "") for row in self._rows(query, *values)}

    def _artifacts(
        self, foreign: str, owner: str, uri: str, before: str = ""
    ) -> list[tuple[str, Path]]:
        try:
            found = artifact_folder(uri, owner, self._roots) if uri else None
        except SourceError as error:
            self._report.refuse(f"{self._path}: run {foreign}", error)
            return []
        if found is None:
            return []
        return [(before + n, file) for n, file in Folder(found, self._report).artifacts(found)]

    def _logged_models(self, foreign: str) -> list[tuple[str, str]]:
        """The models that a run logged (MLflow 3): their ids, and where they lie."""
        if "logged_models" not in self._tables:
            return []
        rows = self._rows(
            "SELECT model_id, artifact_location FROM logged_models WHERE source_run_id = ?", foreign
        )
        return [(str(row["model_id"]), str(row["artifact_location"])) for row in rows]

    def _datasets(self, foreign: str) -> Iterator[Row]:
        if not {"inputs", "datasets"} <= self._tables:
            return
        for row in self._rows(_DATASETS, foreign):
            tags = {}
            if "input_tags" in self._tables:
                named = self._rows(
                    "SELECT name, value FROM input_tags WHERE input_uuid = ?", row["input_uuid"]
                )
                tags = {str(one["name"]): str(one["value"]) for one in named}
            del row["input_uuid"]
            yield row | {"tags": tags}

    def _model(self, row: Row) -> ForeignModel:
        name = row["name"]
        found = list(self._rows("SELECT * FROM model_versions WHERE name = ?", name))
        aliases: list[Row] = []
        if "registered_model_aliases" in self._tables:
            aliases = list(
                self._rows("SELECT * FROM registered_model_aliases WHERE name = ?", name)
            )
        versions = [
            version_of(
                one,
                self._pairs("model_version_tags", "name = ? AND version = ?", name, one["version"]),
                tuple(str(a["alias"]) for a in aliases if str(a["version"]) == str(one["version"])),
            )
            for one in found
            if one.get("current_stage") != "Deleted_Internal"
        ]
        return ForeignModel(
            name=str(name),
            description=str(row.get("description") or ""),
            tags=self._pairs("registered_model_tags", "name = ?", name),
            versions=tuple(sorted(versions, key=lambda version: version.number)),
        )


def tables(path: Path) -> set[str]:
    """The tables of a database; none of what is no database."""
    try:
        database = _open(path)
    except GittrackError:
        return set()
    try:
        return {name for (name,) in database.execute(_NAMES)}
    except sqlite3.Error:
        return set()
    finally:
        database.close()


_NAMES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_DATASETS = """
SELECT i.input_uuid, d.name, d.digest, d.dataset_source_type AS source_type,
  d.dataset_source AS source, d.dataset_schema AS schema, d.dataset_profile AS profile
FROM inputs AS i JOIN datasets AS d ON d.dataset_uuid = i.source_id
WHERE i.destination_id = ? AND i.source_type = 'DATASET' ORDER BY d.name, d.digest
"""


def _open(path: Path) -> sqlite3.Connection:
    """The database, to be read only; another program may be writing to it."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if head != b"SQLite format 3\0":
            raise SourceError("it is no SQLite database", file=str(path))
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        database.execute("PRAGMA trusted_schema = OFF")
    except (OSError, sqlite3.Error) as error:
        raise SourceError(f"it cannot be opened: {error}", file=str(path)) from error
    return database


def _infinite(value: float) -> float:
    if abs(value) == 1.7976931348623157e308:
        return float("inf") if value > 0 else float("-inf")
    return value


def _whole(value: object) -> int | None:
    return value if type(value) is int else None
