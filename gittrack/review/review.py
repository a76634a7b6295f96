"""A review: each config that a branch brings beside its nearest predecessor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gittrack.canonical import Plain
from gittrack.codec import Folded
from gittrack.diff import MISSING, Change, compare, flatten
from gittrack.ids import ConfigId, ObjectId
from gittrack.review.bounds import Bounds, find_bounds
from gittrack.review.changes import Loaded, Planes, in_order
from gittrack.review.gates import Gate, parse_gate
from gittrack.review.metrics import Runs, RunsOf, compare_metrics, no_runs
from gittrack.review.model import Item, PinMove, Relation, Review, Side
from gittrack.review.similar import Lookalikes
from gittrack.review.tagged import tags_of
from gittrack.store.session import Session
from gittrack.store.snapshots import CommitSnapshot


def review(
    session: Session,
    span: str | None = None,
    *,
    fail_on: Iterable[str] = (),
    runs_of: RunsOf = no_runs,
    lower_is_better: Iterable[str] = (),
) -> Review:
    """What changed between two commits; see `ExperimentRegistry.review`."""
    gates = [parse_gate(text) for text in fail_on]
    bounds = find_bounds(session.repository, span)
    return _Reviewer(session, bounds, runs_of, tuple(lower_is_better)).review(gates)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A config at head and its predecessor, before their contents are compared."""

    head: ConfigId | None
    base: ConfigId | None
    relation: Relation
    pins: tuple[PinMove, ...] = ()


@dataclass
class _Reviewer:
    session: Session
    bounds: Bounds
    runs_of: RunsOf
    lower: tuple[str, ...]
    configs: dict[ConfigId, Loaded] = field(default_factory=dict)
    facts: dict[ConfigId, Folded] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.planes = Planes(self._at(self.bounds.base), self._at(self.bounds.head))

    def review(self, gates: Sequence[Gate]) -> Review:
        planes = self.planes
        pinned = {i for m in planes.moves for i in (m.old, m.new) if i is not None}
        self._learn({*planes.new, *planes.gone, *pinned})
        parents = {p for one in planes.new for p in self.facts[one].parents}
        self._learn(parents - self.facts.keys())
        pairs = self._pairs()
        paired = {i for pair in pairs for i in (pair.head, pair.base) if i is not None}
        self._load(paired)
        self._learn(paired)
        tags = tags_of(self.session, self.configs)
        runs = self.runs_of({i: self.configs[i].data for i in paired if i in self.configs})
        items = [self._item(pair, tags, runs) for pair in pairs]
        found = Review(
            base=self.bounds.base,
            head=self.bounds.head,
            base_name=self.bounds.base_name,
            head_name=self.bounds.head_name,
            items=items,
            removed=[self._side(one, tags) for one in in_order(planes.gone, self.facts)],
            notes=[*self.bounds.notes, *planes.notes],
        )
        configs = {one: loaded.config for one, loaded in self.configs.items()}
        return replace(found, gates=[gate.judge(found, configs) for gate in gates])

    def _pairs(self) -> list[_Pair]:
        """Pins first, by name; then the other new configs, in the order of registration."""
        moves: dict[tuple[ConfigId | None, ConfigId | None], list[PinMove]] = {}
        for move in self.planes.moves:
            moves.setdefault((move.old, move.new), []).append(move)
        pinned = {new for _, new in moves}
        rest = [one for one in in_order(self.planes.new, self.facts) if one not in pinned]
        orphans = [new for old, new in moves if old is None and new is not None]
        predecessors = self._predecessors([*orphans, *rest])
        pairs = []
        for (old, new), group in moves.items():
            relation: Relation = "pin"
            if old is None and new is not None:
                old, relation = predecessors[new]
            pairs.append(_Pair(new, old, relation, tuple(group)))
        return pairs + [_Pair(one, *predecessors[one]) for one in rest]

    def _predecessors(
        self, wanted: Sequence[ConfigId]
    ) -> dict[ConfigId, tuple[ConfigId | None, Relation]]:
        """For each config a parent, else the most similar config of the base."""
        found: dict[ConfigId, tuple[ConfigId | None, Relation]] = {}
        for one in wanted:
            known = [p for p in self.facts[one].parents if p != one]
            self._load(known)
            stored = [p for p in known if p in self.configs]
            if stored:
                found[one] = (stored[-1], "parent")
        lone = [one for one in wanted if one not in found]
        self._load(lone)
        similar = self._most_similar([one for one in lone if one in self.configs])
        for one in lone:
            nearest = similar.get(one)
            found[one] = (nearest, "none" if nearest is None else "similar")
        return found

    def _most_similar(self, wanted: Sequence[ConfigId]) -> dict[ConfigId, ConfigId]:
        """The config of the base that has most values in common, if it has any."""
        if not wanted:
            return {}
        if self.session.repository.is_partial:
            self.planes.notes.append("a partial clone: no similar configs were looked for")
            return {}
        data = {one: self.configs[one].data for one in wanted}
        lookalikes = Lookalikes(data, self.planes.base_objects())
        best = {one: lookalikes.best(one) for one in wanted}
        self._load({candidate for candidates in best.values() for candidate in candidates})
        found: dict[ConfigId, ConfigId] = {}
        for one, candidates in best.items():
            ranked = [(self._likeness(one, c), c) for c in candidates if c in self.configs]
            good = [(score, c) for score, c in ranked if score > 0]
            if good:
                found[one] = max(good, key=lambda pair: (pair[0], pair[1]))[1]
        return found

    def _likeness(self, one: ConfigId, other: ConfigId) -> float:
        """The share of places at which both have the same value, from 0 to 1."""
        new, old = (dict(_leaves(self.configs[i].config)) for i in (one, other))
        alike = sum(path in old and old[path] == text for path, text in new.items())
        return alike / len(new.keys() | old.keys()) if alike else 0.0

    def _item(self, pair: _Pair, tags: dict[ConfigId, tuple[str, ...]], runs: Runs) -> Item:
        head, base = pair.head, pair.base
        changes: Sequence[Change] = ()
        unchanged = 0
        if head is not None and head in self.configs:
            old = self.configs[base].config if base in self.configs else {}
            new = self.configs[head].config
            changes = compare(old, new) if old else _all_added(new)
            unchanged = _same_values(old, new)
        metrics = compare_metrics(
            runs.get(base, ()) if base is not None else (),
            runs.get(head, ()) if head is not None else (),
            self.lower,
        )
        return Item(
            pins=pair.pins,
            base=None if base is None else self._side(base, tags),
            head=None if head is None else self._side(head, tags),
            relation=pair.relation,
            changes=tuple(changes),
            unchanged=unchanged,
            metrics=metrics,
            is_new=head in set(self.planes.new),
        )

    def _side(self, one: ConfigId, tags: dict[ConfigId, tuple[str, ...]]) -> Side:
        facts = self.facts[one]
        return Side(
            one, facts.description, tags.get(one, ()), facts.author, facts.created_at, facts.source
        )

    def _learn(self, ids: Iterable[ConfigId]) -> None:
        wanted = [one for one in ids if one not in self.facts]
        if wanted:
            self.facts |= self.planes.facts(wanted)

    def _load(self, ids: Iterable[ConfigId]) -> None:
        wanted = [one for one in dict.fromkeys(ids) if one not in self.configs]
        if wanted:
            self.configs |= self.planes.load(wanted)

    def _at(self, commit: ObjectId) -> CommitSnapshot:
        return CommitSnapshot(self.session.repository, self.session.reader, commit)


def _leaves(config: dict[str | int, Plain]) -> list[tuple[object, str]]:
    return [(path, repr(leaf)) for path, leaf in flatten(config)]


def _all_added(config: dict[str | int, Plain]) -> list[Change]:
    return [Change(path, "added", MISSING, leaf) for path, leaf in flatten(config)]


def _same_values(old: dict[str | int, Plain], new: dict[str | int, Plain]) -> int:
    before = dict(_leaves(old))
    return sum(before.get(path) == text for path, text in _leaves(new))
