"""What helper processes logged after their run was sealed: added to the sealed run.

The commit names the journals and how far they are in it, so that no record is added twice,
wherever a crash comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gittrack.canonical import Plain, read
from gittrack.git.history import list_files, log
from gittrack.git.importer import Edit, Link, Put, Remove
from gittrack.journal.reader import JournalFile, read_events
from gittrack.runs.codec import decode_run, encode_run
from gittrack.runs.events import RunState
from gittrack.runs.model import MetricSummary, Step, SummaryBuilder
from gittrack.runs.series import HEADER, line, read_series, series_paths
from gittrack.store.experiments import RUNS, run_of_path
from gittrack.store.publishing import Publisher, RefCommit
from gittrack.store.run_files import artifact_edits
from gittrack.store.session import Session, TreeView

_TRAILER = "Added-Journal: "
_NAMED = re.compile(rf"^{_TRAILER}(\S+) ([0-9]+)$", re.MULTILINE)

_Point = tuple[int, Step, float]
"""Microseconds since the run started, step, value."""


@dataclass(frozen=True, slots=True)
class Added:
    """What was added to a run: contents of artifacts, and the last moment (microseconds since the
    epoch) that the journals speak of."""

    contents: tuple[str, ...]
    last: int


def add_late(
    session: Session, publisher: Publisher, ref: str, files: Sequence[JournalFile]
) -> Added | None:
    """Add what a run's helpers logged to the run, which is sealed on that ref; its status and its
    end stay. `None` where the run is not there.

    Raises:
        DataError: the run's record is damaged.
        ConflictError: others changed the experiment again and again.
    """
    run_id = files[0].header["run"]
    added: list[Added | None] = []

    def build() -> list[RefCommit]:
        view = session.view(ref)
        place = _place_of(session, view, run_id)
        events, ends = _new_events(session, view, files)
        added[:] = [None if place is None else _contents(events)]
        if place is None or not events:
            return []
        edits = list(_Addition(session, view, place, run_id).edits(events))
        named = "\n".join(f"{_TRAILER}{name} {end}" for name, end in ends.items())
        message = f"Add to 1 run what its helpers logged\n\n{run_id}\n\n{named}"
        return [RefCommit(ref, view.commit, edits, message)]

    publisher.transact(build)
    return added[0]


def _place_of(session: Session, view: TreeView, run_id: str) -> str | None:
    if view.commit is None:
        return None
    for file in list_files(session.repository, view.commit, f"{RUNS}/"):
        found = run_of_path(file.path)
        if found is not None and found[1] == run_id:
            return found[0]
    return None


def _new_events(
    session: Session, view: TreeView, files: Sequence[JournalFile]
) -> tuple[list[list[Any]], dict[str, int]]:
    """The records that the ref does not have yet, by time, and how far each journal goes."""
    done: dict[str, int] = {}
    starts = [] if view.commit is None else [view.commit]
    grep = (f"^{_TRAILER}{files[0].header['run']}",)
    for entry in log(session.repository, starts, grep=grep, changes=False):
        for name, end in _NAMED.findall(entry.message):
            done[name] = max(int(end), done.get(name, 0))
    events: list[list[Any]] = []
    ends: dict[str, int] = {}
    for file in files:
        for event, end in read_events(file.path, max(file.end, done.get(file.path.name, 0))):
            ends[file.path.name] = end
            if len(event) > 2 and isinstance(event[1], int):  # `close` and `damaged` say no more
                events.append(event)
    return sorted(events, key=lambda event: event[1]), ends


def _contents(events: Sequence[list[Any]]) -> Added:
    named = [str(event[2].get("sha256")) for event in events if event[0] == "artifact"]
    return Added(tuple(named), max((event[1] for event in events), default=0))


class _Addition:
    """One sealed run, and what becomes of its files."""

    def __init__(self, session: Session, view: TreeView, place: str, run_id: str) -> None:
        self._session = session
        self._view = view
        self._place = place
        data = view.blob(f"{place}/run.yaml") or b""
        self._run = decode_run(data, view.blob(f"{place}/config.yaml"))
        self._record: Any = read(data)
        self._state = RunState(run_id, self._run.experiment_name)

    def edits(self, events: Sequence[list[Any]]) -> Iterator[Edit]:
        """The files that change when these events are added."""
        run, state = self._run, self._state
        state.tags = dict(run.tags)
        state.artifacts = {artifact.path: artifact for artifact in run.artifacts}
        state.validations, state.notes = list(run.validations), list(run.notes)
        points: dict[str, list[_Point]] = {}
        started = round(run.start_time.timestamp() * 1e6)

        def collect(key: str, step: Step, time: int, value: float) -> None:
            points.setdefault(key, []).append((time - started, step, value))

        state.fold(events, collect)
        for key, more in points.items():
            points[key] = sorted([*self._known_points(key), *more], key=lambda point: point[0])
        summaries = {**run.summaries, **{key: _summary(found) for key, found in points.items()}}
        yield Put(f"{self._place}/run.yaml", self._new_record(summaries))
        yield from self._series(points, summaries)
        new = [one for one in state.artifacts.values() if one not in run.artifacts]
        yield from artifact_edits(self._session, self._place, new, self._view.commit)
        path = f"{self._place}/environment.yaml"
        if state.environment is not None and self._view.entry(path) is None:
            yield Put(path, state.environment.encode())

    def _new_record(self, summaries: Mapping[str, MetricSummary]) -> bytes:
        run, state = self._run, self._state
        code = run.code_version
        if code is None and state.code is not None:
            code = state.run().code_version
        changed = replace(
            run,
            summaries=summaries,
            tags=state.tags,
            artifacts=tuple(state.artifacts.values()),
            validations=tuple(state.validations),
            notes=tuple(state.notes),
            code_version=code,
        )
        return encode_run(changed, logged=self._logged(), host=run.host)

    def _logged(self) -> dict[str | int, Plain]:
        """Parameters do not change: what the run had already stays."""
        new = {k: value for k, value in self._state.params.items() if k not in self._run.params}
        return {**self._record.get("params", {}), **new}

    def _known_points(self, key: str) -> list[_Point]:
        summary = self._run.summaries.get(key)
        if summary is None:
            return []
        if summary.count == 1:  # when it was logged is not kept
            return [(0, summary.last_step, summary.last)]
        data = self._view.blob(f"{self._place}/{series_paths(self._run.summaries)[key]}") or b""
        found = read_series(data, 0.0)
        return [(round(point.time * 1e6), point.step, point.value) for point in found]

    def _series(
        self,
        points: Mapping[str, Sequence[_Point]],
        summaries: Mapping[str, MetricSummary],
    ) -> Iterator[Edit]:
        """Histories that grew; where many are spread over folders now, the others move."""
        before, after = series_paths(self._run.summaries), series_paths(summaries)
        moved = {key: path for key, path in before.items() if after[key] != path}
        for path in moved.values():
            yield Remove(f"{self._place}/{path}")
        for key, path in after.items():
            if key in points:
                text = "".join(line(step, time, value) for time, step, value in points[key])
                yield Put(f"{self._place}/{path}", HEADER + text.encode())
            elif key in moved:
                entry = self._view.entry(f"{self._place}/{moved[key]}")
                if entry is not None:
                    yield Link(f"{self._place}/{path}", entry.id)


def _summary(points: Sequence[_Point]) -> MetricSummary:
    builder = SummaryBuilder()
    for time, step, value in points:
        builder.add(step, time, value)
    return builder.summary()
