"""Which state of each thing counts where histories meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gittrack.ids import ConfigId, ObjectId
from gittrack.store.experiments import RECORD, RUNS
from gittrack.store.layout import meta_folder, object_path
from gittrack.sync.experiment_merging import merge_experiment, merge_run
from gittrack.sync.histories import Entry, Made
from gittrack.sync.inspecting import entry_at
from gittrack.sync.model_merging import merge_model
from gittrack.sync.rules.entities import Entity, Kind, entity_of, place_of_run
from gittrack.sync.stage import Content, Stage, files_below


def resolve(stage: Stage) -> dict[str, Content]:
    """What lies at each path that the sides have otherwise, as far as it differs from `base`."""
    wanted = dict.fromkeys(stage.changes)
    wanted.update(
        (entity, None)
        for entity in stage.events
        if stage.is_removed(entity) and len(stage.active(entity)) > 1
    )
    for entity in wanted:
        active = stage.active(entity)
        if not active:
            _take_any(stage, entity)
        elif len(active) == 1:
            stage.take(active[0], entity)
        else:
            _RULES[entity.kind](stage, entity, active)
    return {
        path: content
        for path, content in stage.results.items()
        if content != stage.base_entry(path)
    }


def _take_any(stage: Stage, entity: Entity) -> None:
    """Nobody's commit says why they differ: what there is is kept, of two the greater name."""
    sound = [n for n, tip in enumerate(stage.tips) if entity not in tip.refused]
    for path in stage.changes.get(entity, ()):
        entries = [stage.at(side, path) for side in sound]
        stage.results[path] = max(entries, key=_name) if sound else stage.base_entry(path)


def _name(entry: Entry | None) -> tuple[str, str]:
    return ("", "") if entry is None else (entry.id, entry.mode)


def _merge_files(stage: Stage, entity: Entity, active: Sequence[int]) -> None:
    """Files that are never changed: a union, without what was removed."""
    if not stage.is_removed(entity):
        for path in stage.changes.get(entity, ()):
            stage.results[path] = _latest(stage, path, active)
        return
    files: dict[str, Entry | None] = dict.fromkeys(_paths_in(stage, stage.base, entity))
    for commit in stage.whole_survivors(entity, _folders(entity)):
        for path in _paths_in(stage, commit, entity):
            files[path] = _latest(stage, path, active)
    files |= {path: None for path in stage.changes.get(entity, ()) if path not in files}
    stage.results |= files


def _latest(stage: Stage, path: str, active: Sequence[int]) -> Entry | None:
    """The content that was written last; what one side lacks is not lost."""
    entries = {entry for side in active if (entry := stage.at(side, path)) is not None}
    if len(entries) < 2:
        return next(iter(entries), None)
    writes = [
        (made, change.new)
        for made in _writers(stage, path)
        for change in made.changes
        if change.path == path and change.new in entries
    ]
    if not writes:
        return max(entries, key=_name)
    return max(writes, key=lambda one: (stage.histories.generation(one[0].id), _name(one[1])))[1]


def _writers(stage: Stage, path: str) -> list[Made]:
    return [made for made, _ in stage.events.get(entity_of(stage.ref, path), ())]


def _folders(entity: Entity) -> list[str]:
    if entity.kind is Kind.CONFIG:
        config_id = ConfigId(entity.id)
        return [object_path(config_id), meta_folder(config_id)]
    return [entity.id]


def _paths_in(stage: Stage, tree: ObjectId | None, entity: Entity) -> list[str]:
    """The paths that a commit has of it."""
    if tree is None:
        return []
    head, *folders = _folders(entity)
    paths = [head] if entry_at(stage.session, tree, head) is not None else []
    for folder in folders:
        names = stage.session.reader.tree(f"{tree}:{folder}")
        paths += [f"{folder}/{name}" for name in names]
    return [path for path in paths if entity_of(stage.ref, path) == entity]


def _merge_run(stage: Stage, entity: Entity, active: Sequence[int]) -> None:
    """Runs merge by their records; one at two places goes to the smaller path."""
    paths = {
        change.path
        for made, _ in stage.events[entity]
        for change in made.changes
        if entity_of(stage.ref, change.path) == entity
    }
    places = sorted({place for path in paths if (place := place_of_run(path)) is not None})
    for place in places:
        if stage.base is not None:
            below = files_below(stage.session, stage.base, place)
            stage.results |= {f"{place}/{name}": None for name in below}
    stage.results |= dict.fromkeys(stage.changes.get(entity, ()))
    if stage.is_removed(entity):
        stage = stage.among(entity, places, places)
        active = range(len(stage.tips))
    heads = [f"{place}/run.yaml" for place in places]
    having = [side for side in active if any(stage.at(side, head) for head in heads)]
    if having:
        merge_run(stage, entity, places, having)


def _merge_experiment(stage: Stage, entity: Entity, active: Sequence[int]) -> None:
    if stage.is_removed(entity):
        stage.results[RECORD] = None
        stage = stage.among(entity, [RECORD, RUNS], [RECORD])
        active = range(len(stage.tips))
    elif RECORD not in stage.changes.get(entity, ()):
        return
    having = [side for side in active if stage.at(side, RECORD) is not None]
    if having:
        merge_experiment(stage, having)


def _merge_model(stage: Stage, _: Entity, active: Sequence[int]) -> None:
    merge_model(stage, active)


_RULES: Mapping[Kind, Callable[[Stage, Entity, Sequence[int]], None]] = {
    Kind.FILE: _merge_files,
    Kind.CONFIG: _merge_files,
    Kind.RUN: _merge_run,
    Kind.EXPERIMENT: _merge_experiment,
    Kind.MODEL: _merge_model,
}
