"""Experiments' records and runs that several histories changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gittrack.canonical import Plain, emit, read
from gittrack.errors import DataError, NotCanonicalError
from gittrack.ids import ObjectId
from gittrack.runs.codec import decode_run, encode_run
from gittrack.runs.model import MetricSummary, Run
from gittrack.runs.series import HEADER, line, read_series, series_paths
from gittrack.store.experiments import RECORD
from gittrack.sync.histories import Entry, Made
from gittrack.sync.rules.entities import EXPERIMENT, Entity
from gittrack.sync.rules.fields import (
    NOTHING,
    Fields,
    Key,
    Places,
    Side,
    Write,
    first_places,
    put_together,
    take_apart,
    writes_between,
)
from gittrack.sync.rules.records import merge_experiments, merge_runs, origin_of_artifact
from gittrack.sync.rules.series import Point, merge_points, summarize
from gittrack.sync.stage import Stage

_REGULAR = "100644"
_APART = ("metrics",)
"""What is in a run's record and is made anew from what is beside it."""


def merge_experiment(stage: Stage, active: Sequence[int]) -> None:
    """The record of the experiment, field by field."""
    paths = {RECORD}
    sides = [
        Side(fields_of(stage.blob(stage.at(side, RECORD))), _writes(stage, side, EXPERIMENT, paths))
        for side in active
    ]
    merged = merge_experiments(sides, stage.histories.generation)
    stage.results[RECORD] = emit(put_together(merged))


def merge_run(stage: Stage, entity: Entity, places: Sequence[str], active: Sequence[int]) -> None:
    """A run with all its files, at the smallest of the places where sides have it."""
    heads = {f"{place}/run.yaml" for place in places}
    states = [_RunSide(stage, side, places) for side in active]
    sides = [
        Side(fields_of(state.data), _writes(stage, number, entity, heads))
        for number, state in zip(active, states, strict=True)
    ]
    merged = merge_runs(sides, stage.histories.generation, partial(_places, stage, heads))
    target = min(state.place for state in states)
    files = _Series(stage, states).merged()
    metrics = files.summaries
    record: dict[Any, Any] = put_together(merged)
    if metrics:
        record["metrics"] = _metrics_of(states[0].run, metrics)
    for path, content in files.contents.items():
        stage.results[f"{target}/{path}"] = content
    for key in merged.order.get("artifacts", ()):
        origin = origin_of_artifact(key, merged.values[key], sides)
        blob = None if origin is None else states[origin[0]].files.get(f"artifacts/{origin[1]}")
        if blob is not None:
            stage.results[f"{target}/artifacts/{key[2]}"] = Entry(_REGULAR, blob)
    for path in {path for state in states for path in state.files if _is_other(path)}:
        blobs = {state.files[path] for state in states if path in state.files}
        blob = _latest(stage, entity, active, {f"{place}/{path}" for place in places}, blobs)
        stage.results[f"{target}/{path}"] = Entry(_REGULAR, blob)
    stage.results[f"{target}/run.yaml"] = emit(record)


def _latest(
    stage: Stage,
    entity: Entity,
    active: Iterable[int],
    paths: set[str],
    blobs: set[ObjectId],
) -> ObjectId:
    """That of the blobs which was written last."""
    if len(blobs) == 1:
        return next(iter(blobs))
    writes = [
        (stage.histories.generation(made.id), change.new.id)
        for side in active
        for made in stage.own(side, entity)
        for change in made.changes
        if change.path in paths and change.new is not None and change.new.id in blobs
    ]
    return max(writes)[1] if writes else max(blobs)


def fields_of(data: bytes | None) -> Fields:
    """A record's fields; none of one that is missing or damaged, which is in history only."""
    try:
        found = None if data is None else read(data)
    except NotCanonicalError:
        found = None
    if not isinstance(found, dict):
        return NOTHING
    return take_apart({key: value for key, value in found.items() if key not in _APART})


def _is_other(path: str) -> bool:
    return path != "run.yaml" and not path.startswith(("metrics/", "artifacts/"))


def _writes(
    stage: Stage, side: int, entity: Entity, paths: set[str]
) -> Mapping[Key, Sequence[Write]]:
    """What the commits of a side wrote into a record since the sides parted."""
    return _written(stage, stage.own(side, entity), paths)


def _places(stage: Stage, paths: set[str]) -> Places:
    """Where the elements of a record's lists were written first, by whomever."""
    histories = stage.whole
    written = _written(stage, histories.touching(sorted(paths)), paths)
    return first_places(written, histories.generation)


def _written(
    stage: Stage, commits: Iterable[Made], paths: set[str]
) -> Mapping[Key, Sequence[Write]]:
    """What commits wrote into a record."""
    changes = [
        (made, change)
        for made in commits
        for change in made.changes
        if change.path in paths and change.new is not None
    ]
    entries = [entry for _, c in changes for entry in (c.old, c.new) if entry is not None]
    known = stage.read_all(entry.id for entry in entries)
    found: dict[Key, list[Write]] = {}
    for made, change in changes:
        old = NOTHING if change.old is None else fields_of(known.get(change.old.id))
        new = NOTHING if change.new is None else fields_of(known.get(change.new.id))
        if change.old is None:
            old = _moved_from(made, paths, known)
        for key, write in writes_between(made.id, old, new).items():
            found.setdefault(key, []).append(write)
    return found


def _moved_from(made: Made, wanted: set[str], known: Mapping[ObjectId, bytes]) -> Fields:
    """What a record said before, where the commit moved it from another path."""
    for change in made.changes:
        if change.path in wanted and change.new is None and change.old is not None:
            return fields_of(known.get(change.old.id))
    return NOTHING


class _RunSide:
    """A run as one side has it."""

    def __init__(self, stage: Stage, side: int, places: Sequence[str]) -> None:
        self._stage = stage
        found = {place: stage.files(side, place) for place in places}
        having = [place for place in places if "run.yaml" in found[place]]
        self.place = min(having)
        self.files = found[self.place]
        self.data = stage.read_all([self.files["run.yaml"]])[self.files["run.yaml"]]
        self.run = decode_run(self.data, None)
        self.paths = series_paths(self.run.summaries)

    def points(self, key: str) -> list[Point]:
        """A metric's history; of one value, its moment is not known."""
        summary = self.run.summaries[key]
        blob = self.files.get(self.paths.get(key, ""))
        if blob is None:
            return [(0, summary.last_step, summary.last)]
        data = self._stage.read_all([blob])[blob]
        found = read_series(data, 0.0)
        return [(round(point.time * 1e6), point.step, point.value) for point in found]


class _Histories:
    """The metrics of a merged run: their summaries, and their files."""

    def __init__(self) -> None:
        self.summaries: dict[str, MetricSummary] = {}
        self.contents: dict[str, Entry | bytes] = {}


class _Series:
    """The metrics of a run as several sides have them."""

    def __init__(self, stage: Stage, states: Sequence[_RunSide]) -> None:
        self._stage = stage
        self._states = states

    def merged(self) -> _Histories:
        """All metrics of all sides, each with the points of all of them."""
        result = _Histories()
        bodies: dict[str, Entry | bytes] = {}
        for key in dict.fromkeys(key for state in self._states for key in state.run.summaries):
            having = [state for state in self._states if key in state.run.summaries]
            blobs = {state.files.get(state.paths.get(key, "")) for state in having}
            texts = {repr(state.run.summaries[key]) for state in having}
            if len(blobs) == 1 and len(texts) == 1:
                blob = blobs.pop()
                result.summaries[key] = having[0].run.summaries[key]
                if blob is not None:
                    bodies[key] = Entry(_REGULAR, blob)
                continue
            points = merge_points([state.points(key) for state in having])
            result.summaries[key] = summarize(points)
            text = "".join(line(step, time, value) for time, step, value in points)
            bodies[key] = HEADER + text.encode()
        for key, path in series_paths(result.summaries).items():
            if key in bodies:
                result.contents[path] = bodies[key]
        return result


def _metrics_of(run: Run, summaries: Mapping[str, MetricSummary]) -> Plain:
    """The metrics as a run's record writes them."""
    found = read(encode_run(replace(run, summaries=summaries), logged={}))
    if not isinstance(found, dict):
        raise DataError("a run's record is no mapping")
    return found["metrics"]
