"""What the paths of a ref's tree belong to, and which of that a commit added, changed or removed.

Some files come and go together: a config with its records, a run with all its files. Removing and
changing one at the same time is decided for it as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from gittrack.store.experiments import EXPERIMENTS, RECORD
from gittrack.store.layout import CATALOGUE, parse_path
from gittrack.store.models import MODEL_PATH, MODELS, VERSIONS
from gittrack.sync.histories import Change


class Kind(Enum):
    """What rules something merges by."""

    FILE = "file"
    CONFIG = "config"
    RUN = "run"
    EXPERIMENT = "experiment"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Entity:
    """What merges as a whole: its kind, and its id (a path, a config's or a run's id)."""

    kind: Kind
    id: str


EXPERIMENT = Entity(Kind.EXPERIMENT, RECORD)
MODEL = Entity(Kind.MODEL, MODEL_PATH)

_RUN = re.compile(r"(runs/[^/]+/[^/]+/([0-9a-f]{20}))/(.+)", re.DOTALL)


def entity_of(ref: str, path: str) -> Entity:
    """What a path of a ref's tree belongs to; what is not known is a file by itself."""
    if ref == CATALOGUE and (stored := parse_path(path)) is not None:
        return Entity(Kind.CONFIG, stored.id)
    if ref.startswith(EXPERIMENTS):
        if path == RECORD:
            return EXPERIMENT
        if match := _RUN.fullmatch(path):
            return Entity(Kind.RUN, match[2])
    if ref.startswith(MODELS) and (path == MODEL_PATH or path.startswith(f"{VERSIONS}/")):
        return MODEL
    return Entity(Kind.FILE, path)


def place_of_run(path: str) -> str | None:
    """The directory of the run that a path belongs to."""
    match = _RUN.fullmatch(path)
    return None if match is None else match[1]


def is_head(entity: Entity, path: str) -> bool:
    """Whether the entity is there if, and only if, that file of it is."""
    match entity.kind:
        case Kind.CONFIG:
            return path.startswith(".exptrack/objects/")
        case Kind.RUN:
            match = _RUN.fullmatch(path)
            return match is not None and match[3] == "run.yaml"
        case Kind.MODEL:
            return path == MODEL_PATH
        case _:
            return True


def events_of(ref: str, changes: Iterable[Change]) -> dict[Entity, bool]:
    """What a commit did: true where it added or changed, false where it removed.

    What records a run says of its experiment that it is there.
    """
    events: dict[Entity, bool] = {}
    heads: dict[Entity, set[bool]] = {}
    for change in changes:
        entity = entity_of(ref, change.path)
        events.setdefault(entity, True)
        if is_head(entity, change.path):
            heads.setdefault(entity, set()).add(change.new is not None)
    for entity, present in heads.items():
        events[entity] = True in present
    if any(entity.kind is Kind.RUN and there for entity, there in events.items()):
        events[EXPERIMENT] = True
    return events
