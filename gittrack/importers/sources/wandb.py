"""Weights & Biases: the folders of runs that were recorded offline, or not sent yet."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gittrack.artifacts import open_file
from gittrack.errors import GittrackError, SourceError
from gittrack.importers.foreign import ForeignExperiment, ForeignModel, ForeignRun, Request
from gittrack.importers.reading import Folder
from gittrack.importers.record_files import DamagedError, TornError, wandb_records
from gittrack.importers.series import Series
from gittrack.importers.taking import take_records
from gittrack.importers.texts import digest
from gittrack.importers.wandb_records import WandbRun, as_number
from gittrack.importers.wire import WireError
from gittrack.runs.model import CodeVersion
from gittrack.runs.records import Point, RunRecord, derived_run_id

_LARGEST = 16 << 20
_HEAD = 50
"""Records among which the run's own is looked for."""
_NOT_FILES = {"wandb-metadata.json", "wandb-summary.json", "config.yaml"}
"""Files whose content is in the records; the first one tells of the machine and its user."""


@dataclass(frozen=True, slots=True)
class _Log:
    """A `.wandb` file, and whose it is."""

    file: Path
    run_id: str
    project: str
    entity: str


def recognise(path: Path) -> bool:
    """Whether a run's folder lies in it, or it is one."""
    if path.is_file():
        return path.suffix == ".wandb"
    return next(_files(path), None) is not None


def open_source(request: Request) -> Runs:
    """Open it.

    Raises:
        SourceError: there is no run.
    """
    if not recognise(request.path):
        raise SourceError(
            "there is no run-*.wandb in it", file=str(request.path), hint="name the folder wandb"
        )
    return Runs(request)


class Runs:
    """A folder `wandb`; parts of one run (it was resumed) belong together."""

    def __init__(self, request: Request) -> None:
        path = request.path
        self._report = request.report
        self._folder = Folder(path.parent if path.is_file() else path, request.report)
        self._logs: dict[str, dict[tuple[str, str], list[_Log]]] = {}
        for file in [path] if path.is_file() else _files(path):
            try:
                log = _log(file)
            except GittrackError as error:
                self._report.refuse(file, error)
                continue
            runs = self._logs.setdefault(log.project or "wandb", {})
            runs.setdefault((log.entity, log.run_id), []).append(log)

    def experiments(self) -> Iterator[ForeignExperiment]:
        """The projects."""
        for project, runs in self._logs.items():
            yield ForeignExperiment(
                project,
                len(runs),
                lambda runs=runs: (self._run(logs) for logs in runs.values()),  # type: ignore[misc]
            )

    def models(self) -> list[ForeignModel]:
        """None: they are not in these files."""
        return []

    def close(self) -> None:
        """Nothing is open."""

    def _run(self, logs: list[_Log]) -> ForeignRun:
        first = logs[0]
        return ForeignRun(
            label=str(first.file.parent),
            foreign_id=first.run_id,
            run_id=derived_run_id("wandb", first.entity, first.project, first.run_id),
            state=digest((log.file.parent.name, log.file.stat().st_size) for log in logs),
            load=lambda: self._load(logs),
        )

    def _load(self, logs: list[_Log]) -> RunRecord:
        run = WandbRun(left=self._report.leave)
        artifacts: dict[str, Path] = {}
        for log in logs:
            take_records(log.file, wandb_records, _LARGEST, run.take, self._report)
            artifacts.update(self._folder.artifacts(log.file.parent / "files"))
        run.config.pop("_wandb", None)
        left = {k: v for k, v in run.summary.items() if not k.startswith("_") and k != "_wandb"}
        numbers = {
            key: number
            for key, value in left.items()
            if key not in run.series and (number := as_number(value)) is not None
        }
        return RunRecord(
            run_name=run.name or run.run_id,
            status=run.status,
            start_time=run.started,
            end_time=run.last,
            params=_without_wrapping(run.config),
            metrics={**{k: _points(v) for k, v in run.series.items() if k}, **numbers},
            tags=run.tags,
            notes=(run.notes,) if run.notes else (),
            artifacts=[(name, file) for name, file in artifacts.items() if name not in _NOT_FILES],
            code_version=CodeVersion(head=run.commit) if run.commit else None,
            host=run.host,
            details=_rest(left, run.series.keys() | numbers.keys()),
        )


def _points(series: Series) -> Iterator[Point]:
    for step, time, value in series.points():
        yield step, None if time is None or math.isnan(time) else time, value


def _rest(summary: dict[str, object], taken: set[str]) -> dict[str, object]:
    """What a summary has that is no number, and no last value of a history."""
    rest = {
        key: value
        for key, value in summary.items()
        if key not in taken and not isinstance(value, dict)
    }
    return {"summary": rest} if rest else {}


def _without_wrapping(config: dict[str, object]) -> dict[str, object]:
    """The values, where each is written as `{"value": …}`."""
    return {
        key: value["value"] if isinstance(value, dict) and value.keys() == {"value"} else value
        for key, value in config.items()
    }


def _log(file: Path) -> _Log:
    """Whose file it is, by its first records.

    Raises:
        SourceError: none of them tells.
    """
    run = WandbRun()
    reason = "no record of it tells which run it is"
    with open_file(file) as source:
        try:
            for (_, record), _ in zip(wandb_records(source, _LARGEST), range(_HEAD), strict=False):
                run.take(record or b"")
                if run.run_id:
                    return _Log(file, run.run_id, run.project, run.entity)
        except (TornError, DamagedError, WireError, OverflowError) as error:
            reason = str(error) or "it ends within a record"
    raise SourceError(f"it is no run of W&B's: {reason}", file=str(file))


def _files(root: Path) -> Iterator[Path]:
    """The files of runs, by the names of their folders, which begin with the time."""
    for top, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in ("files", "logs", "tmp"))
        links = [name for name in folders if (Path(top) / name).is_symlink()]  # latest-run
        folders[:] = [name for name in folders if name not in links]
        yield from (Path(top) / name for name in sorted(files) if name.endswith(".wandb"))
