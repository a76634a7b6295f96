"""TensorBoard: folders of event files, of whatever library wrote them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gittrack.artifacts import open_file
from gittrack.errors import GittrackError, SourceError
from gittrack.importers.events import Events
from gittrack.importers.foreign import ForeignExperiment, ForeignModel, ForeignRun, Request
from gittrack.importers.reading import Folder
from gittrack.importers.record_files import DamagedError, TornError, event_records
from gittrack.importers.taking import take_records
from gittrack.importers.texts import digest
from gittrack.importers.wire import WireError
from gittrack.runs.model import FAILED, FINISHED
from gittrack.runs.records import RunRecord, derived_run_id

_MARK = "tfevents"
_LARGEST = 1 << 20
"""Bytes of a record that is read; scalars are far smaller."""


def recognise(path: Path) -> bool:
    """Whether an event file lies in it, or in a folder of it."""
    if path.is_file():
        return _MARK in path.name
    return next(_run_folders(path), None) is not None


def open_source(request: Request) -> Logs:
    """Open it.

    Raises:
        SourceError: there is no event file.
    """
    if not recognise(request.path):
        raise SourceError("there is no event file in it", file=str(request.path))
    return Logs(request)


class Logs:
    """A folder of logs: each folder in it that has event files is a run."""

    def __init__(self, request: Request) -> None:
        path = request.path
        self._report = request.report
        self._root = path.parent if path.is_file() else path
        self._only = path if path.is_file() else None
        self._folder = Folder(self._root, request.report)

    def experiments(self) -> list[ForeignExperiment]:
        """One, with the name of the folder."""
        count = 1 if self._only else sum(1 for _ in _run_folders(self._root))
        return [ForeignExperiment(self._root.resolve().name or "tensorboard", count, self._runs)]

    def models(self) -> list[ForeignModel]:
        """None: there are no such things."""
        return []

    def close(self) -> None:
        """Nothing is open."""

    def _runs(self) -> Iterator[ForeignRun]:
        if self._only is not None:
            yield from self._run(self._root, [self._only])
            return
        for folder in _run_folders(self._root):
            files = [path for name, path in self._folder.files(folder) if _MARK in name]
            if files:
                yield from self._run(folder, files)

    def _run(self, folder: Path, files: list[Path]) -> Iterator[ForeignRun]:
        try:
            began = _began(files[0])
        except GittrackError as error:
            self._report.refuse(files[0], error)
            return
        inner = folder.relative_to(self._root).as_posix()
        name = folder.resolve().name if inner == "." else inner
        yield ForeignRun(
            label=str(folder),
            foreign_id=name,
            run_id=derived_run_id("tensorboard", folder.resolve().name, files[0].name, began),
            state=digest((file.name, file.stat().st_size) for file in files),
            load=lambda: self._load(name, files),
        )

    def _load(self, name: str, files: list[Path]) -> RunRecord:
        events = Events(left=self._report.leave)
        for file in files:
            take_records(file, event_records, _LARGEST, events.take, self._report)
        return RunRecord(
            run_name=name,
            status=FAILED if events.end_status == FAILED else FINISHED,
            start_time=events.first,
            end_time=events.last,
            params=events.hparams,
            metrics={key: series.points() for key, series in events.series.items() if key},
        )


def _began(file: Path) -> str:
    """The moment of a file's first event, which tells it from others of its name."""
    events = Events()
    with open_file(file) as source:
        try:
            _, record = next(event_records(source, _LARGEST))
            events.take(record or b"")
        except StopIteration:
            return ""
        except TornError:
            return ""
        except (DamagedError, WireError, OverflowError) as error:
            raise SourceError(f"it is no event file: {error}", file=str(file)) from error
    return repr(events.first)


def _run_folders(root: Path) -> Iterator[Path]:
    """The folders with event files, links not followed."""
    for top, folders, files in os.walk(root):
        folders.sort()
        if any(_MARK in name for name in files):
            yield Path(top)
