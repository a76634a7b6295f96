"""MLflow's file store: `mlruns/<experiment>/<run>/` with params, metrics, tags, artifacts."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gittrack.artifacts import open_file
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
from gittrack.importers.mlflow.flat import flat_mapping
from gittrack.importers.reading import Folder
from gittrack.importers.series import Point, checked
from gittrack.importers.texts import digest
from gittrack.runs.records import RunRecord

_META = "meta.yaml"
_NOT_RUNS = {"datasets", "models", "tags", "traces", ".trash"}
_LONGEST_LINE = 1000


class FileStore:
    """A folder `mlruns` of MLflow's."""

    def __init__(self, request: Request) -> None:
        self._report = request.report
        self._folder = Folder(request.path, request.report)
        roots = [request.path, *([request.artifacts] if request.artifacts else [])]
        self._roots = tuple(roots)

    def experiments(self) -> Iterator[ForeignExperiment]:
        """The experiments that were not deleted."""
        for folder in self._folder.folders(self._folder.root):
            if not (folder / _META).is_file() or folder.name.startswith("."):
                continue
            try:
                meta = self._folder.mapping(folder / _META)
            except GittrackError as error:
                self._report.refuse(folder / _META, error)
                continue
            if meta.get("lifecycle_stage") == "deleted":
                self._report.leave("deleted experiments")
                continue
            yield self._experiment(folder, meta)

    def models(self) -> Iterator[ForeignModel]:
        """The registered models."""
        for folder in self._folder.folders(self._folder.root / "models"):
            try:
                yield self._model(folder)
            except (GittrackError, KeyError) as error:
                self._report.refuse(folder / _META, error)

    def close(self) -> None:
        """Nothing is open."""

    def _experiment(self, folder: Path, meta: dict[str | int, Any]) -> ForeignExperiment:
        tags = dict(self._texts(folder / "tags"))
        return ForeignExperiment(
            name=str(meta.get("name") or folder.name),
            count=_count(folder),
            runs=lambda: self._runs(folder),
            description=tags.pop("mlflow.note.content", ""),
            tags=tags,
        )

    def _runs(self, folder: Path) -> Iterator[ForeignRun]:
        logged = self._logged_models(folder)
        for run in self._folder.folders(folder):
            if run.name in _NOT_RUNS:
                continue
            if not (run / _META).is_file():
                self._report.refuse(run, "it has no meta.yaml: no run of MLflow's")
                continue
            try:
                meta = self._meta(run / _META)
            except GittrackError as error:
                self._report.refuse(run / _META, error)
                continue
            if meta.get("lifecycle_stage") == "deleted":
                self._report.leave("deleted runs")
                continue
            yield self._run(run, meta, logged)

    def _meta(self, file: Path) -> Mapping[str | int, Any]:
        flat: Any = flat_mapping(self._folder.text(file).replace("tags: []\n", ""))
        return self._folder.mapping(file) if flat is None else flat

    def _run(
        self, run: Path, meta: Mapping[str | int, Any], logged: dict[str, list[Path]]
    ) -> ForeignRun:
        foreign = run.name  # its id; in the file, 1e9 may be a number
        models = logged.get(foreign, [])
        return ForeignRun(
            label=str(run),
            foreign_id=foreign,
            run_id=run_id_of(foreign),
            state=digest([sorted(map(str, meta.items())), *_sizes(run), *models]),
            load=lambda: self._load(run, foreign, meta, models),
        )

    def _load(
        self, run: Path, foreign: str, meta: Mapping[str | int, Any], models: list[Path]
    ) -> RunRecord:
        info = Info(
            run_id=foreign,
            name=str(meta.get("run_name") or meta.get("name") or ""),
            status=status_name(meta.get("status")),
            start=_whole(meta.get("start_time")),
            end=_whole(meta.get("end_time")),
            user=str(meta.get("user_id") or ""),
            datasets=tuple(self._datasets(run)),
        )
        parts = Parts(
            params=dict(self._texts(run / "params")),
            tags=dict(self._texts(run / "tags")),
            metrics={
                key: checked(self._points(file), str(file), self._report)
                for key, file in self._folder.files(run / "metrics", deep=True)
            },
            artifacts=self._artifacts(run, str(meta.get("artifact_uri") or "")),
        )
        for model in models:
            named = self._folder.artifacts(model / "artifacts")
            parts.artifacts += [(f"models/{model.name}/{name}", file) for name, file in named]
        return record_of(info, parts)

    def _texts(self, folder: Path) -> Iterator[tuple[str, str]]:
        """Parameters or tags: each a file whose text is the value."""
        for key, file in self._folder.files(folder, deep=True):
            try:
                yield key, self._folder.text(file)
            except GittrackError as error:
                self._report.refuse(file, error)

    def _points(self, file: Path) -> Iterator[Point]:
        """A metric's lines: milliseconds, value, step; a line that is none is told."""
        try:
            source = open_file(file)
        except GittrackError as error:
            self._report.refuse(file, error)
            return
        with source:
            number = 0
            while line := source.readline(_LONGEST_LINE):
                number += 1
                parts = line.split()
                try:
                    step = int(parts[2]) if len(parts) > 2 else None
                    yield step, int(parts[0]) / 1000, float(parts[1])
                except (ValueError, IndexError, OverflowError):
                    self._report.refuse(f"{file}:{number}", "not a line 'time value step'")
                    if len(line) == _LONGEST_LINE:
                        return  # no text at all

    def _artifacts(self, run: Path, uri: str) -> list[tuple[str, Path]]:
        own = run / "artifacts"
        if not own.is_dir() and uri:
            try:
                found = artifact_folder(uri, run.name, self._roots)
            except SourceError as error:
                self._report.refuse(run, error)
                return []
            own = found or own
            if found is not None and not found.resolve().is_relative_to(
                self._folder.root.resolve()
            ):
                return Folder(found, self._report).artifacts(found)
        return self._folder.artifacts(own)

    def _datasets(self, run: Path) -> Iterator[dict[str, Any]]:
        for one in self._folder.folders(run / "inputs"):
            try:
                meta = self._folder.mapping(one / _META)
                if meta.get("source_type") != "DATASET":
                    continue
                name = str(meta.get("source_id"))
                if "/" in name or name in ("", ".", ".."):
                    raise SourceError("no dataset has such an id", file=str(one / _META))
                facts = self._folder.mapping(run.parent / "datasets" / name / _META)
            except GittrackError as error:
                self._report.refuse(one / _META, error)
                continue
            named = ("name", "digest", "source_type", "source", "schema", "profile")
            tags = meta.get("tags")
            yield {key: facts.get(key) for key in named} | {
                "tags": tags if isinstance(tags, dict) else {}
            }

    def _logged_models(self, folder: Path) -> dict[str, list[Path]]:
        """The models that runs of an experiment logged (MLflow 3), by the run's id."""
        found: dict[str, list[Path]] = {}
        for model in self._folder.folders(folder / "models"):
            try:
                meta = self._folder.mapping(model / _META)
            except GittrackError as error:
                self._report.refuse(model / _META, error)
                continue
            found.setdefault(str(meta.get("source_run_id")), []).append(model)
        return found

    def _model(self, folder: Path) -> ForeignModel:
        meta = self._folder.mapping(folder / _META)
        aliases = meta.get("aliases")
        listed: list[Any] = list(aliases.items()) if isinstance(aliases, dict) else []
        if not listed:
            listed = [(name, text.strip()) for name, text in self._texts(folder / "aliases")]
        versions = []
        for one in self._folder.folders(folder):
            if one.name.startswith("version-"):
                facts: Any = self._folder.mapping(one / _META)
                named = [str(k) for k, v in listed if str(v) == str(facts.get("version"))]
                tags = dict(self._texts(one / "tags"))
                versions.append(version_of(facts, tags, tuple(named)))
        return ForeignModel(
            name=str(meta.get("name") or folder.name),
            description=str(meta.get("description") or ""),
            tags=dict(self._texts(folder / "tags")),
            versions=tuple(sorted(versions, key=lambda version: version.number)),
        )


def _count(folder: Path) -> int:
    with os.scandir(folder) as entries:
        return sum(1 for entry in entries if entry.name not in _NOT_RUNS and entry.is_dir())


def _sizes(run: Path) -> Iterator[str]:
    """What tells that a run has grown, without reading it: its files' sizes, and the tags."""
    for name in ("metrics", "params", "tags", "artifacts", "inputs"):
        for top, folders, files in os.walk(run / name):
            folders.sort()
            for file in sorted(files):
                path = os.path.join(top, file)  # noqa: PTH118 - many of them
                try:
                    status = os.lstat(path)
                    yield f"{file} {status.st_size}"
                    # Other values may have the same size; what is logged only grows.
                    if name == "tags" and stat.S_ISREG(status.st_mode):
                        with open(path, "rb") as content:  # noqa: PTH123 - many of them
                            yield repr(content.read(1000))
                except OSError:
                    continue


def _whole(value: object) -> int | None:
    return value if type(value) is int else None
