"""DVC: the experiments of a git repository, or a folder that DVCLive wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gittrack.errors import GittrackError, SourceError
from gittrack.importers.dvc_files import METRICS, PARAMS, history, history_key, metric_values
from gittrack.importers.dvc_repository import Experiments, experiment_refs
from gittrack.importers.foreign import (
    ForeignExperiment,
    ForeignModel,
    ForeignRun,
    Request,
    Source,
)
from gittrack.importers.reading import Folder
from gittrack.importers.series import Point
from gittrack.importers.texts import digest
from gittrack.runs.records import RunRecord, derived_run_id

_NOT_ARTIFACTS = {METRICS, PARAMS, ".gitignore", "report.html", "dvc.yaml"}


def recognise(path: Path) -> bool:
    """Whether it is a repository with DVC's experiments, or a folder of DVCLive's."""
    return _is_live(path) or ((path / ".dvc").is_dir() and bool(experiment_refs(path)))


def open_source(request: Request) -> Source:
    """Open it.

    Raises:
        SourceError: it is neither.
    """
    if _is_live(request.path):
        return Live(request)
    if not request.path.is_dir() or not experiment_refs(request.path):
        raise SourceError(
            "it has no experiments of DVC's (refs/exps), and is no folder of DVCLive's",
            file=str(request.path),
        )
    return Experiments(request)


class Live:
    """A folder of DVCLive's, which is one run."""

    def __init__(self, request: Request) -> None:
        self._root = request.path
        self._report = request.report
        self._folder = Folder(request.path, request.report)

    def experiments(self) -> list[ForeignExperiment]:
        """One, with the name of the folder."""
        name = self._root.resolve().name or "dvclive"
        return [ForeignExperiment(name, 1, lambda: iter([self._run(name)]))]

    def models(self) -> list[ForeignModel]:
        """None."""
        return []

    def close(self) -> None:
        """Nothing is open."""

    def _run(self, name: str) -> ForeignRun:
        files = list(self._folder.files(self._root, deep=True))
        # DVCLive gives no id, and writes the next run to the same folder: parameters and first
        # values tell runs apart, and stay as a run grows.
        first = sorted(self._first(files))
        state = sorted((name, file.stat().st_size) for name, file in files)
        return ForeignRun(
            label=str(self._root),
            foreign_id=name,
            run_id=derived_run_id("dvclive", name, digest(first)),
            state=digest(state),
            load=lambda: self._load(name, files),
        )

    def _first(self, files: list[tuple[str, Path]]) -> Iterator[str]:
        for name, file in files:
            try:
                if name == PARAMS:
                    yield self._folder.text(file)
                elif history_key(name) is not None:
                    with file.open(encoding="utf-8", errors="replace") as lines:
                        head = [lines.readline(1000), lines.readline(1000)]
                    if head[1].split("\t")[0] == "0" or "timestamp" in head[0]:
                        yield f"{name} {head[1].strip()}"
            except (GittrackError, OSError) as error:
                self._report.refuse(file, error)

    def _load(self, name: str, files: list[tuple[str, Path]]) -> RunRecord:
        named = dict(files)
        params = self._folder.mapping(named[PARAMS]) if PARAMS in named else {}
        metrics: dict[str, float | list[Point]] = {}
        if METRICS in named:
            found = self._folder.json(named[METRICS])
            metrics.update(metric_values(found) if isinstance(found, dict) else ())
            metrics.pop("step", None)
        for path, file in files:
            key = history_key(path)
            if key is None:
                continue
            try:
                metrics[key] = list(history(self._folder.text(file, 256 << 20), str(file)))
            except GittrackError as error:
                self._report.refuse(file, error)
                continue
            if key != key.replace("/", "."):
                metrics.pop(key.replace("/", "."), None)
        changed = [file.stat().st_mtime for file in named.values()]
        return RunRecord(
            run_name=name,
            start_time=min(changed, default=None),
            end_time=max(changed, default=None),
            params={str(key): value for key, value in params.items()},
            metrics=metrics,
            artifacts=[
                (path, file)
                for path, file in self._folder.artifacts(self._root)
                if path not in _NOT_ARTIFACTS and history_key(path) is None
            ],
        )


def _is_live(path: Path) -> bool:
    return (path / METRICS).is_file() and (
        (path / "plots").is_dir() or ((path / PARAMS).is_file() and not (path / ".dvc").is_dir())
    )
