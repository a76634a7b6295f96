"""What came and what went: counted from what differs between two commits, not from all there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from gittrack.git.history import diff_files
from gittrack.git.repository import Repository
from gittrack.ids import ObjectId
from gittrack.sync.artifacts import Carried
from gittrack.sync.histories import empty_tree
from gittrack.sync.merging import Refusal

_NOTHING = Carried()
_RUN = ":(glob)runs/*/*/*/run.yaml"
_CONFIG = ":(glob).exptrack/objects/*/*.yaml"
_VERSION = ":(glob)versions/*/*.yaml"
_MANIFEST = re.compile(r"\.files\.yaml$")


@dataclass(frozen=True, slots=True)
class Change:
    """A record that moved: its name, and its commit before (`None`: it was new) and after."""

    name: str
    old: ObjectId | None
    new: ObjectId


@dataclass(frozen=True, slots=True)
class Counts:
    """How much moved: runs, configs and models' versions that are new or changed; tags,
    experiments and models in which anything changed; whether code did."""

    runs: int = 0
    configs: int = 0
    tags: int = 0
    experiments: int = 0
    models: int = 0
    versions: int = 0
    code: int = 0

    def __add__(self, other: Counts) -> Counts:
        names = [field.name for field in fields(self)]
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class Summary:
    """What an exchange with a remote came to.

    `came` and `went` are the records that moved here and there, with their counts;
    `artifacts_came` and `artifacts_went` are contents in Git LFS. `waiting` are the records that
    went to an inbox of ours, to be taken in by others; `folded` inboxes were taken in and deleted.
    `refused` is what was not taken, and why. `rewound` records had lost history there.
    """

    remote: str
    came: tuple[Change, ...] = ()
    went: tuple[Change, ...] = ()
    waiting: tuple[str, ...] = ()
    folded: int = 0
    refused: tuple[Refusal, ...] = ()
    rewound: tuple[str, ...] = ()
    came_counts: Counts = Counts()
    went_counts: Counts = Counts()
    dry_run: bool = False
    artifacts_came: Carried = _NOTHING
    artifacts_went: Carried = _NOTHING


def count(repository: Repository, changes: Iterable[Change]) -> Counts:
    """How much of what there is in records that moved."""
    total = Counts()
    for change in changes:
        total += _count(repository, change)
    return total


def _count(repository: Repository, change: Change) -> Counts:
    kind = change.name.partition("/")[0]
    old = change.old or empty_tree(repository)
    if kind == "experiments":
        return Counts(experiments=1, runs=_differing(repository, old, change.new, _RUN))
    if kind == "models":
        return Counts(models=1, versions=_differing(repository, old, change.new, _VERSION))
    if kind == "catalogue":
        return Counts(configs=_differing(repository, old, change.new, _CONFIG))
    return Counts(tags=1) if kind == "tags" else Counts(code=1)


def _differing(repository: Repository, old: str, new: str, paths: str) -> int:
    found = diff_files(repository, old, new, paths)
    return sum(one.blob is not None and not _MANIFEST.search(one.path) for one in found)
