"""What one merge works on: a tree to start from, the sides, and what they did since they parted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gittrack.git.history import list_files
from gittrack.ids import ObjectId
from gittrack.store.session import Session
from gittrack.sync.histories import Change, Entry, Histories, Made, difference, empty_tree
from gittrack.sync.inspecting import entry_at, inspect
from gittrack.sync.rules.entities import Entity, entity_of, events_of

Content = Entry | bytes | None
"""What lies at a path in the end: a blob that exists, new bytes, or nothing."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A side: its commit, how its tree differs from the one to start from, as far as that was
    accepted, and what of it was not."""

    commit: ObjectId
    changes: Mapping[str, Change]
    refused: frozenset[Entity] = frozenset()


@dataclass
class Stage:
    """A merge of `tips`, seen from the tree `base` (`None`: nothing)."""

    session: Session
    ref: str
    base: ObjectId | None
    tips: Sequence[Tip]
    histories: Histories
    results: dict[str, Content] = field(default_factory=dict)
    outer: Histories | None = None

    @property
    def whole(self) -> Histories:
        """All that is merged; `histories` may be a part of it."""
        return self.histories if self.outer is None else self.outer

    @cached_property
    def changes(self) -> dict[Entity, dict[str, Change]]:
        """What differs between the sides, by what it belongs to; of each path one change."""
        found: dict[Entity, dict[str, Change]] = {}
        for tip in self.tips:
            for path, change in tip.changes.items():
                found.setdefault(entity_of(self.ref, path), {})[path] = change
        return found

    @cached_property
    def events(self) -> dict[Entity, list[tuple[Made, bool]]]:
        """What the commits that not all sides have did; true where they added or changed."""
        found: dict[Entity, list[tuple[Made, bool]]] = {}
        for made in self.histories.made:
            for entity, added in events_of(self.ref, made.changes).items():
                found.setdefault(entity, []).append((made, added))
        return found

    def active(self, entity: Entity) -> list[int]:
        """The sides that did something to it, and whose state is accepted."""
        commits = {made.id for made, _ in self.events.get(entity, ())}
        return [
            number
            for number, (tip, side) in enumerate(zip(self.tips, self.histories.sides, strict=True))
            if entity not in tip.refused and not commits.isdisjoint(side)
        ]

    def own(self, side: int, entity: Entity) -> Iterator[Made]:
        """The commits of a side that changed it, the oldest first, without those that a removal
        knew of: what they said is gone."""
        events = self.events.get(entity, ())
        removes = [made.id for made, added in events if not added]
        alive = set(self.histories.survivors((made.id for made, _ in events), removes))
        for made, _ in events:
            if made.id in self.histories.sides[side] and made.id in alive:
                yield made

    def at(self, side: int, path: str) -> Entry | None:
        """What a side has at a path."""
        change = self.tips[side].changes.get(path)
        return self.base_entry(path) if change is None else change.new

    def base_entry(self, path: str) -> Entry | None:
        """What the tree to start from has at a path."""
        for tip in self.tips:
            if path in tip.changes:
                return tip.changes[path].old
        return None if self.base is None else entry_at(self.session, self.base, path)

    def files(self, side: int, folder: str) -> dict[str, ObjectId]:
        """The files that a side has below a folder, by their path in it."""
        prefix = f"{folder}/"
        found = {} if self.base is None else files_below(self.session, self.base, folder)
        for path, change in self.tips[side].changes.items():
            if path.startswith(prefix):
                found.pop(path[len(prefix) :], None)
                if change.new is not None:
                    found[path[len(prefix) :]] = change.new.id
        return found

    def take(self, side: int, entity: Entity) -> None:
        """All of it as one side has it."""
        for path in self.changes.get(entity, ()):
            self.results[path] = self.at(side, path)

    def is_removed(self, entity: Entity) -> bool:
        """Whether a side removed it since they parted."""
        return not all(added for _, added in self.events.get(entity, ()))

    def among(self, entity: Entity, told: Sequence[str], paths: Sequence[str]) -> Stage:
        """The same merge of the commits that last added or changed it and that no removal knew
        of, perhaps none. Below `told` lies all that tells of it, below `paths` what it is."""
        latest = self.histories.latest(self.whole_survivors(entity, told))
        repository = self.session.repository
        start = empty_tree(repository) if self.base is None else self.base
        tips = []
        for commit in latest:
            changes = list(difference(repository, start, commit, paths))
            found = inspect(self.session, self.ref, commit, changes)
            if entity not in found.entities:
                tips.append(Tip(commit, found.changes))
        histories = Histories(repository, [tip.commit for tip in tips])
        return Stage(self.session, self.ref, self.base, tips, histories, self.results, self.whole)

    def whole_survivors(self, entity: Entity, heads: Sequence[str]) -> list[ObjectId]:
        """The commits, of the common history, too, that added or changed it and that no removal
        knew of."""
        adds: list[ObjectId] = []
        removes: list[ObjectId] = []
        for made in self.histories.touching(heads):
            added = events_of(self.ref, made.changes).get(entity)
            if added is not None:
                (adds if added else removes).append(made.id)
        return self.histories.survivors(adds, removes, whole=True)

    def blob(self, entry: Entry | None) -> bytes | None:
        """The bytes of a file."""
        return None if entry is None else self.session.reader.get(entry.id).data

    def read_all(self, blobs: Iterable[ObjectId]) -> dict[ObjectId, bytes]:
        """The bytes of blobs, each read once."""
        wanted = list(dict.fromkeys(blobs))
        found = self.session.reader.find_many(wanted)
        return {i: one.data for i, one in zip(wanted, found, strict=True) if one is not None}


def files_below(session: Session, tree: ObjectId, folder: str) -> dict[str, ObjectId]:
    """The files of a tree or commit below a folder, by their path in it."""
    files = list_files(session.repository, tree, f"{folder}/")
    return {file.path[len(folder) + 1 :]: file.blob for file in files if file.blob is not None}
