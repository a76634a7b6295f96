"""Sacred: the folders of its FileStorageObserver."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gittrack.errors import GittrackError, SourceError
from gittrack.importers.foreign import ForeignExperiment, ForeignModel, ForeignRun, Request
from gittrack.importers.reading import Folder
from gittrack.importers.series import Point, checked, time_or_none
from gittrack.importers.texts import digest
from gittrack.runs.model import FAILED, FINISHED, KILLED, CodeVersion
from gittrack.runs.records import RunRecord, derived_run_id

_RUN = "run.json"
_STATUS = {"COMPLETED": FINISHED, "FAILED": FAILED}
_NOT_ARTIFACTS = {_RUN, "config.json", "metrics.json", "info.json"}
_LARGEST = 256 << 20
"""Bytes of a `metrics.json`, which has to be read whole."""


def recognise(path: Path) -> bool:
    """Whether runs lie in it, or it is one."""
    return path.is_dir() and next(_run_folders(path), None) is not None


def open_source(request: Request) -> Runs:
    """Open it.

    Raises:
        SourceError: there is no run.
    """
    if not recognise(request.path):
        raise SourceError(
            "no folder in it has a run.json and a config.json", file=str(request.path)
        )
    return Runs(request)


class Runs:
    """A folder of runs, each with a number as its name."""

    def __init__(self, request: Request) -> None:
        self._report = request.report
        self._folder = Folder(request.path, request.report)
        self._named: dict[str, list[Path]] = {}
        for folder in _run_folders(request.path):
            try:
                name = _experiment(self._folder.json(folder / _RUN))
            except GittrackError as error:
                self._report.refuse(folder / _RUN, error)
                continue
            self._named.setdefault(name, []).append(folder)

    def experiments(self) -> Iterator[ForeignExperiment]:
        """The experiments, by the names that Sacred gave them."""
        for name, folders in self._named.items():
            yield ForeignExperiment(
                name,
                len(folders),
                lambda folders=folders: (self._run(folder) for folder in folders),  # type: ignore[misc]
            )

    def models(self) -> list[ForeignModel]:
        """None: Sacred has no such things."""
        return []

    def close(self) -> None:
        """Nothing is open."""

    def _run(self, folder: Path) -> ForeignRun:
        record = self._folder.json(folder / _RUN)
        began = str(record.get("start_time"))
        sizes = sorted((name, file.stat().st_size) for name, file in self._folder.files(folder))
        return ForeignRun(
            label=str(folder),
            foreign_id=folder.name,
            run_id=derived_run_id("sacred", _experiment(record), folder.name, began),
            state=digest([record.get("status"), record.get("stop_time"), *sizes]),
            load=lambda: self._load(folder, record),
        )

    def _load(self, folder: Path, record: dict[str, Any]) -> RunRecord:
        result = record.get("result")
        number = _number(result)
        status = str(record.get("status"))
        metrics: dict[str, Any] = dict(self._metrics(folder / "metrics.json"))
        if number is not None:
            metrics.setdefault("result", number)
        return RunRecord(
            run_name=f"{_experiment(record)}-{folder.name}",
            status=_STATUS.get(status, KILLED),
            start_time=_time(record.get("start_time")),
            end_time=_time(record.get("stop_time")),
            params=self._part(folder / "config.json"),
            metrics=metrics,
            tags=_tags(record),
            notes=_notes(record),
            artifacts=[
                (name, file)
                for name, file in self._folder.artifacts(folder)
                if name not in _NOT_ARTIFACTS
            ],
            code_version=_code(record),
            host=_host(record),
            details=self._details(folder, record, None if number is not None else result),
        )

    def _part(self, file: Path) -> dict[str, Any]:
        """The mapping in a file of a run; nothing where it is not there, or cannot be read."""
        if not file.exists():
            return {}
        try:
            found = self._folder.json(file)
            if isinstance(found, dict):
                return found
            raise SourceError("it is no mapping", file=str(file))
        except GittrackError as error:
            self._report.refuse(file, error)
            return {}

    def _metrics(self, file: Path) -> Iterator[tuple[str, Iterator[Point]]]:
        if not file.exists():
            return
        try:
            found = self._folder.json(file, _LARGEST)
        except GittrackError as error:
            self._report.refuse(file, error)
            return
        for key, series in found.items() if isinstance(found, dict) else ():
            place = f"{file}: {key}"
            try:
                columns = [series[name] for name in ("steps", "timestamps", "values")]
                if not all(isinstance(column, list) for column in columns):
                    raise TypeError
            except (TypeError, KeyError):
                self._report.refuse(place, "it has no steps, timestamps and values")
                continue
            yield key, checked(self._points(place, *columns), place, self._report)

    def _points(
        self, place: str, steps: list[Any], times: list[Any], values: list[Any]
    ) -> Iterator[Point]:
        for step, time, value in zip(steps, times, values, strict=False):
            number = _number(value.get("value") if isinstance(value, dict) else value)
            if number is not None and type(step) in (int, type(None)):
                yield step, _time(time), number
                continue
            self._report.refuse(place, f"the value of step {str(step)[:30]} is no number")

    def _details(self, folder: Path, record: dict[str, Any], result: object) -> dict[str, Any]:
        details: dict[str, Any] = {}
        info = self._part(folder / "info.json")
        if info:
            details["info"] = info
        if result is not None:
            details["result"] = result
        if record.get("fail_trace"):
            details["fail_trace"] = record["fail_trace"]
        if _STATUS.get(str(record.get("status"))) is None:
            details["import"] = {"status": str(record.get("status"))}
        if isinstance(record.get("resources"), list) and record["resources"]:
            self._report.leave("resource files", len(record["resources"]))
        return details


def _run_folders(root: Path) -> Iterator[Path]:
    """The folders of runs by number, or the one that `root` is."""
    if _is_run(root):
        yield root
        return
    try:
        names = [entry.name for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    ordered = sorted(names, key=lambda name: (int(name) if name.isdecimal() else 0, name))
    yield from (root / name for name in ordered if _is_run(root / name))


def _is_run(folder: Path) -> bool:
    return (folder / _RUN).is_file() and (folder / "config.json").is_file()


def _experiment(record: Any) -> str:
    """The name of the experiment that a record tells of.

    Raises:
        SourceError: it is no record of a run.
    """
    found = record.get("experiment") if isinstance(record, dict) else None
    if not isinstance(found, dict):
        raise SourceError("it is no record of Sacred's: it names no experiment", file=_RUN)
    return str(found.get("name") or "sacred")


def _number(value: object) -> float | None:
    """The value of a JSON number that a float can hold."""
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None


def _time(text: object) -> float | None:
    """The moment in a text of Sacred's: ISO 8601 in UTC, without saying so."""
    try:
        moment = datetime.fromisoformat(str(text))
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return time_or_none(aware.timestamp())
    except (ValueError, OverflowError):
        return None


def _tags(record: dict[str, Any]) -> dict[str, str]:
    found = {"sacred.command": record.get("command")}
    return {key: str(value) for key, value in found.items() if value}


def _notes(record: dict[str, Any]) -> tuple[str, ...]:
    meta = record.get("meta")
    comment = meta.get("comment") if isinstance(meta, dict) else None
    return (comment,) if isinstance(comment, str) and comment else ()


def _host(record: dict[str, Any]) -> str:
    host = record.get("host")
    return str(host.get("hostname") or "") if isinstance(host, dict) else ""


def _code(record: dict[str, Any]) -> CodeVersion | None:
    """The first repository that Sacred saw the sources in."""
    found = record["experiment"].get("repositories")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("commit"), str):
            remote = one.get("url")
            return CodeVersion(
                head=one["commit"],
                remote=remote if isinstance(remote, str) else None,
                dirty=one.get("dirty") is True,
            )
    return None
